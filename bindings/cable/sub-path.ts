/** One connection of a cable: its handshake, its heartbeat, and frames which leave several at a time. */

import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { LinkPath } from '../../stack/link.js';
import { copyRange } from '../../stack/util/slab.js';
import {
  CABLE_FRAME,
  CABLE_FRAME_HEADER,
  CableFrameReader,
  PACKET_PREFIX,
  readU32,
  writeCableHeader,
  writeU32,
} from './cable-frame.js';
import type { Carrier } from './carrier.js';
import type { AcceptorHandshake, HandshakeResult, OpenerHandshake } from './handshake.js';
import { isBefore } from './send-window.js';

export interface CableTimes {
  /** Between two pings of a sub-path; ms. */
  readonly heartbeatMs: number;
  /** Silence after which a sub-path is given up; ms. */
  readonly silenceMs: number;
  /** How long the cable stays up without a sub-path; ms. */
  readonly graceMs: number;
  /** How long a handshake may take; ms. */
  readonly handshakeMs: number;
}

/** Below the 6 s after which MCTP gives an unanswered tag to another request. */
export const CABLE_TIMES: CableTimes = { heartbeatMs: 500, silenceMs: 2_000, graceMs: 3_000, handshakeMs: 5_000 };

/** What a sub-path tells. `hear` may throw EPROTO, which closes it. */
export interface SubPathOwner {
  readonly clock: Clock;
  readonly times: CableTimes;
  /** Everything before this came in order: pings say so too. */
  acknowledgement(): number;
  /** The handshake is done; frames follow. @throws MctpError: it is not wanted after all */
  joined(path: SubPath, result: HandshakeResult): void;
  /** It carries packets now. */
  cameUp(path: SubPath): void;
  hear(path: SubPath, kind: number, extra: number, buffer: Uint8Array, start: number, end: number): void;
  /** A chunk was read to its end. */
  heard(path: SubPath): void;
  /** There is room in it again. */
  room(path: SubPath): void;
  /** Once. */
  closed(path: SubPath, reason: MctpError): void;
}

/** Bytes of a write. */
const BATCH = 64 * 1024;
/** Bytes which wait in it at most, about. */
const FULL = 256 * 1024;
const SPARE = 4;
const REPEAT_MS = 500;
/** Between two pings of a path whose packets did not arrive in time. */
const PROBE_MS = 50;

export class SubPath {
  readonly counters = { txPackets: 0, rxPackets: 0, txBytes: 0, rxBytes: 0 };
  state: LinkPath['state'] = 'joining';
  backup = false;
  /** Bytes of packets which left by it and are not acknowledged. */
  inFlight = 0;
  /** Smoothed round trip; ms. Undefined: not measured. */
  roundTripMs: number | undefined;
  readonly #carrier: Carrier;
  readonly #owner: SubPathOwner;
  readonly #handshake: OpenerHandshake | AcceptorHandshake;
  readonly #reader: CableFrameReader;
  #filling = new Uint8Array(BATCH);
  #end = 0;
  readonly #spare: Uint8Array<ArrayBuffer>[] = [];
  #writing = false;
  /** Writes which the system has not taken. */
  #underWay = 0;
  #heardAt: number;
  #ping = 0;
  #pingAt = 0;
  /** The first ping since its packets did not arrive in time; 0: they do. */
  #probe = 0;
  /** Of the handshake, then of the heartbeat. */
  #timer: Timer | undefined;
  #limit: Timer | undefined;

