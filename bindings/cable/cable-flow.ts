/**
 * The packets of a session over all of its sub-paths: numbered, acknowledged, sent again by another path when theirs dies or
 * stands still, and delivered in order, each once.
 */

import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { CABLE_FRAME, LONGEST_PACKET, PACKET_PREFIX, readU32 } from './cable-frame.js';
import { carries, choosePath } from './path-choice.js';
import { type Deliver, ReceiveWindow } from './receive-window.js';
import { isBefore, NO_PATH, SendWindow, WINDOW_BYTES, WINDOW_PACKETS } from './send-window.js';
import { checkLength, type SubPath } from './sub-path.js';

/** An acknowledgement leaves after so much was received, or a little later. */
const ACK_PACKETS = 64;
const ACK_BYTES = 128 * 1024;
const ACK_MS = 20;
/** Least time after which a packet that was not acknowledged is sent by another path; ms. */
const LEAST_STALL_MS = 80;

export class CableFlow {
  readonly counters = { txAgain: 0, rxDuplicates: 0 };
  readonly #clock: Clock;
  readonly #paths: readonly SubPath[];
  readonly #deliver: Deliver;
  #send = new SendWindow();
  #receive = new ReceiveWindow();
  /** Everything before it has left by a path. */
  #cursor = 0;
  /** Received since the last acknowledgement. */
  #unackedPackets = 0;
  #unackedBytes = 0;
  #ackNow = false;
  #ackTimer: Timer | undefined;
  #stallTimer: Timer | undefined;
  /** By which the last packet came. */
  #lastHeard: SubPath | undefined;

  constructor(
    clock: Clock,
    /** Those of the session, as they are at any moment. */
    paths: readonly SubPath[],
    deliver: Deliver,
  ) {
    this.#clock = clock;
    this.#paths = paths;
    this.#deliver = deliver;
  }

  /** Packets which are not acknowledged, or not sent. */
  get count(): number {
    return this.#send.count;
  }

  /** Even a packet of the greatest length is taken. */
  get hasRoom(): boolean {
    return this.#send.count < WINDOW_PACKETS && this.#send.held <= WINDOW_BYTES - LONGEST_PACKET;
  }

  /** Packets which came before their turn. */
  get waiting(): number {
    return this.#receive.waiting;
  }

  /** Everything before this came. */
  get received(): number {
    return this.#receive.next;
  }

  /** Begin anew with the first sequence number; returns how many packets were taken and may not have arrived. */
  reset(): number {
    const { count } = this.#send;
    this.#stopTimers();
    this.#send = new SendWindow();
    this.#receive = new ReceiveWindow();
    this.#cursor = 0;
    this.#unackedPackets = 0;
    this.#unackedBytes = 0;
    this.#lastHeard = undefined;
    return count;
  }

  /** Is a packet of that length taken? */
  fits(length: number): boolean {
    return this.#send.fits(length);
  }

  /** A copy of the packet, for which there is room, is on its way. `flush` writes it. */
  send(buffer: Uint8Array, start: number, end: number, hops: number): void {
    this.#send.push(buffer, start, end, hops);
    this.#pump();
  }

