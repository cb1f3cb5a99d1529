/** The recorded conversations, and how meaning is compared where two good implementations may differ. */

import { pldmMessage } from '../../support/dissected.js';
import { bytesOf, readVectors } from '../vector-files.js';

export interface Step {
  readonly t: number;
  readonly from: 'UA' | 'FD';
  readonly hex: string;
  readonly note: string;
}

export interface RecordedConversation {
  readonly name: string;
  readonly imageSize: number;
  readonly steps: readonly Step[];
}

export const CONVERSATIONS = readVectors<RecordedConversation[]>('pldm-fwup-conversations.json');

/** Byte i is (i*7 + floor(i/256)) mod 256. */
export function recordedImage(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (7 * at + Math.floor(at / 256)) & 0xff);
}

/** What a message means: command, direction and fields, without its instance id. */
export function meaning(message: Uint8Array | string): string {
  const bytes = typeof message === 'string' ? bytesOf(message) : message;
  const decoded = pldmMessage(bytes);
  if (!decoded.ok) return `${decoded.name}: ${Buffer.from(bytes.subarray(3)).toString('hex')}`;
  return `${decoded.name} ${decoded.kind} ${JSON.stringify(decoded.fields)}`;
}
