/** Messages for nodes: which nodes get them, as the policy says, what waits for that, and what is traced of it. */

import { LOCAL_LINK } from '../../../stack/core/path.js';
import type { MctpMessage } from '../../../stack/transport.js';
import { MESSAGE_OP, type MessageFrame, NO_MESSAGE } from '../message-frame.js';
import type { GuardedPolicy } from './guarded-policy.js';
import type { LinkNumbers } from './link-numbers.js';
import { type MessageTrace, NO_TRACE } from './message-trace.js';
import { THE_LINKS } from './policy.js';
import type { Ports, Recipient } from './ports.js';
import type { ServedNode } from './served-node.js';
import type { Traffic } from './traffic.js';

/** The network, as deliveries need it. */
export interface DeliveryHost {
  readonly policy: GuardedPolicy;
  readonly ports: Ports;
  readonly links: LinkNumbers;
  readonly counters: { messagesIn: number; dropped: number };
  readonly traffic: Traffic;
  readonly trace: MessageTrace;
  tell(event: string, details: Readonly<Record<string, unknown>>): void;
  nodeBehind(link: string | undefined): number;
}

export class Deliveries {
  /** Promises of nodes for which the message being sent now waits. */
  waits: Promise<void>[] | undefined;
  sender: ServedNode | undefined;

  constructor(private readonly host: DeliveryHost) {}

  /**
   * Deliver to sockets of nodes what a link or a node sent, as the policy says. What senders must wait for is put into
   * `waits`, where there is such a list.
   */
  arrived(message: MctpMessage, recipients: readonly Recipient[]): void {
    this.host.counters.messagesIn++;
    this.host.traffic.received[message.type & 0x7f]!++;
    let payload = message.payload;
    let chosen = recipients;
    if (!this.host.policy.isTransparent) {
      const from =
        message.link === LOCAL_LINK ? (this.sender?.number ?? THE_LINKS) : this.host.nodeBehind(message.link);
      const verdict = this.host.policy.recipients(
        message,
        from,
        recipients.map(({ node }) => node.number),
        this.sender === undefined ? 0 : 1,
      );
      payload = verdict.payload;
      chosen = recipients.filter(({ node }) => verdict.to.includes(node.number));
    }
    if (chosen.length === 0) {
      this.host.counters.dropped++;
      this.traceArrival(undefined, message, 'the policy gives it to no node');
    }
    const link = this.host.links.numberOf(message.link);
    for (const { node, socket } of chosen) {
      const frame = (handle: number): MessageFrame => {
        return { ...NO_MESSAGE, ...message, payload, link, handle, op: MESSAGE_OP.deliver };
      };
      const before = node.dropped;
      const room = node.deliver(socket, frame, this.waits !== undefined);
      this.traceArrival(node, message, node.dropped > before ? 'its queue is full' : undefined);
      if (room === undefined) continue;
      room.catch(() => {});
      this.waits?.push(room);
    }
  }

  /** A message came for a node, or for nobody. `why`: it was dropped. */
  traceArrival(node: ServedNode | undefined, message: MctpMessage, why?: string): void {
    if (!this.host.trace.isOn) return;
    const { source: eid, type, tag, link, physicalAddress, payload } = message;
    const packets = this.host.trace.found({ direction: 'rx', eid, type, tag })?.packets ?? null;
    const way = link === LOCAL_LINK ? {} : { link, physicalAddress, packets };
    const what = why === undefined ? 'delivered' : 'dropped';
    const ends = { node: node?.number ?? null, eid, type, bytes: payload.length + 1, tag };
    this.host.tell('trace', { ...NO_TRACE, ...ends, ...way, what, why: why ?? null });
  }

  /** Others which have bound the type, where the policy lets nodes hear what others send and are answered. */
  overhearers(node: ServedNode, type: number): readonly Recipient[] {
    if (this.host.policy.policy.overhears !== true) return [];
    return this.host.ports.ofType(type).filter((recipient) => recipient.node !== node);
  }

  /** Give it to those recipients which the policy has chosen. */
  overheard(message: MctpMessage, recipients: readonly Recipient[], chosen: readonly number[]): void {
    const link = this.host.links.numberOf(message.link);
    for (const { node, socket } of recipients) {
      if (!chosen.includes(node.number)) continue;
      node.deliver(socket, (handle) => ({ ...NO_MESSAGE, ...message, link, handle, op: MESSAGE_OP.deliver }), false);
    }
  }
}
