/** A node of a served network: its sockets, its bounded queue, and what is counted of it. */

import { MctpError } from '../../../stack/errors.js';
import type { MessageFrame } from '../message-frame.js';
import type { Right, SharedNode } from '../shared-protocol.js';
import type { InterfaceWish } from './interface-wish.js';
import type { KeptNode } from './kept-nodes.js';
import type { NetworkOptionValues } from './network-options.js';
import type { PolicyNode } from './policy.js';
import type { ServedSocket } from './served-socket.js';

/** Who the other side of a socket is, as the system says. */
export interface Credentials {
  readonly uid: number;
  readonly pid: number;
}

/** Where messages for the process of a node go. */
export interface NodeOutlet {
  /** `taken`: the system has it. */
  message(frame: MessageFrame, taken: () => void): void;
}

/** Of a node whose process is away: a frame is made when it is known which handle the socket has then. */
export type FrameFor = (handle: number) => MessageFrame;

interface Queued {
  readonly socket: ServedSocket;
  readonly frame: FrameFor;
  /** Its sender waits. */
  readonly done: ((error?: MctpError) => void) | undefined;
}

/** A request under way. */
export interface PendingEnd {
  /** Whom it asks. */
  readonly eid: number;
  abort(reason: string): void;
}

/** What a node is, where it is not a process. */
export interface NodeInterface {
  readonly wish: InterfaceWish;
  /** The link of the server which leads to it; '' as long as there is none. */
  link: string;
  up: boolean;
  /** Let go of it; the node is gone. */
  end(): void;
}

export interface NodeIdentity {
  readonly number: number;
  readonly description: string;
  readonly right: Right;
  readonly who: Credentials | undefined;
  readonly lossless: boolean;
  /** ms since 1970 */
  readonly since: number;
}

/** Messages whose senders wait, for each one of the queue. */
const WAITING_PER_QUEUED = 16;

export class ServedNode {
  readonly sockets = new Map<number, ServedSocket>();
  /** Requests under way: how to end each. */
  readonly pending = new Map<number, PendingEnd>();
  persistent: string | undefined;
  interface: NodeInterface | undefined;
  received = 0;
  sent = 0;
  dropped = 0;
  #identity: NodeIdentity;
  #outlet: NodeOutlet | undefined;
  #underWay = 0;
  readonly #queue: Queued[] = [];
  #toldOfLoss = false;
  #flushing = false;

  constructor(
    identity: NodeIdentity,
    private readonly options: NetworkOptionValues,
    private readonly lost: (node: ServedNode) => void,
  ) {
    this.#identity = identity;
  }

  get number(): number {
    return this.#identity.number;
  }

  /** For messages. */
  get title(): string {
    const { description, who } = this.#identity;
    return description !== '' ? description : who === undefined ? 'no description' : `pid ${who.pid}`;
  }

  get present(): boolean {
    return this.interface?.up ?? this.#outlet !== undefined;
  }

  get lossless(): boolean {
    return this.#identity.lossless || this.options.lossless;
  }

  get queued(): number {
    return this.#queue.length + this.#underWay;
  }

  get forPolicy(): PolicyNode {
    const { number, description, right, who } = this.#identity;
    return { node: number, description, right, uid: who?.uid ?? null, pid: who?.pid ?? null };
  }

  shown(): SharedNode {
    const { since } = this.#identity;
    const { persistent, present, lossless, queued, dropped, received, sent } = this;
    const sockets = [...this.sockets.values()];
    const bindings = sockets.flatMap(({ bound }) =>
      bound === undefined ? [] : [{ ...bound, peer: bound.peer ?? null }],
    );
    const tags = sockets.reduce((sum, socket) => sum + socket.tags, 0);
    const counts = { queued, dropped, received, sent, pending: this.pending.size, tags, since };
    const shared = { persistent: persistent ?? null, present, interface: this.interface?.link ?? null, lossless };
    return { ...this.forPolicy, ...shared, bindings, ...counts };
  }

