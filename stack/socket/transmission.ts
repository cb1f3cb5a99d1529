/**
 * One message on its way into a link: waits for a tag, waits for room, is queued, and ends in exactly one of sent,
 * failed, cancelled.
 */

import type { LinkDependent } from '../core/link-port.js';
import { aliasesOf, type Path } from '../core/path.js';
import type { TagOwner } from '../core/tags.js';
import { type Completion, TxMessage } from '../core/tx-message.js';
import { MctpError } from '../errors.js';
import { EID_BROADCAST, EID_NULL, MESSAGE_TYPE } from '../ids.js';
import { FLAG_TO, TAG_MASK, TYPE_IC, TYPE_MASK } from '../packet.js';
import type { MctpMessage } from '../transport.js';
import { copyOf } from '../util/slab.js';

/** A message to one of our own EIDs. */
export type LocalMessage = Omit<MctpMessage, 'network' | 'link' | 'physicalAddress'>;

export interface TransmissionHost {
  /** Hand a message to ourselves. */
  deliverLocally(message: LocalMessage, network: number): void;
}

export abstract class Transmission implements Completion, LinkDependent {
  /** Of the automatic tag, once there is one. */
  tag: number | undefined;
  /** A packet of it may have reached the wire, so that an answer may come. */
  mayHaveLeft = false;
  #leaveLine: (() => void) | undefined;
  #outbound: TxMessage | undefined;
  #done = false;

  constructor(
    private readonly host: TransmissionHost,
    public path: Path,
    private typeByte: number,
    protected payload: Uint8Array,
    private noWait: boolean,
  ) {}

  /** One that is done carries another message. */
  protected renew(path: Path, typeByte: number, payload: Uint8Array, noWait: boolean): void {
    this.path = path;
    this.typeByte = typeByte;
    this.payload = payload;
    this.noWait = noWait;
    this.tag = undefined;
    this.mayHaveLeft = false;
    this.#done = false;
  }

  /** An answer has the type of what it answers. */
  get answerType(): number {
    return this.typeByte & TYPE_MASK;
  }

  /** Called exactly once: the message left, or did not. */
  protected abstract ended(error: MctpError | undefined): void;

  get done(): boolean {
    return this.#done;
  }

  /** Send it on a tag that is ours, or that of the request being answered. `tagBits`: TO and tag. */
  startOn(tagBits: number): void {
    if (!this.#done && !this.#linkIsDown()) this.#queue(tagBits);
  }

  /** Send it on the next free tag, which goes to `owner`. */
  start(owner: TagOwner): void {
    if (this.#done || this.#linkIsDown()) return;
    const { peer } = this.path;
    const aliases = aliasesOf(this.path);
    const tag = peer.acquire(owner, aliases);
    if (tag !== undefined) {
      this.tag = tag;
      this.#queue(tag | FLAG_TO);
    } else if (this.noWait) this.#end(new MctpError('EBUSY', `all eight tags towards ${peer.name} are in use`));
    else this.#waitForTag(owner, aliases);
  }

  /** Still waiting for a tag: nothing of this is in the link's queue, which would tell. */
  linkDown(reason: MctpError): void {
    this.cancel(reason);
  }

  /** Give up what has not begun to leave. A message that has begun is finished all the same. */
  cancel(error: MctpError): void {
    if (this.#done) return;
    const leaveLine = this.#leaveLine;
    this.#leaveLine = undefined;
    this.path.link?.dependents.delete(this);
    leaveLine?.();
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

  #waitForTag(owner: TagOwner, aliases: ReturnType<typeof aliasesOf>): void {
    const { peer, link } = this.path;
    const given = (tag: number | undefined, error?: MctpError): void => {
      this.#leaveLine = undefined;
      link?.dependents.delete(this);
      if (tag === undefined) {
        this.#end(error ?? new MctpError('ECANCELED', 'the stack was closed'));
        return;
      }
      this.tag = tag;
      this.#queue(tag | FLAG_TO);
    };
    try {
      this.#leaveLine = peer.whenFree(owner, given, aliases);
      link?.dependents.add(this);
    } catch (error) {
      this.#end(error as MctpError);
    }
  }

  #queue(tagBits: number): void {
    const { link } = this.path;
    if (link === undefined) {
      this.#deliverLocally(tagBits);
      return;
    }
    // It may have gone down while this waited for its tag.
    if (this.#linkIsDown()) return;
    const bytes = this.payload.length + 1;
    if (link.queue.hasRoom(bytes)) this.#push(tagBits);
    else this.#waitForRoom(tagBits, bytes);
  }

  #waitForRoom(tagBits: number, bytes: number): void {
    const { destination, source } = this.path;
    const link = this.path.link!;
    if (this.noWait) {
      link.counters.queueFull++;
      this.#end(new MctpError('EAGAIN', `the queue of link ${link.name} is full (${destination} from ${source})`));
      return;
    }
    try {
      this.#leaveLine = link.queue.whenRoom(bytes, (error) => {
        this.#leaveLine = undefined;
        if (error !== undefined) this.#end(error);
        else this.#push(tagBits);
      });
    } catch (error) {
      this.#end(error as MctpError);
    }
  }

  #push(tagBits: number): void {
    const { link, destination, source, to, unit, peer } = this.path;
    const { typeByte, payload } = this;
    const outbound = TxMessage.message(typeByte, payload, unit, destination, source, tagBits, peer.sequence, to);
    const bytes = payload.length + 1;
    peer.sequence = (peer.sequence + (bytes <= unit ? 1 : Math.ceil(bytes / unit))) & 3;
    peer.counters.txMessages++;
    peer.counters.txBytes += bytes;
    outbound.completion = this;
    this.mayHaveLeft = true;
    this.#outbound = outbound;
    const urgent = (typeByte & TYPE_MASK) === MESSAGE_TYPE.control;
    // Null and broadcast EIDs do not say which device is meant: the physical address does.
    const flow = destination === EID_NULL || destination === EID_BROADCAST ? `/${to}` : destination;
    link!.queue.push(outbound, flow, urgent);
  }

  #linkIsDown(): boolean {
    const { link } = this.path;
    if (link === undefined || link.up) return false;
    this.#end(link.downReason ?? new MctpError('ENETDOWN', `link ${link.name} is not open`));
    return true;
  }

  #deliverLocally(tagBits: number): void {
    const { typeByte, payload } = this;
    const { source, destination, network } = this.path;
    this.mayHaveLeft = true;
    this.#end(undefined);
    const message = {
      source,
      destination,
      type: typeByte & TYPE_MASK,
      integrityCheck: (typeByte & TYPE_IC) !== 0,
      tag: tagBits & TAG_MASK,
      tagOwner: (tagBits & FLAG_TO) !== 0,
      payload: copyOf(payload),
    };
    this.host.deliverLocally(message, network);
  }

  #end(error: MctpError | undefined): void {
    if (this.#done) return;
    this.#done = true;
    this.ended(error);
    // While it waits for an answer, which may never come, nothing of what it carried is kept.
    this.payload = NOTHING;
  }
}

const NOTHING = new Uint8Array(0);
