/** Frames of the serial binding, one or a stream of them with whatever lies between. */

import { SerialDecoder } from '../../bindings/serial/decoder.js';
import { FLAG, fcs } from '../../bindings/serial/fcs.js';
import { encodeFrame, maxFrameSize, REVISION } from '../../bindings/serial/serial-framing.js';
import { hexNumber } from '../../stack/util/text.js';
import type { FramedPacket, FrameFault, PacketLayer } from './layer.js';
import { concat } from './named-fields.js';

/** Takes a stream of bytes in any pieces; frames may lie across them. */
export class SerialUnframer {
  readonly #found: (FramedPacket | FrameFault)[] = [];
  readonly #decoder: SerialDecoder;
  /** Since the last frame or fault. */
  #open: number[] = [];

  constructor() {
    this.#decoder = new SerialDecoder({
      packet: (buffer, start, end) => this.#packet(buffer.slice(start, end)),
      fault: (what, buffer, start, end) => this.#fault(what, buffer?.slice(start, end) ?? new Uint8Array()),
    });
  }

  /** What the bytes complete. One at a time, so that it is known where each frame and each fault ends. */
  push(bytes: Uint8Array): (FramedPacket | FrameFault)[] {
    for (let at = 0; at < bytes.length; at++) {
      this.#open.push(bytes[at]!);
      this.#decoder.push(bytes, at, at + 1);
    }
    return this.#found.splice(0);
  }

  /** No more bytes come: what is left is a frame that was cut off. */
  end(): FrameFault | undefined {
    if (!this.#decoder.inFrame) return undefined;
    return { fault: 'frame cut off at the end', bytes: Uint8Array.from(this.#open) };
  }

  #packet(packet: Uint8Array): void {
    this.#open = [];
    this.#found.push({ packet, frame: { byteCount: packet.length, fcs: packetFcs(packet) } });
  }

  #fault(what: string, bytes: Uint8Array): void {
    const fault = what.startsWith('bad FCS') && bytes.length > 0 ? this.#withRightFcs(what, bytes) : what;
    // What the decoder makes of several frames is said before the fault of the last.
    if (bytes.length === 0 && this.#open.length > 1) {
      this.#found.push({ fault, bytes });
      return;
    }
    // The flag that cuts a frame short opens the next.
    this.#open = this.#open.at(-1) === FLAG && fault !== 'noise' ? [FLAG] : [];
    const last = this.#found.at(-1);
    if (fault === 'noise' && last !== undefined && 'fault' in last && last.fault === fault) {
      this.#found[this.#found.length - 1] = { fault, bytes: concat(last.bytes, bytes) };
    } else {
      this.#found.push({ fault, bytes });
    }
  }

  /** "bad FCS: 0xb30e, not 0xb20e", and what the decoder says of its kind. */
  #withRightFcs(what: string, packet: Uint8Array): string {
    const [high = 0, low = 0] = this.#open.slice(-3);
    const kind = what.slice('bad FCS: '.length);
    return `bad FCS: ${hexNumber((high << 8) | low, 4)}, not ${hexNumber(packetFcs(packet), 4)}${kind === '' ? '' : ` (${kind})`}`;
  }
}

export const serial: PacketLayer = {
  carries: 'packets',
  title: 'a serial frame',
  looksLike: (bytes) => bytes[0] === FLAG && (bytes[1] === REVISION || bytes[1] === FLAG) && bytes.length > 3,
  unframe: (bytes) => {
    const unframer = new SerialUnframer();
    const found = unframer.push(bytes);
    const cut = unframer.end();
    return cut === undefined ? found : [...found, cut];
  },
  frame: (packet) => {
    const target = new Uint8Array(maxFrameSize(packet.length));
    return target.slice(0, encodeFrame(packet, 0, packet.length, target, 0));
  },
};

function packetFcs(packet: Uint8Array): number {
  const summed = concat(Uint8Array.of(REVISION, packet.length), packet);
  return fcs(summed, 0, summed.length);
}
