/** Dissected messages in the short form that tests compare. */

import { dissectPldm } from '../../pldm/command-registry.js';
import { CodecError, type Json } from '../../stack/codec/index.js';
import { type ControlHeader, dissectControl } from '../../stack/control/index.js';
import type { DissectedMessage, Dissection } from '../../stack/protocol/index.js';

interface ShortControl {
  readonly header: ControlHeader;
  readonly title: string;
  readonly fields: { readonly [name: string]: Json } | undefined;
  readonly text: string;
  readonly error: CodecError | undefined;
}

/** `typeByte`: the message begins with it. @throws CodecError when it has no header, or is of another type */
export function controlMessage(message: Uint8Array, options: { readonly typeByte?: boolean } = {}): ShortControl {
  if (options.typeByte === true && message[0] !== 0) {
    throw new CodecError('value', 'control message', 'type', 0, `${message[0]} is not the control type`);
  }
  const found = dissectControl(options.typeByte === true ? message.subarray(1) : message);
  if ('error' in found) {
    if (found.header === undefined) throw found.error;
    const title = `${found.name} ${found.header.kind}`;
    return { header: found.header, title, fields: undefined, text: found.error.message, error: found.error };
  }
  const { header, name, kind, fields, text } = found;
  return { header, title: `${name} ${kind}`, fields, text: text.join('\n'), error: undefined };
}

/** A PLDM message, `ok` or with its error. */
export function pldmMessage(message: Uint8Array) {
  const found = dissectPldm(message);
  if (isWrong(found)) return { ...found, ok: false as const };
  const { header, name, fields, text, instanceId } = found;
  const { pldmType, command } = header;
  const kind = found.kind === 'response' ? ('response' as const) : ('request' as const);
  return { ok: true as const, header, pldmType, command, name, kind, instanceId, fields, text: text.join('\n') };
}

function isWrong<T extends Dissection>(found: T): found is Exclude<T, DissectedMessage> {
  return 'error' in found;
}