  flush(): void {
    for (const path of this.#paths) path.flush();
  }

  /** There is a path, or room in one, which was not there before. */
  more(): void {
    this.#pump();
    this.flush();
  }

  /** The path is gone: what left by it and is not acknowledged leaves by others. */
  lost(path: SubPath): void {
    if (this.#lastHeard === path) this.#lastHeard = undefined;
    this.#takeBack(path, Number.POSITIVE_INFINITY);
    this.more();
  }

  /** @throws MctpError EPROTO */
  packet(path: SubPath, hops: number, buffer: Uint8Array, start: number, end: number): void {
    if (end - start <= PACKET_PREFIX) throw new MctpError('EPROTO', 'a packet is empty');
    const length = end - start - PACKET_PREFIX;
    path.counters.rxPackets++;
    path.counters.rxBytes += length;
    this.#lastHeard = path;
    this.#unackedPackets++;
    this.#unackedBytes += length;
    this.acknowledged(readU32(buffer, start + 4));
    const receive = this.#receive;
    const { duplicates } = receive;
    receive.take(readU32(buffer, start), buffer, start + PACKET_PREFIX, end, hops, this.#deliver);
    if (receive.duplicates === duplicates) return;
    // Whoever sends again has not heard of it.
    this.counters.rxDuplicates++;
    this.#ackNow = true;
  }

  /** @throws MctpError EPROTO */
  ack(buffer: Uint8Array, start: number, end: number): void {
    checkLength(end - start, 4);
    this.acknowledged(readU32(buffer, start));
  }

  /** Everything before `next` has arrived. @throws MctpError EPROTO */
  acknowledged(next: number): void {
    const send = this.#send;
    const { oldest } = send;
    if (!isBefore(oldest, next)) return;
    if (!isBefore(send.next, next)) {
      for (let sequence = oldest; sequence !== next; sequence = (sequence + 1) >>> 0) this.#arrived(sequence);
    }
    send.acknowledge(next);
    if (isBefore(this.#cursor, next)) this.#cursor = next;
  }

  /** A chunk was read to its end: acknowledge what came, and send what there is room for now. */
  heard(): void {
    if (this.#ackNow || this.#unackedPackets >= ACK_PACKETS || this.#unackedBytes >= ACK_BYTES) this.#acknowledge();
    else if (this.#unackedPackets > 0) this.#ackTimer ??= this.#clock.schedule(ACK_MS, () => this.#acknowledge());
    this.more();
  }

  /** No timer is left. */
  close(): void {
    this.#stopTimers();
  }

  #pump(): void {
    const send = this.#send;
    while (this.#cursor !== send.next) {
      const sequence = this.#cursor;
      if (send.pathOf(sequence) === NO_PATH) {
        const path = choosePath(this.#paths);
        if (path === undefined) return;
        const start = send.startOf(sequence);
        const end = send.endOf(sequence);
        path.putPacket(sequence, this.#receive.next, send.hopsOf(sequence), send.bytes, start, end);
        path.inFlight += end - start;
        send.sent(sequence, path.id, this.#clock.now());
        this.#saidAck();
        if (this.#paths.length > 1) this.#watchStall();
      }
      this.#cursor = (sequence + 1) >>> 0;
    }
  }

  #arrived(sequence: number): void {
    const path = this.#pathOf(sequence);
    if (path !== undefined) path.inFlight -= this.#send.endOf(sequence) - this.#send.startOf(sequence);
  }

  #pathOf(sequence: number): SubPath | undefined {
    const id = this.#send.pathOf(sequence);
    for (const path of this.#paths) if (path.id === id) return path;
    return undefined;
  }

  /** What left by the path before that time leaves once more. */
  #takeBack(path: SubPath, before: number): void {
    const send = this.#send;
    for (let sequence = send.oldest; sequence !== send.next; sequence = (sequence + 1) >>> 0) {
      if (send.pathOf(sequence) !== path.id || send.sentAt(sequence) > before) continue;
      path.inFlight -= send.endOf(sequence) - send.startOf(sequence);
      send.sent(sequence, NO_PATH, 0);
      this.counters.txAgain++;
      if (isBefore(sequence, this.#cursor)) this.#cursor = sequence;
    }
  }

  /** A packet carries it already. */
  #saidAck(): void {
    this.#ackNow = false;
    this.#unackedPackets = 0;
    this.#unackedBytes = 0;
    this.#ackTimer?.cancel();
    this.#ackTimer = undefined;
  }

  #acknowledge(): void {
    const path = this.#lastHeard?.state === 'up' ? this.#lastHeard : this.#paths.find(({ state }) => state === 'up');
    this.#saidAck();
    path?.putNumbers(CABLE_FRAME.ack, this.#receive.next);
    path?.flush();
  }

  /** With several paths, one which stands still must not hold up the others until it is given up. */
  #watchStall(): void {
    this.#stallTimer ??= this.#clock.schedule(LEAST_STALL_MS, () => {
      this.#stallTimer = undefined;
      this.#lookForStall();
    });
  }

  #lookForStall(): void {
    const send = this.#send;
    if (send.count === 0 || this.#paths.length < 2) return;
    const path = this.#pathOf(send.oldest);
    const now = this.#clock.now();
    if (path !== undefined) {
      const others = this.#paths.filter((other) => other !== path && carries(other, this.#paths));
      // One which is slow itself may still be the better one, but not so soon.
      const share = others.every(({ slow }) => slow) ? 4 : 1;
      const patience = share * Math.max(LEAST_STALL_MS, 4 * (path.roundTripMs ?? 0) + 2 * ACK_MS);
      if (others.length > 0 && now - send.sentAt(send.oldest) >= patience) {
        path.suspect();
        this.#takeBack(path, now - patience);
        this.more();
      }
    }
    this.#watchStall();
  }

  #stopTimers(): void {
    this.#ackTimer?.cancel();
    this.#stallTimer?.cancel();
    this.#ackTimer = undefined;
    this.#stallTimer = undefined;
  }
}
