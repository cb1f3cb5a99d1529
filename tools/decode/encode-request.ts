/** What the layers of messages have in common when they encode. */

import type { AnyCodec } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import type { MessageKind } from '../../stack/protocol/index.js';
import { didYouMean } from '../suggest.js';
import type { MessageRequest } from './layer.js';
import { bytesField, concat, type Fields, isFields, numberField, unfit } from './named-fields.js';

export interface RequestParts {
  readonly kind: MessageKind;
  readonly instanceId: number;
  readonly fields: Fields;
}

/** Kind, instance ID and fields with their defaults. @throws MctpError EINVAL */
export function requestParts(request: MessageRequest): RequestParts {
  const kind = request.kind ?? 'request';
  if (kind !== 'request' && kind !== 'response' && kind !== 'datagram') {
    throw new MctpError('EINVAL', `kind: ${JSON.stringify(kind)} is none of request, response, datagram`);
  }
  const instanceId = numberField({ instanceId: request.instanceId ?? 0 }, 'instanceId', 0, 31);
  const fields = request.fields ?? {};
  if (!isFields(fields)) throw unfit('fields', fields, 'an object');
  return { kind, instanceId, fields };
}

/** A mistyped field would be encoded as if it were not there. @throws MctpError EINVAL */
export function refuseUnknownFields(fields: Fields, codec: AnyCodec, what: string): void {
  const known = codec.docs().map((row) => row.name);
  for (const name of Object.keys(fields)) {
    if (!known.includes(name)) throw new MctpError('EINVAL', `${what}: no field "${name}"${didYouMean(name, known)}`);
  }
}

/** A command given as a number. @throws MctpError EINVAL */
export function commandCode(given: MessageRequest['command']): number {
  if (typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= 255) return given;
  if (given === undefined) throw unfit('command', given, 'a name, or a code from 0 to 255');
  throw new MctpError('EINVAL', `command: ${JSON.stringify(given)} is neither a name nor a code from 0 to 255`);
}

/** A command given by its name, in any case. @throws MctpError EINVAL */
export function commandNamed<C extends { readonly name: string }>(name: string, all: readonly C[], what: string): C {
  const wanted = name.toLowerCase();
  const found = all.find((command) => command.name.toLowerCase() === wanted);
  if (found !== undefined) return found;
  const names = all.map((command) => command.name);
  throw new MctpError('EINVAL', `no ${what} command "${name}"${didYouMean(name, names)}`);
}

/** The body of a command which has no declaration, from its fields: completion code and `data`. @throws MctpError EINVAL */
export function rawBody(fields: Fields): Uint8Array {
  const code = fields.completionCode === undefined ? [] : [numberField(fields, 'completionCode', 0, 255)];
  return concat(Uint8Array.of(...code), bytesField(fields, 'data', ''));
}
