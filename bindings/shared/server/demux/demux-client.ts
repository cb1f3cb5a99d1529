/**
 * A client of the socket `mctp-demux`, as libmctp's mctp-demux-daemon serves it: its first record is a message type, each one
 * after that an EID and a message with its type byte. What comes of its type it reads as EID of the sender and message. It
 * is a node of the network. Tags are the server's: an answer goes to the client that asked, not to all that have the type.
 */

import type { Timer } from '../../../../stack/clock.js';
import { MESSAGE_TYPE, messageTypeName } from '../../../../stack/ids.js';
import { TYPE_IC, TYPE_MASK } from '../../../../stack/packet.js';
import { copyOf } from '../../../../stack/util/slab.js';
import { MESSAGE_FLAG, MESSAGE_OP, type MessageFrame, NO_MESSAGE } from '../../message-frame.js';
import { ClientMessages } from '../client-messages.js';
import { HELLO_LIMIT_MS, type NetworkClient } from '../network-client.js';
import { OPERATIONS, type OperationContext } from '../operations.js';
import type { ServedNetwork } from '../served-network.js';
import type { Credentials, ServedNode } from '../served-node.js';
import type { RecordLine } from './record-line.js';

/** The only socket of a client. */
const HANDLE = 1;
/** A client which has so much under way is read no further. */
const MOST_UNDER_WAY = 64;
/** Requests delivered to a client, which it may answer. */
const MOST_REQUESTS = 256;
/** Control and PLDM: the first byte has a bit for a request, and an instance id. */
const WITH_INSTANCE: ReadonlySet<number> = new Set([MESSAGE_TYPE.control, MESSAGE_TYPE.pldm]);
const REQUEST = 0x80;
const INSTANCE = 0x1f;

export class DemuxClient implements OperationContext, NetworkClient {
  readonly right = 'use';
  readonly wanted = undefined;
  readonly ends = new Set<() => void>();
  readonly sharesBindings = true;
  readonly messages: ClientMessages;
  node: ServedNode | undefined;
  /** Delivered and not answered yet, by `answerKey`. */
  readonly #requests = new Map<string, MessageFrame>();
  #underWay = 0;
  #typeLimit: Timer | undefined;

  constructor(
    readonly network: ServedNetwork,
    private readonly line: RecordLine,
    private readonly who: Credentials | undefined,
  ) {
    this.messages = new ClientMessages(this);
  }

  start(): void {
    this.network.clients.add(this);
    this.network.counters.clients++;
    // Until it is a node, max-nodes does not count it.
    this.#typeLimit = this.network.clock.schedule(HELLO_LIMIT_MS, () => this.#hostile());
    this.line.listen({
      record: (bytes) => this.#record(bytes),
      tooLong: (size) => this.#tooLong(size),
      closed: () => this.#closed(),
    });
  }

  /** There is one from the first record on. */
  ownNode(): ServedNode {
    return this.node!;
  }

  /** It sends and receives, and nothing else is asked of it. */
  assertMay(): void {}

  answer(): void {
    this.#underWay--;
    if (this.#underWay < MOST_UNDER_WAY) this.line.resume();
  }

  /** This protocol has no errors; programs that watch the network get an event. */
  fail(_id: number, error: unknown): void {
    const what = error instanceof Error ? error.message : String(error);
    this.network.tell('demuxFailed', { node: this.node?.number ?? null, what });
    this.answer();
  }

  write(): void {}

  writeIfRoom(): boolean {
    return false;
  }

  notify(): void {}

  kick(): void {
    this.line.close();
  }

  end(): void {
    this.line.close();
  }

  #record(bytes: Uint8Array): void {
    if (this.node === undefined) this.#register(bytes[0]!);
    else if (bytes.length < 2) this.#hostile();
    else this.#send(bytes[0]!, bytes[1]!, copyOf(bytes, 2));
  }

  #tooLong(size: number): void {
    if (this.node === undefined) this.#hostile();
    else {
      const what = `a record of ${size} bytes is longer than any message`;
      this.network.tell('demuxFailed', { node: this.node.number, what });
    }
  }

  #register(type: number): void {
    if (type > TYPE_MASK) {
      this.#hostile();
      return;
    }
    this.#typeLimit?.cancel();
    const { network, who } = this;
    const description = `mctp-demux, ${messageTypeName(type)}`;
    try {
      const node = network.newNode({ description, right: 'use', who }, undefined, false);
      this.node = node;
      node.attach({ message: (frame, taken) => this.#deliver(frame, taken) });
      OPERATIONS.bind!.run(this, { handle: HANDLE, type });
    } catch (error) {
      network.tell('demuxFailed', { node: null, what: error instanceof Error ? error.message : String(error) });
      this.line.close();
    }
  }

  #deliver(frame: MessageFrame, taken: () => void): void {
    const { source, type, integrityCheck, payload } = frame;
    if (frame.tagOwner && WITH_INSTANCE.has(type) && ((payload[0] ?? 0) & REQUEST) !== 0) {
      this.#requests.set(answerKey(source, type, payload), frame);
      if (this.#requests.size > MOST_REQUESTS) this.#requests.delete(this.#requests.keys().next().value!);
    }
    const record = new Uint8Array(2 + payload.length);
    record[0] = source;
    record[1] = type | (integrityCheck ? TYPE_IC : 0);
    record.set(payload, 2);
    this.line.write(record, taken);
  }

  /** What looks like the answer of a request that was delivered goes on its tag; everything else has a tag of its own. */
  #send(eid: number, typeByte: number, payload: Uint8Array): void {
    const type = typeByte & TYPE_MASK;
    const message = { type, integrityCheck: (typeByte & TYPE_IC) !== 0, payload, handle: HANDLE };
    const key = answerKey(eid, type, payload);
    const isAnswer = WITH_INSTANCE.has(type) && ((payload[0] ?? 0) & REQUEST) === 0;
    const asked = isAnswer ? this.#requests.get(key) : undefined;
    this.#underWay++;
    if (this.#underWay >= MOST_UNDER_WAY) this.line.pause();
    if (asked === undefined) {
      this.messages.hear({ ...NO_MESSAGE, ...message, op: MESSAGE_OP.send, destination: eid });
      return;
    }
    this.#requests.delete(key);
    const { network, link, physicalAddress, tag, source, destination } = asked;
    const way = { network, link, physicalAddress, tag, source: destination, destination: source };
    this.messages.hear({ ...NO_MESSAGE, ...message, ...way, op: MESSAGE_OP.reply, flags: MESSAGE_FLAG.extended });
  }

  #hostile(): void {
    this.network.counters.hostile++;
    this.line.close();
  }

  #closed(): void {
    this.#typeLimit?.cancel();
    this.network.clients.delete(this);
    this.messages.close();
    this.#requests.clear();
    if (this.node !== undefined) this.network.leave(this.node);
  }
}

/** The same for a request and its answer. */
function answerKey(eid: number, type: number, payload: Uint8Array): string {
  return `${eid} ${type} ${(payload[0] ?? 0) & INSTANCE} ${payload[1] ?? ''} ${payload[2] ?? ''}`;
}