  /** What a server after this one must know; undefined: nothing, it is not persistent. */
  kept(): KeptNode | undefined {
    const { persistent: name, number: node } = this;
    if (name === undefined) return undefined;
    const { description, right, lossless } = this.#identity;
    const bindings = [...this.sockets.values()].flatMap(({ bound }) =>
      bound === undefined ? [] : [{ ...bound, peer: bound.peer ?? null }],
    );
    const kept = { node, name, description, right, lossless, bindings };
    return this.interface === undefined ? kept : { ...kept, interface: this.interface.wish };
  }

  /** Its process is there, for the first time or again. */
  attach(outlet: NodeOutlet, identity?: Omit<NodeIdentity, 'number'>): void {
    if (identity !== undefined) this.#identity = { ...identity, number: this.number };
    this.#outlet = outlet;
    this.#underWay = 0;
  }

  /** Its process is gone; a persistent node keeps its bindings and its queue. */
  detach(): void {
    this.#outlet = undefined;
    this.#underWay = 0;
    for (const abort of this.pending.values()) abort.abort('the client is gone');
    this.pending.clear();
  }

  /**
   * A message for one of its sockets. `wait`: its sender can wait; what this returns settles when there was room.
   * Undefined: it is on its way, or was dropped and counted.
   */
  deliver(socket: ServedSocket, frame: FrameFor, wait: boolean): Promise<void> | undefined {
    const full = this.#queue.length > 0 || this.#underWay >= this.options.queue;
    if (this.#outlet !== undefined && !full) {
      this.#write(this.#outlet, socket, frame);
      return undefined;
    }
    const room = this.present ? this.options.queue * (this.lossless ? WAITING_PER_QUEUED : 0) : this.options.queue;
    if (this.#queue.length >= room) {
      this.#drop();
      return wait && this.lossless && this.present ? Promise.reject(noRoom(this)) : undefined;
    }
    if (!wait || !this.present) {
      this.#queue.push({ socket, frame, done: undefined });
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const done = (error?: MctpError): void => (error === undefined ? resolve() : reject(error));
      this.#queue.push({ socket, frame, done });
    });
  }

  /** What came for a socket while the process was away. */
  flush(): void {
    // What is taken at once asks for the next one.
    if (this.#flushing) return;
    this.#flushing = true;
    while (this.#outlet !== undefined && this.#underWay < this.options.queue) {
      const next = this.#queue.findIndex(
        ({ socket }) => socket.handle > 0 && this.sockets.get(socket.handle) === socket,
      );
      if (next < 0) break;
      const [{ socket, frame, done }] = this.#queue.splice(next, 1) as [Queued];
      this.#write(this.#outlet, socket, frame);
      done?.();
    }
    this.#flushing = false;
  }

  /** Forget what waits for a socket, or for all. */
  forget(closed?: ServedSocket): void {
    const gone = new MctpError('ENOTCONN', `node ${this.number} is gone`);
    const kept = closed === undefined ? [] : this.#queue.filter(({ socket }) => socket !== closed);
    for (const entry of this.#queue.splice(0)) if (!kept.includes(entry)) entry.done?.(gone);
    for (const entry of kept) this.#queue.push(entry);
  }

  #write(outlet: NodeOutlet, socket: ServedSocket, frame: FrameFor): void {
    this.#underWay++;
    this.received++;
    outlet.message(frame(socket.handle), () => {
      if (this.#outlet !== outlet) return;
      this.#underWay--;
      if (this.#underWay === 0) this.#toldOfLoss = false;
      if (this.#queue.length > 0) this.flush();
    });
  }

  #drop(): void {
    this.dropped++;
    if (this.#toldOfLoss) return;
    this.#toldOfLoss = true;
    this.lost(this);
  }
}

function noRoom(node: ServedNode): MctpError {
  return new MctpError(
    'ENOBUFS',
    `node ${node.number} (${node.title}) reads too slowly: its queue is full, and so is the line of messages which wait`,
  );
}
