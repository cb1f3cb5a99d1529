import { SerialDecoder, type SerialDecoderOptions } from '../../../bindings/serial/decoder.js';
import { encodeFrame, maxFrameSize } from '../../../bindings/serial/serial-framing.js';
import { hex } from '../../support/vectors.js';

/** A decoder that keeps what comes out of it. */
export class Collector {
  readonly packets: string[] = [];
  readonly faults: string[] = [];
  readonly decoder: SerialDecoder;

  constructor(options: SerialDecoderOptions = {}) {
    this.decoder = new SerialDecoder(
      {
        packet: (buffer, start, end) => this.packets.push(hex(buffer, start, end)),
        fault: (what) => this.faults.push(what),
      },
      options,
    );
  }

  push(data: Uint8Array): this {
    this.decoder.push(data, 0, data.length);
    return this;
  }

  /** The line falls silent. */
  idle(): this {
    this.decoder.idle();
    return this;
  }
}

export function frame(packet: Uint8Array): Uint8Array {
  const target = new Uint8Array(maxFrameSize(packet.length));
  return target.slice(0, encodeFrame(packet, 0, packet.length, target, 0));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
