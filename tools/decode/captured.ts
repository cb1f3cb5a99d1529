/** Packets and messages as they were heard. */

import type { FieldsBefore } from '../../stack/codec/codec-error.js';
import type { DecodedMessage } from './layer.js';
import type { Fields } from './named-fields.js';

/** A packet, or bytes that are none. */
export interface Captured {
  /** Undefined where nobody took the time. */
  readonly timeUs: number | undefined;
  /** In the words of the recording: "from-linux", "rx". */
  readonly dir: string | undefined;
  /** The packet; of a fault, the bytes in which none was found. */
  readonly bytes: Uint8Array;
  readonly frame: Fields;
  readonly fault: string | undefined;
}

export interface CapturedMessage {
  readonly timeUs: number | undefined;
  readonly dir: string | undefined;
  /** Source, destination and tag are undefined where there was no packet around the message. */
  readonly src: number | undefined;
  readonly dest: number | undefined;
  /** It is of the tag's owner; of a bare message, it asks. */
  readonly to: boolean;
  readonly tag: number | undefined;
  readonly ic: boolean;
  readonly type: number;
  /** Type byte included. */
  readonly bytes: Uint8Array;
  /** How many packets it took: 0 for a bare message. */
  readonly packets: number;
  readonly decoded: DecodedMessage | undefined;
  /** Why it could not be decoded, though its type is known. */
  readonly error: string | undefined;
  /** Of what could not be decoded: the fields before the fault. */
  readonly before: FieldsBefore | undefined;
  /** The request this message answers. */
  readonly request: CapturedMessage | undefined;
}
