/** The yardstick: a plain table-driven byte loop, which every machine runs at its own pace. */

/** Rounds shorter than the time slices of other programs. */
export const PACKETS_PER_ROUND = 2_000;
export const ROUNDS = 250;

/** ns per call. */
export function time(run: () => void): number {
  const start = process.hrtime.bigint();
  for (let index = 0; index < PACKETS_PER_ROUND; index++) run();
  return Number(process.hrtime.bigint() - start) / PACKETS_PER_ROUND;
}

/** The straightforward way: one table look-up and one turn of the state machine per byte. The machine's yardstick. */
export class ByteLoop {
  static readonly #table = Uint16Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8408 : crc >> 1;
    return crc;
  });
  readonly #packet = new Uint8Array(255);
  readonly #deliver: (length: number) => void;
  #state = 0;
  #count = 0;
  #filled = 0;
  #fcs = 0;
  #received = 0;

  constructor(deliver: (length: number) => void) {
    this.#deliver = deliver;
  }

  encode(packet: Uint8Array, wire: Uint8Array): number {
    const table = ByteLoop.#table;
    let crc = 0xffff;
    crc = (crc >> 8) ^ table[(crc ^ 1) & 0xff]!;
    crc = (crc >> 8) ^ table[(crc ^ packet.length) & 0xff]!;
    wire[0] = 0x7e;
    wire[1] = 1;
    wire[2] = packet.length;
    let out = 3;
    for (let index = 0; index < packet.length; index++) {
      const byte = packet[index]!;
      crc = (crc >> 8) ^ table[(crc ^ byte) & 0xff]!;
      if (byte === 0x7e || byte === 0x7d) {
        wire[out++] = 0x7d;
        wire[out++] = byte ^ 0x20;
      } else wire[out++] = byte;
    }
    wire[out++] = crc >> 8;
    wire[out++] = crc & 0xff;
    wire[out++] = 0x7e;
    return out;
  }

  push(wire: Uint8Array, end: number): void {
    for (let at = 0; at < end; at++) this.#byte(wire[at]!);
  }

  #byte(byte: number): void {
    switch (this.#state) {
      case 0:
        if (byte === 0x7e) this.#state = 1;
        return;
      case 1:
        this.#fcs = 0xffff;
        this.#sum(byte);
        this.#state = byte === 1 ? 2 : byte === 0x7e ? 1 : 0;
        return;
      case 2:
        this.#count = byte;
        this.#filled = 0;
        this.#sum(byte);
        this.#state = 3;
        return;
      case 3:
        if (byte === 0x7d) this.#state = 4;
        else this.#store(byte);
        return;
      case 4:
        this.#state = 3;
        this.#store(byte ^ 0x20);
        return;
      case 5:
        this.#received = byte << 8;
        this.#state = 6;
        return;
      case 6:
        this.#received |= byte;
        this.#state = 7;
        return;
      default:
        this.#state = 0;
        if (byte === 0x7e && this.#received === this.#fcs) this.#deliver(this.#count);
    }
  }

  #store(byte: number): void {
    this.#packet[this.#filled++] = byte;
    this.#sum(byte);
    if (this.#filled === this.#count) this.#state = 5;
  }

  #sum(byte: number): void {
    this.#fcs = (this.#fcs >> 8) ^ ByteLoop.#table[(this.#fcs ^ byte) & 0xff]!;
  }
}

/** Encode and decode one 68-byte packet the plain way; ns, best of the rounds. */
export function byteLoopReference(): number {
  let received = 0;
  const loop = new ByteLoop((length) => {
    received += length;
  });
  const packet = baselinePacket();
  const wire = new Uint8Array(256);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    best = Math.min(
      best,
      time(() => loop.push(wire, loop.encode(packet, wire))),
    );
  }
  if (received !== ROUNDS * PACKETS_PER_ROUND * packet.length) throw new Error(`received ${received} bytes`);
  return best;
}

/** A full packet at the baseline unit, without bytes to escape. */
export function baselinePacket(): Uint8Array {
  return Uint8Array.from({ length: 68 }, (_, index) => (index < 4 ? [1, 9, 8, 0xc8][index]! : index));
}
