/** A socket of a node: what its process asked of it, done with a socket of the server's stack. */

import { MctpError } from '../../../stack/errors.js';
import { DEFAULT_NETWORK, NET_ANY } from '../../../stack/ids.js';
import type { AllocatedTag, MctpAddress, MctpMessage, MctpSocket } from '../../../stack/transport.js';

/** What a message type is bound on. */
export interface BoundTo {
  readonly type: number;
  readonly network: number;
  readonly eid: number;
  /** Only from this EID. */
  readonly peer: number | undefined;
}

/** Tags which a process may hold at a time in one socket: eight for each of many peers. */
const MOST_TAGS = 2_048;

export class ServedSocket {
  readonly #tags = new Map<number, AllocatedTag>();
  bound: BoundTo | undefined;

  constructor(
    /** Chosen by the client; changes when the node is joined again. */
    public handle: number,
    /** Sends, asks and holds tags. It is bound to nothing: the ports are. */
    readonly socket: MctpSocket,
    /** What it is bound to may be bound by others of which this is true. */
    readonly shares = false,
  ) {}

  get tags(): number {
    return this.#tags.size;
  }

  /** Endpoints it has to do with, although nothing is under way: it is bound to one, or holds a tag for it. */
  peers(): { readonly eid: number; readonly network: number }[] {
    const held = [...this.#tags.values()].map(({ peer: { eid, network = DEFAULT_NETWORK } }) => ({ eid, network }));
    const { bound } = this;
    if (bound?.peer === undefined) return held;
    return [{ eid: bound.peer, network: bound.network === NET_ANY ? DEFAULT_NETWORK : bound.network }, ...held];
  }

  onMessage(hear: (message: MctpMessage) => void): void {
    this.socket.onMessage(hear);
  }

  /** @throws MctpError EBUSY, EEXIST, ENOBUFS */
  holdTag(id: number, peer: MctpAddress): number {
    if (this.#tags.has(id)) throw new MctpError('EEXIST', `tag id ${id} is in use already`);
    if (this.#tags.size >= MOST_TAGS) throw new MctpError('ENOBUFS', `one socket holds at most ${MOST_TAGS} tags`);
    const tag = this.socket.allocateTag(peer);
    this.#tags.set(id, tag);
    return tag.value;
  }

  /** @throws MctpError ENOENT */
  releaseTag(id: number): void {
    this.socket.releaseTag(this.heldTag(id));
    this.#tags.delete(id);
  }

  /** @throws MctpError ENOENT */
  heldTag(id: number): AllocatedTag {
    const tag = this.#tags.get(id);
    if (tag === undefined)
      throw new MctpError('ENOENT', `tag id ${id} is not held: all eight of the peer may be in use`);
    return tag;
  }

  releaseTags(): void {
    for (const id of [...this.#tags.keys()]) this.releaseTag(id);
  }

  close(): void {
    this.#tags.clear();
    this.socket.close();
  }
}
