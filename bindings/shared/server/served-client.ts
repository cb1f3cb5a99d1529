/** One client of a served network: what it sends is read strictly, done, and answered. A hostile one loses its line, and nobody else notices. */

import type { Timer } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import type { ByteLine } from '../byte-line.js';
import { FRAME_KIND, FrameReader, type JsonObject, jsonFrame, readJson } from '../frame.js';
import { decodeMessageFrame, encodeMessageFrame } from '../message-frame.js';
import {
  DESCRIPTION_LONGEST,
  type HelloAnswer,
  numberIn,
  optionalNumberIn,
  optionalTextIn,
  PROTOCOL_VERSION,
  type Right,
  sharedError,
} from '../shared-protocol.js';
import { ClientMessages } from './client-messages.js';
import { HELLO_LIMIT_MS } from './network-client.js';
import { OPERATIONS, type OperationContext } from './operations.js';
import type { NetworkEvent, ServedNetwork } from './served-network.js';
import type { Credentials, NodeOutlet, ServedNode } from './served-node.js';

/** A client which leaves so much unread is read no further, and gets no events. */
const MOST_UNSENT = 1024 * 1024;
/** One which leaves so much unread is ended. */
const TOO_MUCH_UNSENT = 16 * 1024 * 1024;
const ORDER: readonly Right[] = ['receive', 'use', 'manage'];

/** A client has come by the socket of a right. `who`: as the system says; undefined where it does not. */
export function acceptClient(network: ServedNetwork, line: ByteLine, right: Right, who: Credentials | undefined): void {
  if (network.ending) line.destroy();
  else new ServedClient(network, line, right, who).start();
}

class ServedClient implements OperationContext {
  node: ServedNode | undefined;
  /** Names of events it wants; undefined: none. */
  wanted: ReadonlySet<string> | 'all' | undefined;
  /** What must end with it. */
  readonly ends = new Set<() => void>();
  readonly messages: ClientMessages;
  readonly sharesBindings = false;
  readonly #reader = new FrameReader((kind, body) => this.#frame(kind, body));
  #greeted = false;
  #helloLimit: Timer | undefined;
  #gone = false;

  constructor(
    readonly network: ServedNetwork,
    private readonly line: ByteLine,
    readonly right: Right,
    private readonly who: Credentials | undefined,
  ) {
    this.messages = new ClientMessages(this);
  }

