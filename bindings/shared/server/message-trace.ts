/**
 * What happened to each message of a served network, as long as somebody asks: by which way and tag it went, in how many
 * packets, and where one was dropped, why. Packets are heard only while it is on.
 */

import type { PacketTap } from '../../../stack/core/tap.js';
import type { Mctp } from '../../../stack/mctp.js';
import { HEADER_SIZE, readHeader, TYPE_MASK } from '../../../stack/packet.js';
import { faultWords } from '../../capture/recorder.js';

/** Messages whose packets are remembered. */
const MOST_MESSAGES = 1_024;

/** A message on its way over a link. */
export interface WireMessage {
  readonly link: string;
  readonly physicalAddress: string;
  readonly direction: 'rx' | 'tx';
  readonly eid: number;
  readonly tag: number;
  readonly tagOwner: boolean;
  readonly type: number;
  /** The type byte included. */
  bytes: number;
  packets: number;
  /** Of its first packet. */
  readonly time: number;
}

/** One line of the trace; null: not known, or there is none. */
export interface TraceEntry {
  readonly what: 'sent' | 'answered' | 'failed' | 'delivered' | 'dropped';
  /** The node which sent it, or which it was for; null: none. */
  readonly node: number | null;
  /** The other end: the destination of what was sent, the source of what came. */
  readonly eid: number;
  readonly type: number;
  /** The type byte included. */
  readonly bytes: number;
  readonly link: string | null;
  readonly physicalAddress: string | null;
  readonly tag: number | null;
  readonly packets: number | null;
  /** Of the answer. */
  readonly answerBytes: number | null;
  readonly answerPackets: number | null;
  /** From the request to the answer, or to the failure. */
  readonly ms: number | null;
  readonly retries: number | null;
  readonly why: string | null;
}

export const NO_TRACE: TraceEntry = {
  what: 'sent',
  node: null,
  eid: 0,
  type: 0,
  bytes: 0,
  link: null,
  physicalAddress: null,
  tag: null,
  packets: null,
  answerBytes: null,
  answerPackets: null,
  ms: null,
  retries: null,
  why: null,
};

export class MessageTrace {
  readonly #messages = new Map<string, WireMessage>();
  #stop: (() => void) | undefined;

  constructor(
    private readonly stack: Mctp,
    private readonly tell: (entry: TraceEntry) => void,
  ) {}

  get isOn(): boolean {
    return this.#stop !== undefined;
  }

  set isOn(on: boolean) {
    if (on) this.#stop ??= this.stack.tap((event) => this.#packet(event));
    else {
      this.#stop?.();
      this.#stop = undefined;
      this.#messages.clear();
    }
  }

  /** The last message of this kind in that direction; undefined: it met no link. */
  found(
    wanted: Pick<WireMessage, 'direction' | 'eid' | 'type'> & { bytes?: number; tag?: number; since?: number },
  ): WireMessage | undefined {
    let last: WireMessage | undefined;
    for (const message of this.#messages.values()) {
      const { direction, eid, type, bytes = message.bytes, tag = message.tag, since = 0 } = wanted;
      const isIt = message.direction === direction && message.eid === eid && message.type === type;
      if (isIt && message.bytes === bytes && message.tag === tag && message.time >= since) last = message;
    }
    return last;
  }

  readonly #packet: PacketTap = ({ link, direction, physicalAddress, buffer, start, end, time, fault }) => {
    const size = end - start - HEADER_SIZE;
    if (size < 1) return;
    const { src, dest, som, tag, to: tagOwner } = readHeader(buffer, start);
    const eid = direction === 'rx' ? src : dest;
    const key = `${direction} ${link} ${physicalAddress} ${eid} ${tag} ${tagOwner}`;
    if (fault !== undefined) {
      const known = this.#messages.get(key);
      const type = som ? buffer[start + HEADER_SIZE]! & TYPE_MASK : (known?.type ?? 0);
      const way = { link, physicalAddress, tag, packets: som ? 1 : (known?.packets ?? 0) + 1 };
      const bytes = som ? size : (known?.bytes ?? 0) + size;
      this.tell({ ...NO_TRACE, ...way, what: 'dropped', eid, type, bytes, why: faultWords(fault) });
      return;
    }
    if (!som) {
      const message = this.#messages.get(key);
      if (message === undefined) return;
      message.bytes += size;
      message.packets++;
      return;
    }
    const type = buffer[start + HEADER_SIZE]! & TYPE_MASK;
    // The latest is the last.
    this.#messages.delete(key);
    if (this.#messages.size >= MOST_MESSAGES) this.#messages.delete(this.#messages.keys().next().value!);
    const message = { link, physicalAddress, direction, eid, tag, tagOwner, type, bytes: size, packets: 1, time };
    this.#messages.set(key, message);
  };
}
