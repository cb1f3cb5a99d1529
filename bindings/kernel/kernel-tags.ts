/**
 * Preallocated tags of one socket. Requests use them rather than automatic ones: then we know the tag, so that several
 * requests to one peer tell their answers apart, a retry goes out on the same tag, and the kernel does not take the tag
 * away after six seconds.
 */

import type { Clock, Timer } from '../../stack/clock.js';
import type { MctpError } from '../../stack/errors.js';
import { DEFAULT_NETWORK, EID_NULL } from '../../stack/ids.js';
import type { HeldTag } from '../../stack/socket/base-socket.js';
import type { MctpMessage } from '../../stack/transport.js';
import { Line } from '../../stack/util/line.js';
import { ERRNO, kernelError } from './errno.js';
import {
  MCTP_ADDR_ANY,
  MCTP_TAG_MASK,
  MCTP_TAG_OWNER,
  MCTP_TAG_PREALLOC,
  SIOCMCTPALLOCTAG,
  SIOCMCTPALLOCTAG2,
  SIOCMCTPDROPTAG,
  SIOCMCTPDROPTAG2,
} from './kernel-numbers.js';
import type { LibC } from './libc.js';
import { decodeTagControl, decodeTagControl1, encodeTagControl, encodeTagControl1 } from './structures.js';

/** Between two datagrams to one peer their tag is kept for so long. A driver may still be sending when it is dropped. */
const DATAGRAM_IDLE_MS = 1_000;

/** Whom a tag is for, as the kernel sees it. */
export interface TagPeer {
  readonly network: number;
  /** 0 or 255: whoever answers. */
  readonly eid: number;
  /** For messages: "EID 9". */
  readonly name: string;
}

export class KernelTag implements HeldTag {
  /**
   * What becomes of answers. A function is asked, and false means: not one. `queue`: for the socket's reader. `nobody`:
   * the tag rests, or its messages want no answers.
   */
  answers: ((message: MctpMessage) => boolean) | 'queue' | 'nobody' = 'nobody';
  timer: Timer | undefined;
  /** Under way on it, when it is a tag of `allocateTag`. */
  request: { cancel(error: MctpError): void } | undefined;

  constructor(
    readonly peer: TagPeer,
    /** 0..7 */
    readonly value: number,
  ) {}

  /** As the kernel wants it for sending. */
  get sendBits(): number {
    return this.value | MCTP_TAG_OWNER | MCTP_TAG_PREALLOC;
  }
}

export interface TagHost {
  readonly libc: LibC;
  readonly clock: Clock;
  /** Somebody may be waiting for it. */
  tagReleased(): void;
}

export class SocketTags {
  readonly #held = new Map<number, KernelTag>();
  readonly #datagrams = new Map<number, KernelTag>();

  constructor(
    private readonly host: TagHost,
    private readonly fd: number,
  ) {}

