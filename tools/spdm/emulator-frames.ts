/** The messages on the socket of DMTF's spdm-emu: command, transport and length, big-endian, then the payload. Pure. */

import { MctpError } from '../../stack/errors.js';
import { concat } from '../decode/named-fields.js';

export const FRAME_COMMAND = {
  normal: 0x0001,
  continue: 0xfffd,
  shutdown: 0xfffe,
  unknown: 0xffff,
  test: 0xdead,
} as const;

/** MCTP among the transports: payloads begin with the message type byte. */
export const TRANSPORT_MCTP = 1;

const HEADER_SIZE = 12;
/** The largest message of SPDM without chunks, with room for what carries it. */
const MAX_PAYLOAD = 0x11000;

export interface EmulatorFrame {
  readonly command: number;
  readonly transport: number;
  readonly payload: Uint8Array;
}

export function encodeFrame({ command, transport, payload }: EmulatorFrame): Uint8Array {
  const bytes = new Uint8Array(HEADER_SIZE + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, command);
  view.setUint32(4, transport);
  view.setUint32(8, payload.length);
  bytes.set(payload, HEADER_SIZE);
  return bytes;
}

/** Frames from a stream that comes in pieces of any size. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #length = 0;

  /** The frames that this piece completes. @throws MctpError EBADMSG for what is too long to be one */
  push(chunk: Uint8Array): EmulatorFrame[] {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    const frames: EmulatorFrame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  /** Bytes of a frame that has only begun. */
  get pending(): number {
    return this.#length;
  }

  #next(): EmulatorFrame | undefined {
    if (this.#length < HEADER_SIZE) return undefined;
    if (this.#chunks[0]!.length < HEADER_SIZE) this.#join();
    const head = this.#chunks[0]!;
    const view = new DataView(head.buffer, head.byteOffset);
    const length = view.getUint32(8);
    if (length > MAX_PAYLOAD) {
      throw new MctpError('EBADMSG', `a message of ${length} bytes was announced, and ${MAX_PAYLOAD} are the most`);
    }
    if (this.#length < HEADER_SIZE + length) return undefined;
    this.#join();
    const whole = this.#chunks[0]!;
    const end = HEADER_SIZE + length;
    this.#chunks = [whole.subarray(end)];
    this.#length = whole.length - end;
    return { command: view.getUint32(0), transport: view.getUint32(4), payload: whole.slice(HEADER_SIZE, end) };
  }

  #join(): void {
    if (this.#chunks.length > 1) this.#chunks = [concat(...this.#chunks)];
  }
}

export const CLIENT_HELLO = text('Client Hello!\0');
export const SERVER_HELLO = text('Server Hello!\0');

function text(words: string): Uint8Array {
  return Uint8Array.from(words, (character) => character.charCodeAt(0));
}
