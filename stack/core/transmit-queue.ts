/**
 * What waits to leave by one link. Messages to one peer keep their order; the peers take turns, packet by packet;
 * control messages overtake the rest at packet boundaries.
 */

import type { Clock } from '../clock.js';
import type { LinkCounters } from '../counters.js';
import { MctpError } from '../errors.js';
import type { Limits } from '../limits.js';
import { type Link, type PhysicalAddress, TRANSMIT, type TransmitResult } from '../link.js';
import { HEADER_SIZE } from '../packet.js';
import { Line } from '../util/line.js';
import { Flow, type TxMessage } from './tx-message.js';

/** Flows with a packet to send, first come first served. */
class Ring {
  #head: Flow | undefined;
  #tail: Flow | undefined;

  get first(): Flow | undefined {
    return this.#head;
  }

  pushBack(flow: Flow): void {
    flow.active = true;
    flow.nextActive = undefined;
    if (this.#tail === undefined) this.#head = flow;
    else this.#tail.nextActive = flow;
    this.#tail = flow;
  }

  shift(): void {
    const flow = this.#head!;
    this.#head = flow.nextActive;
    if (this.#head === undefined) this.#tail = undefined;
    flow.active = false;
    flow.nextActive = undefined;
  }

  /** The first of all again: its packet was not taken. */
  pushFront(flow: Flow): void {
    flow.active = true;
    flow.nextActive = this.#head;
    this.#head = flow;
    this.#tail ??= flow;
  }

  remove(flow: Flow): void {
    let before: Flow | undefined;
    for (let at = this.#head; at !== undefined; before = at, at = at.nextActive) {
      if (at !== flow) continue;
      if (before === undefined) this.#head = at.nextActive;
      else before.nextActive = at.nextActive;
      if (this.#tail === at) this.#tail = before;
      flow.active = false;
      flow.nextActive = undefined;
      return;
    }
  }
}

interface Waiter {
  readonly bytes: number;
  /** Must queue its message before it returns, unless there is an error. */
  readonly callback: (error?: MctpError) => void;
}

/** Idle flows kept for the next message; more than these are forgotten when they run empty. */
const IDLE_FLOWS = 256;

/** Told of a packet that the link took, and when it was given to the link. */
export type TransmitTap = (time: number, buffer: Uint8Array, start: number, end: number, to: PhysicalAddress) => void;

export class TransmitQueue {
  readonly #flows = new Map<string | number, Flow>();
  readonly #urgentFlows = new Map<string | number, Flow>();
  /** That of the last message: the next one is likely to go there too. */
  #lastFlow: Flow | undefined;
  readonly #urgent = new Ring();
  readonly #bulk = new Ring();
  /** Flow whose packet occupies a slot of the link. */
  readonly #slots: (Flow | undefined)[];
  readonly #freeSlots: number[] = [];
  readonly #waiting: Line<Waiter>;
  #messages = 0;
  #bytes = 0;
  #pumping = false;
  #blocked = false;
  #up = false;
  /** Sees every packet the link took; undefined costs nothing. */
  tap: TransmitTap | undefined;

  constructor(
    private readonly link: Link,
    private readonly clock: Clock,
    private readonly limits: Limits,
    private readonly counters: LinkCounters,
  ) {
    this.#waiting = new Line(() => limits.waiters, `messages wait for link ${link.name}`);
    this.#slots = new Array<Flow | undefined>(link.window);
    for (let slot = link.window - 1; slot >= 0; slot--) this.#freeSlots.push(slot);
  }

  get messages(): number {
    return this.#messages;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** May a message of so many bytes be pushed now? No message overtakes those which wait. */
  hasRoom(bytes: number): boolean {
    return this.#waiting.length === 0 && this.#fits(bytes);
  }

  /**
   * Have `callback` called once there is room for `bytes`, or with an error when the link goes down; returns how to
   * leave the line.
   * @throws MctpError ENOBUFS when too many wait already
   */
  whenRoom(bytes: number, callback: (error?: MctpError) => void): () => void {
    this.counters.queueFull++;
    const leave = this.#waiting.join({ bytes, callback });
    return () => {
      leave();
      this.#admitWaiting();
    };
  }

  /** Put a message behind the others of its flow and send what can be sent. The caller has asked `hasRoom`. */
  push(message: TxMessage, flowKey: string | number, urgent: boolean): void {
    const last = this.#lastFlow;
    const flow = last?.key === flowKey && last.urgent === urgent ? last : this.#flow(flowKey, urgent);
    message.flow = flow;
    this.#messages++;
    this.#bytes += message.bytes;
    if (flow.tail === undefined) flow.head = message;
    else flow.tail.next = message;
    flow.tail = message;
    if (!flow.active && !flow.inFlight) this.#ring(flow).pushBack(flow);
    this.pump();
  }

  /**
   * Take a message back that has not begun to leave; false when it has, or is done. Once begun a message is finished:
   * half a message would make the receiver wait for the rest.
   */
  cancel(message: TxMessage, error: MctpError): boolean {
    const flow = message.flow;
    if (flow === undefined || (message === flow.head && (flow.inFlight || message.position > 4))) return false;
    this.counters.txCancelled++;
    this.#unlink(flow, message);
    this.#finish(message, error);
    return true;
  }

  transmitted(slot: number, error?: MctpError): void {
    const flow = this.#slots[slot];
    if (flow === undefined) return;
    this.#slots[slot] = undefined;
    this.#freeSlots.push(slot);
    this.#packetDone(flow, error);
    this.pump();
  }

  ready(): void {
    this.#blocked = false;
    this.pump();
  }

  setUp(): void {
    this.#up = true;
    this.#blocked = false;
    this.pump();
  }

  /** Send nothing more for the time being. */
  hold(): void {
    this.#up = false;
  }

  /** Everything queued fails with `reason`. The link has given back its slots. */
  setDown(reason: MctpError): void {
    this.#up = false;
    // Before room is made: messages that wait must not get in now.
    const waiting = this.#waiting.clear();
    for (let slot = 0; slot < this.#slots.length; slot++) {
      if (this.#slots[slot] === undefined) continue;
      this.#slots[slot] = undefined;
      this.#freeSlots.push(slot);
    }
    for (const flows of [this.#urgentFlows, this.#flows]) {
      for (const flow of [...flows.values()]) {
        flow.inFlight = false;
        while (flow.head !== undefined) {
          this.counters.txErrors++;
          const message = flow.head;
          this.#unlink(flow, message);
          this.#finish(message, reason);
        }
      }
    }
    for (const waiter of waiting) waiter.callback(reason);
  }

  /** Hand packets to the link as long as it takes them. Calls from within return at once. */
  pump(): void {
    if (this.#pumping || !this.#up) return;
    this.#pumping = true;
    try {
      while (this.#sendSome()) this.link.flush?.();
    } finally {
      this.#pumping = false;
    }
  }

  #flow(key: string | number, urgent: boolean): Flow {
    const flows = urgent ? this.#urgentFlows : this.#flows;
    let flow = flows.get(key);
    if (flow === undefined) flows.set(key, (flow = new Flow(key, urgent)));
    this.#lastFlow = flow;
    return flow;
  }

  /** As many packets as go at once; false when there was none. */
  #sendSome(): boolean {
    let some = false;
    while (!this.#blocked && this.#up && this.#freeSlots.length > 0) {
      const ring = this.#urgent.first !== undefined ? this.#urgent : this.#bulk;
      const flow = ring.first;
      if (flow === undefined) break;
      ring.shift();
      this.#sendOne(ring, flow);
      some = true;
    }
    return some;
  }

  #sendOne(ring: Ring, flow: Flow): void {
    const message = flow.head!;
    const end = message.preparePacket();
    const start = message.position - HEADER_SIZE;
    const slot = this.#freeSlots.pop()!;
    this.#slots[slot] = flow;
    flow.inFlight = true;
    const { tap } = this;
    const time = tap === undefined ? 0 : this.clock.now();
    let result: TransmitResult;
    try {
      result = this.link.transmit(message.buffer, start, end, message.to, slot);
    } catch (cause) {
      // No link should; but a message that was accepted must end, and the caller is not the one that can help.
      this.transmitted(slot, new MctpError('EIO', `link ${this.link.name} failed to send`, { cause }));
      return;
    }
    if (result !== TRANSMIT.busy) {
      this.counters.txPackets++;
      this.counters.txBytes += end - start;
      tap?.(time, message.buffer, start, end, message.to);
    }
    // Pending, or given back by now: the link may have gone down.
    if (result === TRANSMIT.pending || this.#slots[slot] !== flow) return;
    this.#slots[slot] = undefined;
    this.#freeSlots.push(slot);
    if (result === TRANSMIT.sent) {
      this.#packetDone(flow, undefined);
      return;
    }
    flow.inFlight = false;
    this.#blocked = true;
    ring.pushFront(flow);
  }

  #packetDone(flow: Flow, error: MctpError | undefined): void {
    flow.inFlight = false;
    if (error === undefined && !flow.head!.packetSent()) this.#ring(flow).pushBack(flow);
    else this.#messageDone(flow, error);
  }

  #messageDone(flow: Flow, error: MctpError | undefined): void {
    const message = flow.head!;
    if (error !== undefined) this.counters.txErrors++;
    else if (message.forwarded) this.counters.forwarded++;
    else this.counters.txMessages++;
    this.#unlink(flow, message);
    if (flow.head !== undefined && !flow.active) this.#ring(flow).pushBack(flow);
    this.#finish(message, error);
  }

  #unlink(flow: Flow, message: TxMessage): void {
    if (flow.head === message) {
      flow.head = message.next;
      if (flow.head === undefined) flow.tail = undefined;
    } else {
      let before = flow.head;
      while (before !== undefined && before.next !== message) before = before.next;
      if (before !== undefined) {
        before.next = message.next;
        if (flow.tail === message) flow.tail = before;
      }
    }
    if (flow.head === undefined) {
      if (flow.active) this.#ring(flow).remove(flow);
      const flows = flow.urgent ? this.#urgentFlows : this.#flows;
      if (flows.size > IDLE_FLOWS && !flow.inFlight) {
        flows.delete(flow.key);
        if (this.#lastFlow === flow) this.#lastFlow = undefined;
      }
    }
  }

  #finish(message: TxMessage, error: MctpError | undefined): void {
    this.#messages--;
    this.#bytes -= message.bytes;
    const completion = message.completion;
    message.release();
    completion?.finished(error);
    if (this.#waiting.length > 0) this.#admitWaiting();
  }

  /** First come, first served, as far as the room goes. */
  #admitWaiting(): void {
    for (let first = this.#waiting.first; first !== undefined && this.#fits(first.bytes); first = this.#waiting.first) {
      this.#waiting.shift();
      first.callback();
    }
  }

  /** A message longer than the whole queue may be is still taken when the queue is empty. */
  #fits(bytes: number): boolean {
    return (
      this.#messages === 0 ||
      (this.#messages < this.limits.queueMessages && this.#bytes + bytes <= this.limits.queueBytes)
    );
  }

  #ring(flow: Flow): Ring {
    return flow.urgent ? this.#urgent : this.#bulk;
  }
}