  constructor(
    /** Different for every sub-path of a cable's end; never 0. */
    readonly id: number,
    /** We opened the connection. */
    readonly isOpener: boolean,
    carrier: Carrier,
    owner: SubPathOwner,
    makeHandshake: (
      send: (kind: number, extra: number, body: Uint8Array) => void,
    ) => OpenerHandshake | AcceptorHandshake,
  ) {
    this.#carrier = carrier;
    this.#owner = owner;
    this.#heardAt = owner.clock.now();
    this.#handshake = makeHandshake((kind, extra, body) => {
      this.put(kind, extra, body);
      this.flush();
    });
    this.#reader = new CableFrameReader((kind, extra, buffer, start, end) =>
      this.#hear(kind, extra, buffer, start, end),
    );
  }

  /** Where the other end is. */
  get name(): string {
    return this.#carrier.name;
  }

  /** Its packets did not arrive in time; others are preferred until it answers. */
  get slow(): boolean {
    return this.#probe !== 0;
  }

  /** Its packets did not arrive in time: ask it, again and again, whether it still lives. */
  suspect(): void {
    if (this.#probe !== 0 || this.state !== 'up') return;
    this.#probe = this.#ping + 1;
    this.#timer?.cancel();
    this.#beat();
  }

  /** How long nothing has come by it; ms. */
  get silenceMs(): number {
    return this.#owner.clock.now() - this.#heardAt;
  }

  /** Packets may be given to it. */
  get hasRoom(): boolean {
    return this.state === 'up' && this.#carrier.unsent + this.#end < FULL;
  }

  /** Everything which was put has been taken by the system. */
  get isIdle(): boolean {
    return this.#end === 0 && this.#carrier.unsent === 0;
  }

  /** Read, and begin the handshake. */
  start(): void {
    const { clock, times } = this.#owner;
    // Who opened it gives up first: others wait for it, and the other side must not lose patience with them.
    const limitMs = this.isOpener ? times.handshakeMs / 2 : times.handshakeMs;
    this.#limit = clock.schedule(limitMs, () => {
      this.close(new MctpError('ETIMEDOUT', `its handshake took longer than ${limitMs} ms`));
      this.destroy();
    });
    this.#repeatHandshake();
    this.#carrier.listen({
      data: (chunk) => this.#data(chunk),
      closed: () => this.close(new MctpError('ENETDOWN', this.#carrier.problem ?? 'the connection ended')),
    });
    if (this.state === 'joining') this.#handshake.start();
  }

  /** A frame which is not a packet. */
  put(kind: number, extra: number, body: Uint8Array): void {
    const at = this.#reserve(CABLE_FRAME_HEADER + body.length);
    this.#filling.set(body, writeCableHeader(this.#filling, at, kind, extra, body.length));
  }

  putNumbers(kind: number, first: number, second?: number): void {
    const length = second === undefined ? 4 : 8;
    const at = this.#reserve(CABLE_FRAME_HEADER + length);
    const next = writeU32(this.#filling, writeCableHeader(this.#filling, at, kind, 0, length), first);
    if (second !== undefined) writeU32(this.#filling, next, second);
  }

  putPacket(sequence: number, ack: number, hops: number, buffer: Uint8Array, start: number, end: number): void {
    const length = end - start;
    const at = this.#reserve(CABLE_FRAME_HEADER + PACKET_PREFIX + length);
    const filling = this.#filling;
    let next = writeCableHeader(filling, at, CABLE_FRAME.packet, hops, PACKET_PREFIX + length);
    next = writeU32(filling, writeU32(filling, next, sequence), ack);
    copyRange(buffer, start, end, filling, next);
    this.counters.txPackets++;
    this.counters.txBytes += length;
  }

  /** What was put is written at once, or together with what is put until the system has taken what was written before. */
  flush(): void {
    if (this.#underWay === 0) this.#write();
  }

  #write(): void {
    if (this.#end === 0 || this.state === 'closed') return;
    const bytes = this.#filling;
    const end = this.#end;
    this.#filling = this.#spare.pop() ?? new Uint8Array(BATCH);
    this.#end = 0;
    this.#underWay++;
    this.#writing = true;
    this.#carrier.write(bytes.subarray(0, end), () => {
      this.#underWay--;
      if (this.#spare.length < SPARE) this.#spare.push(bytes);
      // Room which is made during the write is seen by whoever writes.
      if (this.#writing || this.state === 'closed') return;
      this.flush();
      this.#owner.room(this);
    });
    this.#writing = false;
  }

  /** What was put is delivered as far as the other side reads; nothing more comes up. */
  close(reason: MctpError): void {
    if (this.state === 'closed') return;
    this.#write();
    this.state = 'closed';
    this.#reader.stop();
    this.#timer?.cancel();
    this.#limit?.cancel();
    this.#carrier.end();
    this.#owner.closed(this, reason);
  }

  /** Whatever happens after, its connection is gone. */
  destroy(): void {
    this.#carrier.destroy();
  }

  #reserve(length: number): number {
    if (this.#end + length > BATCH) this.#write();
    const at = this.#end;
    this.#end = at + length;
    return at;
  }

  #data(chunk: Uint8Array): void {
    if (this.state === 'closed') return;
    this.#heardAt = this.#owner.clock.now();
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!MctpError.is(error)) throw error;
      this.close(error);
      return;
    }
    this.#owner.heard(this);
  }

  #hear(kind: number, extra: number, buffer: Uint8Array, start: number, end: number): void {
    if (this.state === 'joining') {
      const result = this.#handshake.hear(kind, extra, buffer, start, end);
      if (result !== undefined) this.#joined(result);
      return;
    }
    if (kind === CABLE_FRAME.confirm && !this.isOpener) {
      if (this.state === 'joined') this.#cameUp();
    } else if (kind === CABLE_FRAME.joined && this.isOpener) this.put(CABLE_FRAME.confirm, 0, NOTHING);
    // A proof which was repeated has its answer: `joined` is repeated, too.
    else if (kind === CABLE_FRAME.proof && !this.isOpener) return;
    else if (kind === CABLE_FRAME.ping) this.#pinged(buffer, start, end);
    else if (kind === CABLE_FRAME.pong) this.#ponged(buffer, start, end);
    else this.#owner.hear(this, kind, extra, buffer, start, end);
  }

  #joined(result: HandshakeResult): void {
    this.backup = result.backup;
    this.#owner.joined(this, result);
    this.state = 'joined';
    if (this.isOpener) this.#cameUp();
  }

  #cameUp(): void {
    this.state = 'up';
    this.#limit?.cancel();
    this.#timer?.cancel();
    this.#beat();
    this.#owner.cameUp(this);
  }

  #repeatHandshake(): void {
    this.#timer = this.#owner.clock.schedule(REPEAT_MS, () => {
      this.#handshake.repeat();
      this.#repeatHandshake();
    });
  }

  #beat(): void {
    const { clock, times } = this.#owner;
    const now = clock.now();
    if (this.silenceMs > times.silenceMs) {
      const what = `nothing came by it for ${Math.round(this.silenceMs)} ms`;
      this.close(new MctpError('ETIMEDOUT', what));
      this.destroy();
      return;
    }
    this.#ping = (this.#ping + 1) >>> 0;
    this.#pingAt = now;
    this.putNumbers(CABLE_FRAME.ping, this.#ping, this.#owner.acknowledgement());
    this.flush();
    const pauseMs = this.slow ? Math.min(PROBE_MS, times.heartbeatMs) : times.heartbeatMs;
    this.#timer = clock.schedule(pauseMs, () => this.#beat());
  }

  #pinged(buffer: Uint8Array, start: number, end: number): void {
    checkLength(end - start, 8);
    this.putNumbers(CABLE_FRAME.pong, readU32(buffer, start), this.#owner.acknowledgement());
    this.#owner.hear(this, CABLE_FRAME.ack, 0, buffer, start + 4, end);
  }

  #ponged(buffer: Uint8Array, start: number, end: number): void {
    checkLength(end - start, 8);
    const number = readU32(buffer, start);
    if (this.#probe !== 0 && !isBefore(number, this.#probe)) this.#probe = 0;
    if (number === this.#ping) {
      const sample = this.#owner.clock.now() - this.#pingAt;
      // As TCP does (RFC 6298).
      this.roundTripMs = this.roundTripMs === undefined ? sample : 0.875 * this.roundTripMs + 0.125 * sample;
    }
    this.#owner.hear(this, CABLE_FRAME.ack, 0, buffer, start + 4, end);
  }
}
const NOTHING = new Uint8Array(0);

export function checkLength(length: number, wanted: number): void {
  if (length !== wanted) throw new MctpError('EPROTO', `a frame has ${length} bytes where ${wanted} belong`);
}
