/** One message on its way into the kernel: waits for a tag, waits for room, and ends in exactly one of sent and failed. */

import { MctpError } from '../../stack/errors.js';
import { ERRNO, kernelError } from './errno.js';
import type { KernelTag, TagPeer, TagQueue } from './kernel-tags.js';

/** Where a message goes. */
export interface Target extends TagPeer {
  /** The socket address with this type and tag. */
  address(typeByte: number, tagBits: number): Uint8Array;
}

/** Where the tag comes from: bits that are known; or one to allocate. */
export type TagChoice = number | (() => KernelTag);

export interface OutgoingHost {
  readonly tagQueue: TagQueue;
  /** The errno, or 0 when the kernel took it. */
  sendNow(payload: Uint8Array, address: Uint8Array): number;
  /** Others wait for room already. */
  readonly full: boolean;
  /** Wait for room in the send buffer. Returns how to leave. @throws MctpError ENOBUFS */
  whenRoom(retry: () => boolean): () => void;
}

export class Outgoing {
  /** Once there is one of ours. */
  tag: KernelTag | undefined;
  #leave: (() => void) | undefined;
  #waitsFor: 'tag' | 'room' | undefined;
  #done = false;

  constructor(
    private readonly host: OutgoingHost,
    private readonly target: Target,
    private readonly typeByte: number,
    private readonly payload: Uint8Array,
    private readonly choice: TagChoice,
    private readonly noWait: boolean,
    /** Called exactly once. */
    private readonly sent: (error?: MctpError) => void,
  ) {}

  start(): void {
    // Those to the same peer stay in order.
    const wantsTag = typeof this.choice === 'function' || (this.choice & 0x18) === 0x08;
    if (wantsTag && this.host.tagQueue.waits(this.#queueName)) this.#wait('tag', ERRNO.EBUSY);
    else if (this.host.full) this.#wait('room', ERRNO.EAGAIN);
    else this.#attempt();
  }

  /** Give up for `error`, unless it is over already. */
  cancel(error: MctpError): void {
    if (!this.#done) this.#end(error);
  }

  get #queueName(): string {
    const { network, eid } = this.target;
    return `${network}:${eid}`;
  }

  #attempt(): void {
    try {
      if (typeof this.choice === 'function') this.tag ??= this.choice();
    } catch (error) {
      if (MctpError.is(error, 'EBUSY')) this.#wait('tag', ERRNO.EBUSY);
      else this.#end(error as MctpError);
      return;
    }
    const bits = typeof this.choice === 'number' ? this.choice : this.tag!.sendBits;
    const errno = this.host.sendNow(this.payload, this.target.address(this.typeByte, bits));
    if (errno === 0) this.#end();
    else if (errno === ERRNO.EBUSY) this.#wait('tag', errno);
    else if (errno === ERRNO.EAGAIN) this.#wait('room', errno);
    else this.#end(kernelError('send', errno, this.target.name));
  }

  #wait(reason: 'tag' | 'room', errno: number): void {
    if (this.noWait) {
      this.#end(kernelError('send', errno, this.target.name));
      return;
    }
    if (this.#waitsFor === reason) return;
    this.#leave?.();
    this.#waitsFor = reason;
    const retry = (): boolean => {
      if (!this.#done) this.#attempt();
      return this.#done || this.#waitsFor !== reason;
    };
    try {
      this.#leave = reason === 'tag' ? this.host.tagQueue.add(this.#queueName, retry) : this.host.whenRoom(retry);
    } catch (error) {
      this.#leave = undefined;
      this.#end(error as MctpError);
    }
  }

  #end(error?: MctpError): void {
    this.#done = true;
    this.#leave?.();
    this.#leave = undefined;
    this.sent(error);
  }
}
