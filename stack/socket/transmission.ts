/**
 * One message on its way into a link: waits for a tag, waits for room, is queued, and ends in exactly one of sent,
 * failed, cancelled.
 */

import type { LinkDependent } from '../core/link-port.js';
import type { Path } from '../core/path.js';
import type { TagOwner } from '../core/tags.js';
import { type Completion, TxMessage } from '../core/tx-message.js';
import { MctpError } from '../errors.js';
import { MESSAGE_TYPE } from '../ids.js';
import { FLAG_TO, TYPE_MASK } from '../packet.js';
import type { MctpMessage } from '../transport.js';

export interface TransmissionHost {
  /** Hand a message to ourselves. */
  deliverLocally(message: Omit<MctpMessage, 'network' | 'link' | 'physicalAddress'>, network: number): void;
}

/** Who is told; and, for messages that expect an answer, who holds the tag. */
export interface Sender {
  /** The message left, or did not. Called exactly once per `start`. */
  sent(error?: MctpError): void;
}

/** Where the tag comes from. */
export type TagSource =
  /** One that is ours already, or that of the request being answered. */
  | { readonly kind: 'fixed'; readonly tagBits: number }
  /** The next free one. */
  | { readonly kind: 'new'; readonly owner: TagOwner };

export class Transmission implements Completion, LinkDependent {
  /** Of the automatic tag, once there is one. */
  tag: number | undefined;
  /** A packet of it may have reached the wire, so that an answer may come. */
  mayHaveLeft = false;
  #leave: (() => void) | undefined;
  #outbound: TxMessage | undefined;
  #done = false;

  constructor(
    private readonly host: TransmissionHost,
    private readonly sender: Sender,
    private readonly path: Path,
    private readonly typeByte: number,
    private readonly payload: Uint8Array,
    private readonly noWait: boolean,
  ) {}

  /** What became of it was told. */
  get done(): boolean {
    return this.#done;
  }

  start(source: TagSource): void {
    if (this.#done) return;
    if (this.#linkIsDown()) return;
    if (source.kind === 'fixed') {
      this.#queue(source.tagBits);
      return;
    }
    const { peer, link, aliases } = this.path;
    const tag = peer.acquire(source.owner, aliases);
    if (tag !== undefined) {
      this.tag = tag;
      this.#queue(tag | FLAG_TO);
      return;
    }
    if (this.noWait) {
      this.#end(new MctpError('EBUSY', `all eight tags towards ${peer.name} are in use`));
      return;
    }
    try {
      this.#leave = peer.whenFree(
        source.owner,
        (free, error) => {
          this.#leave = undefined;
          link?.dependents.delete(this);
          if (free === undefined) {
            this.#end(error ?? new MctpError('ECANCELED', 'the stack was closed'));
            return;
          }
          this.tag = free;
          this.#queue(free | FLAG_TO);
        },
        aliases,
      );
      link?.dependents.add(this);
    } catch (error) {
      this.#end(error as MctpError);
    }
  }

  /** Still waiting for a tag: nothing of this is in the link's queue, which would tell. */
  linkDown(reason: MctpError): void {
    this.cancel(reason);
  }

  /** Give up what has not begun to leave. A message that has begun is finished all the same. */
  cancel(error: MctpError): void {
    if (this.#done) return;
    const leave = this.#leave;
    this.#leave = undefined;
    this.path.link?.dependents.delete(this);
    leave?.();
    const outbound = this.#outbound;
    if (outbound !== undefined) {
      outbound.completion = undefined;
      this.#outbound = undefined;
      if (this.path.link!.queue.cancel(outbound, error)) this.mayHaveLeft = false;
    }
    this.#end(error);
  }

  finished(error?: MctpError): void {
    this.#outbound = undefined;
    this.#end(error);
  }

  #queue(tagBits: number): void {
    const { link, destination, source } = this.path;
    if (link === undefined) {
      this.#deliverLocally(tagBits);
      return;
    }
    // It may have gone down while this waited for its tag.
    if (this.#linkIsDown()) return;
    const bytes = this.payload.length + 1;
    if (link.queue.hasRoom(bytes)) {
      this.#push(tagBits);
      return;
    }
    if (this.noWait) {
      link.counters.queueFull++;
      this.#end(new MctpError('EAGAIN', `the queue of link ${link.name} is full (${destination} from ${source})`));
      return;
    }
    try {
      this.#leave = link.queue.whenRoom(bytes, (error) => {
        this.#leave = undefined;
        if (error !== undefined) this.#end(error);
        else this.#push(tagBits);
      });
    } catch (error) {
      this.#end(error as MctpError);
    }
  }

  #push(tagBits: number): void {
    const { link, destination, source, to, unit, peer } = this.path;
    const outbound = TxMessage.message(
      this.typeByte,
      this.payload,
      unit,
      destination,
      source,
      tagBits,
      peer.sequence,
      to,
    );
    peer.sequence = (peer.sequence + Math.ceil((this.payload.length + 1) / unit)) & 3;
    peer.counters.txMessages++;
    peer.counters.txBytes += this.payload.length + 1;
    outbound.completion = this;
    this.mayHaveLeft = true;
    this.#outbound = outbound;
    const urgent = (this.typeByte & TYPE_MASK) === MESSAGE_TYPE.control;
    // Null and broadcast EIDs say nothing of who is meant: the physical address does.
    link!.queue.push(outbound, destination === 0 || destination === 0xff ? `/${to}` : destination, urgent);
  }

  #linkIsDown(): boolean {
    const { link } = this.path;
    if (link === undefined || link.up) return false;
    this.#end(link.downReason ?? new MctpError('ENETDOWN', `link ${link.name} is not open`));
    return true;
  }

  #deliverLocally(tagBits: number): void {
    this.mayHaveLeft = true;
    this.#end(undefined);
    this.host.deliverLocally(
      {
        source: this.path.source,
        destination: this.path.destination,
        type: this.typeByte & TYPE_MASK,
        integrityCheck: (this.typeByte & ~TYPE_MASK) !== 0,
        tag: tagBits & 7,
        tagOwner: (tagBits & FLAG_TO) !== 0,
        payload: this.payload.slice(),
      },
      this.path.network,
    );
  }

  #end(error: MctpError | undefined): void {
    if (this.#done) return;
    this.#done = true;
    this.sender.sent(error);
  }
}
