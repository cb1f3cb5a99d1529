/** What an answer has in common with its request, read from the headers alone: also of messages cut short. Pure. */

import { MESSAGE_TYPE } from '../../stack/ids.js';

/** A message of a type whose header is known here; `message` has its type byte. */
export interface Identity {
  readonly kind: 'request' | 'response' | 'datagram';
  /** Protocol, command and instance ID: an answer's is that of its request. */
  readonly key: string;
}

/** A message as far as it is understood; its type byte first. */
export interface Understood {
  readonly type: number;
  readonly bytes: Uint8Array;
  readonly to: boolean;
  readonly decoded: { readonly kind: Identity['kind'] } | undefined;
}

/** Whether it asks or answers: by its header, by what it was decoded to, or by whose tag it has. */
export function kindOf({ type, bytes, to, decoded }: Understood): Identity['kind'] {
  return identityOf(type, bytes)?.kind ?? decoded?.kind ?? (to ? 'request' : 'response');
}

const INSTANCE_MASK = 0x1f;

/** Control (DSP0236 §11) and PLDM (DSP0240 §10) begin alike. */
export function identityOf(type: number, message: Uint8Array): Identity | undefined {
  const isPldm = type === MESSAGE_TYPE.pldm;
  if (!(isPldm || type === MESSAGE_TYPE.control) || message.length < (isPldm ? 4 : 3)) return undefined;
  const flags = message[1]!;
  const command = isPldm ? `${message[2]! & 0x3f}.${message[3]}` : `${message[2]}`;
  const kind = (flags & 0x80) === 0 ? 'response' : (flags & 0x40) === 0 ? 'request' : 'datagram';
  return { kind, key: `${type} ${command} ${flags & INSTANCE_MASK}` };
}