  /** @throws MctpError EBUSY, ENOTSUP */
  allocate(peer: TagPeer): KernelTag {
    const tag = new KernelTag(peer, this.#allocate(peer) & MCTP_TAG_MASK);
    this.#held.set(keyOf(peer.network, peer.eid, tag.value), tag);
    return tag;
  }

  /** The tag for datagrams to that peer; it is released when none was sent for a while. @throws as `allocate` */
  datagram(peer: TagPeer): KernelTag {
    const key = keyOf(peer.network, peer.eid, 0);
    let tag = this.#datagrams.get(key);
    if (tag === undefined) this.#datagrams.set(key, (tag = this.allocate(peer)));
    const kept = tag;
    kept.timer?.cancel();
    kept.timer = this.host.clock.schedule(DATAGRAM_IDLE_MS, () => {
      this.#datagrams.delete(key);
      this.release(kept);
    });
    return kept;
  }

  release(tag: KernelTag): void {
    tag.timer?.cancel();
    tag.timer = undefined;
    const { peer } = tag;
    if (!this.#held.delete(keyOf(peer.network, peer.eid, tag.value))) return;
    this.#drop(peer, tag.sendBits);
    this.host.tagReleased();
  }

  /** Release it when no late answer can come any more. */
  rest(tag: KernelTag, forMs: number): void {
    tag.answers = 'nobody';
    tag.timer = this.host.clock.schedule(forMs, () => this.release(tag));
  }

  /** The tag an answer came on. */
  find(message: MctpMessage): KernelTag | undefined {
    return (
      this.#held.get(keyOf(message.network, message.source, message.tag)) ??
      this.#held.get(keyOf(message.network, MCTP_ADDR_ANY, message.tag))
    );
  }

  /** Forget them; the kernel takes them back when the socket is closed. */
  clear(): void {
    for (const tag of this.#held.values()) tag.timer?.cancel();
    const some = this.#held.size > 0;
    this.#held.clear();
    this.#datagrams.clear();
    if (some) this.host.tagReleased();
  }

  /** The tag with its bits. Kernels before 6.11 have only the older call, for the default network. */
  #allocate({ network, eid, name }: TagPeer): number {
    const { libc } = this.host;
    const control = encodeTagControl({ network, peer: eid, tag: 0 });
    if (libc.ioctl(this.fd, SIOCMCTPALLOCTAG2, control) >= 0) return decodeTagControl(control).tag;
    if (isOldKernel(libc.errno()) && network === DEFAULT_NETWORK) {
      const older = encodeTagControl1({ peer: eid, tag: 0 });
      if (libc.ioctl(this.fd, SIOCMCTPALLOCTAG, older) >= 0) return decodeTagControl1(older).tag;
    }
    throw kernelError('allocate a tag', libc.errno(), name);
  }

  #drop({ network, eid }: TagPeer, tag: number): void {
    const { libc } = this.host;
    if (libc.ioctl(this.fd, SIOCMCTPDROPTAG2, encodeTagControl({ network, peer: eid, tag })) >= 0) return;
    if (isOldKernel(libc.errno())) libc.ioctl(this.fd, SIOCMCTPDROPTAG, encodeTagControl1({ peer: eid, tag }));
  }
}

function isOldKernel(errno: number): boolean {
  return errno === ERRNO.EINVAL || errno === ERRNO.ENOTTY;
}

/** Null and broadcast are the same to the kernel: an answer may come from anybody. */
function keyOf(network: number, eid: number, value: number): number {
  const peer = eid === EID_NULL ? MCTP_ADDR_ANY : eid;
  return (network * 256 + peer) * 8 + value;
}

interface Waiter {
  readonly peer: string;
  /** True when it does not wait any more. */
  readonly retry: () => boolean;
}

/**
 * Those that wait for a tag, in order per peer. The kernel does not tell when another program frees one, so they try
 * again from time to time, and at once when it was one of ours.
 */
export class TagQueue {
  readonly #line: Line<Waiter>;
  #timer: Timer | undefined;
  #poking = false;

  constructor(
    private readonly clock: Clock,
    limit: number,
    private readonly everyMs = 20,
  ) {
    this.#line = new Line(limit, 'messages wait for tags');
  }

  waits(peer: string): boolean {
    return this.#line.length > 0 && this.#line.list().some((waiter) => waiter.peer === peer);
  }

  /** `retry`: true when it does not wait any more. Returns how to leave. @throws MctpError ENOBUFS */
  add(peer: string, retry: () => boolean): () => void {
    const waiter = { peer, retry };
    this.#line.join(waiter);
    this.#arm();
    return () => this.#remove(waiter);
  }

  poke(): void {
    if (this.#poking) return;
    this.#poking = true;
    const stillWaiting = new Set<string>();
    for (const waiter of this.#line.list()) {
      if (stillWaiting.has(waiter.peer)) continue;
      if (waiter.retry()) this.#remove(waiter);
      else stillWaiting.add(waiter.peer);
    }
    this.#poking = false;
  }

  #remove(waiter: Waiter): void {
    this.#line.remove(waiter);
    if (this.#line.length > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer ??= this.clock.schedule(this.everyMs, () => {
      this.#timer = undefined;
      this.poke();
      if (this.#line.length > 0) this.#arm();
    });
  }
}