  /** From now on it is heard. */
  start(): void {
    this.network.clients.add(this);
    this.network.counters.clients++;
    this.#helloLimit = this.network.clock.schedule(HELLO_LIMIT_MS, () =>
      this.#hostile(new MctpError('ETIMEDOUT', 'no hello came')),
    );
    this.ends.add(() => this.#helloLimit?.cancel());
    this.ends.add(this.network.on((event) => this.#event(event)));
    this.line.listen({ data: (chunk) => this.#data(chunk), closed: () => this.#closed() });
  }

  /** @throws MctpError EACCES, EINVAL */
  ownNode(): ServedNode {
    if (this.node === undefined) throw new MctpError('EINVAL', 'this client has no node: ask for one in hello');
    return this.node;
  }

  /** @throws MctpError EACCES */
  assertMay(right: Right): void {
    if (ORDER.indexOf(this.right) >= ORDER.indexOf(right)) return;
    throw new MctpError(
      'EACCES',
      `this needs the socket ${right} of ${this.network.name}; this client came by ${this.right}`,
    );
  }

  answer(id: number, answer: object = {}): void {
    if (id !== 0) this.write(jsonFrame({ id, ...answer }));
  }

  fail(id: number, error: unknown, more: object = {}): void {
    this.answer(id, { error: sharedError(error), ...more });
  }

  write(frame: Uint8Array, taken?: () => void): void {
    if (this.#gone) return;
    this.line.write(frame, taken);
    if (this.line.unsent > TOO_MUCH_UNSENT) this.line.destroy();
    else if (this.line.unsent > MOST_UNSENT) this.line.pause();
  }

  /** Events and packets are not worth waiting for. */
  writeIfRoom(frame: Uint8Array): boolean {
    if (this.line.unsent > MOST_UNSENT) return false;
    this.write(frame);
    return true;
  }

  notify(event: object): void {
    if (this.#greeted) this.writeIfRoom(jsonFrame(event));
  }

  kick(): void {
    this.write(jsonFrame({ event: 'kicked', time: this.network.time() }));
    this.end();
  }

  end(): void {
    this.line.end();
    this.#closed();
  }

  #data(chunk: Uint8Array): void {
    try {
      this.#reader.push(chunk);
    } catch (error) {
      if (!MctpError.is(error)) throw error;
      this.#hostile(error);
    }
  }

  /** @throws MctpError EPROTO: the line is ended */
  #frame(kind: number, body: Uint8Array): void {
    if (this.#gone) return;
    if (kind === FRAME_KIND.json) this.#question(readJson(body));
    else if (kind === FRAME_KIND.message && this.#greeted) this.messages.hear(decodeMessageFrame(body));
    else throw new MctpError('EPROTO', this.#greeted ? `no frame of kind ${kind} is known` : 'hello must be first');
    if (this.line.unsent > MOST_UNSENT) this.line.pause();
  }

  #question(question: JsonObject): void {
    const { op } = question;
    const id = question.id === undefined ? 0 : numberIn(question, 'id', 0, 0xffffffff);
    if (!this.#greeted && op !== 'hello') throw new MctpError('EPROTO', 'hello must be first');
    try {
      if (op === 'hello') {
        this.#hello(id, question);
        return;
      }
      const more = this.network.operations;
      const operation = typeof op === 'string' ? (ownOf(OPERATIONS, op) ?? ownOf(more, op)) : undefined;
      if (operation === undefined) {
        throw new MctpError(
          'ENOTSUP',
          `no operation ${String(op).slice(0, 40)}: known are ${Object.keys({ ...OPERATIONS, ...more }).join(', ')}`,
        );
      }
      this.assertMay(operation.right);
      const result = operation.run(this, question);
      if (result instanceof Promise) {
        result.then(
          (value) => this.answer(id, { result: value ?? null }),
          (error: unknown) => this.fail(id, error),
        );
      } else this.answer(id, { result: result ?? null });
    } catch (error) {
      this.fail(id, error);
    }
  }

  #hello(id: number, question: JsonObject): void {
    if (this.#greeted) throw new MctpError('EPROTO', 'hello came twice');
    const version = numberIn(question, 'version', 0, 0xffff);
    if (version !== PROTOCOL_VERSION) {
      const what = `the server speaks version ${PROTOCOL_VERSION} of the protocol, this client version ${version}: use the same mctpkit`;
      this.fail(id, new MctpError('ENOTSUP', what));
      this.end();
      return;
    }
    try {
      this.#takeNode(question);
    } catch (error) {
      this.fail(id, error);
      this.end();
      return;
    }
    this.#greeted = true;
    this.#helloLimit?.cancel();
    const { network } = this;
    const answer: HelloAnswer = {
      version: PROTOCOL_VERSION,
      network: network.name,
      right: this.right,
      node: this.node?.number ?? null,
      policy: network.policy.policy.name,
      messageBytes: network.values['message-bytes'],
      links: network.linkList(),
      bindings: network.bindings(),
    };
    this.answer(id, { result: answer });
  }

  /** @throws MctpError ENOBUFS, EACCES, EADDRINUSE, ENOENT, EADDRNOTAVAIL, EINVAL */
  #takeNode(question: JsonObject): void {
    const description = optionalTextIn(question, 'description', DESCRIPTION_LONGEST) ?? '';
    const wanted = optionalNumberIn(question, 'node', 1, 0xffff);
    const join = optionalTextIn(question, 'join', DESCRIPTION_LONGEST);
    if (this.right === 'manage' && wanted === undefined && question.withNode !== true && join === undefined) return;
    const claimed = {
      uid: optionalNumberIn(question, 'uid', 0, 0xffffffff),
      pid: optionalNumberIn(question, 'pid', 0, 0x7fffffff),
    };
    const who =
      this.who ??
      (claimed.uid !== undefined && claimed.pid !== undefined ? { uid: claimed.uid, pid: claimed.pid } : undefined);
    const { network, right } = this;
    const lossless = question.lossless === true;
    const node =
      join === undefined ? network.newNode({ description, right, who }, wanted, lossless) : network.join(join);
    const outlet: NodeOutlet = { message: (frame, taken) => this.write(encodeMessageFrame(frame), taken) };
    node.attach(outlet, { description, right, who, lossless, since: network.time() });
    this.node = node;
  }

  #event(event: NetworkEvent): void {
    if (!this.#greeted || this.wanted === undefined) return;
    if (this.wanted === 'all' ? event.event !== 'trace' : this.wanted.has(event.event))
      this.writeIfRoom(jsonFrame(event));
  }

  /** Its line is ended, and it is told why where it still reads. */
  #hostile(error: MctpError): void {
    this.network.counters.hostile++;
    this.write(jsonFrame({ error: sharedError(error) }));
    this.end();
  }

  /** Everything that was the client's is free at once. */
  #closed(): void {
    if (this.#gone) return;
    this.#gone = true;
    for (const end of this.ends) end();
    this.ends.clear();
    this.network.clients.delete(this);
    this.network.wantedChanged();
    this.messages.close();
    if (this.node !== undefined) this.network.leave(this.node);
  }
}

function ownOf<T>(all: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined;
}
