/** The messages of one client: sent, asked and answered by its sockets in the stack. */

import { LOCAL_LINK } from '../../../stack/core/path.js';
import { MctpError } from '../../../stack/errors.js';
import { DEFAULT_NETWORK, EID_NULL, type NetworkId } from '../../../stack/ids.js';
import type { MctpAddress, MctpMessage, RequestOptions, SendOptions } from '../../../stack/transport.js';
import { encodeMessageFrame, MESSAGE_FLAG, MESSAGE_OP, type MessageFrame, NO_MESSAGE } from '../message-frame.js';
import type { ClientContext } from './client-context.js';
import { slotKey } from './command-slots.js';
import { NO_TRACE, type TraceEntry } from './message-trace.js';
import type { ServedNode } from './served-node.js';
import { ServedSocket } from './served-socket.js';

/** How a message of a node ended. */
interface Outcome {
  readonly error?: unknown;
  /** Of the clock: when it was given to the stack; undefined: it was not given. */
  readonly since?: number;
  readonly answer?: MctpMessage;
  readonly ms?: number;
  readonly retries?: number;
}

/** Messages and requests of one client under way; its sockets. */
const MOST_PENDING = 1_024;
const MOST_SOCKETS = 1_024;

export class ClientMessages {
  /** Requests which wait for the client's verdict. */
  readonly #verdicts = new Map<number, ((verdict: boolean | number) => void)[]>();
  #sending = 0;

  constructor(private readonly client: ClientContext) {}

  /** Do what a frame says. Never throws what is not EPROTO. @throws MctpError EPROTO */
  hear(frame: MessageFrame): void {
    const { id, op } = frame;
    if (op !== MESSAGE_OP.send && op !== MESSAGE_OP.request && op !== MESSAGE_OP.reply) {
      throw new MctpError('EPROTO', `a client does not send message frames with op ${op}`);
    }
    const node = this.client.node;
    try {
      this.client.assertMay('use');
      this.#start(this.client.ownNode(), frame);
    } catch (error) {
      if (node !== undefined) this.#trace(node, frame, 'failed', { error });
      this.client.fail(id, error);
    }
  }

  /** The socket of a handle, made when it is first named. @throws MctpError ENOBUFS */
  socket(handle: number): ServedSocket {
    const node = this.client.ownNode();
    const known = node.sockets.get(handle);
    if (known !== undefined) return known;
    if (node.sockets.size >= MOST_SOCKETS) throw new MctpError('ENOBUFS', `a node has at most ${MOST_SOCKETS} sockets`);
    const socket = new ServedSocket(handle, this.client.network.stack.socket(), this.client.sharesBindings);
    socket.onMessage((message) => {
      const before = node.dropped;
      node.deliver(socket, (current) => this.#messageFrame(message, current, 0, MESSAGE_OP.deliver), false);
      this.client.network.deliveries.traceArrival(
        node,
        message,
        node.dropped > before ? 'its queue is full' : undefined,
      );
    });
    node.sockets.set(handle, socket);
    return socket;
  }

  verdict(request: number, verdict: boolean | number): void {
    const waiting = this.#verdicts.get(request);
    waiting?.shift()?.(verdict);
    if (waiting?.length === 0) this.#verdicts.delete(request);
  }

  close(): void {
    this.#verdicts.clear();
  }

  #start(node: ServedNode, frame: MessageFrame): void {
    if (node.pending.size + this.#sending >= MOST_PENDING) {
      throw new MctpError('ENOBUFS', `node ${node.number} has ${MOST_PENDING} messages and requests under way`);
    }
    const longest = this.client.network.values['message-bytes'] - 1;
    if (frame.payload.length > longest) {
      throw new MctpError('EMSGSIZE', `a message of ${frame.payload.length} bytes is too long: at most ${longest}`);
    }
    const allowed = this.#allowed(node, frame);
    node.sent++;
    this.client.network.counters.messagesOut++;
    this.client.network.traffic.sent[allowed.type & 0x7f]!++;
    if (allowed.op === MESSAGE_OP.request) this.#request(node, allowed);
    else this.#send(node, allowed);
  }

  /** As the policy lets it pass. @throws MctpError EACCES */
  #allowed(node: ServedNode, frame: MessageFrame): MessageFrame {
    const { network } = this.client;
    const { policy, stack } = network;
    if (policy.isTransparent) return frame;
    const way = stack.lookupRoute(frame.destination, frame.network === 0 ? undefined : frame.network);
    const out = network.nodeBehind(way?.link);
    // What goes to an EID of the network's own comes back to it, to all which have bound the type.
    const isOwn = stack.addresses().some(({ eid }) => eid === frame.destination);
    const others = isOwn ? [] : network.deliveries.overhearers(node, frame.type);
    const tagOwner = frame.op !== MESSAGE_OP.reply;
    const verdict = policy.recipients({ ...frame, tagOwner }, node.number, [
      out,
      ...others.map((one) => one.node.number),
    ]);
    const { to, payload } = verdict;
    if (others.length > 0) {
      const link = way?.link ?? LOCAL_LINK;
      const source = stack.addresses().find((entry) => entry.link === link)?.eid ?? EID_NULL;
      const ends = { source, destination: frame.destination, network: way?.network ?? DEFAULT_NETWORK };
      const { type, integrityCheck, tag, physicalAddress } = frame;
      network.deliveries.overheard(
        { ...ends, type, integrityCheck, tag, tagOwner, link, physicalAddress, payload },
        others,
        to,
      );
    }
    if (to.includes(out)) return payload === frame.payload ? frame : { ...frame, payload };
    throw new MctpError('EACCES', `the policy of ${this.client.network.name} lets node ${node.number} not send this`);
  }

  /** Local delivery happens within the call: a full queue makes it wait. */
  #send(node: ServedNode, frame: MessageFrame): void {
    const { network } = this.client;
    const since = network.clock.now();
    const waits: Promise<void>[] = [];
    network.deliveries.waits = waits;
    network.deliveries.sender = node;
    let sent: Promise<void>;
    try {
      const { socket } = this.socket(frame.handle);
      if (frame.op === MESSAGE_OP.reply) {
        sent = socket.reply(this.#answered(frame), frame.payload, { integrityCheck: frame.integrityCheck });
      } else sent = socket.send(this.#address(frame), frame.payload, this.#sendOptions(frame));
    } finally {
      network.deliveries.waits = undefined;
      network.deliveries.sender = undefined;
    }
    this.#sending++;
    const all = waits.length === 0 ? sent : Promise.all([sent, ...waits]);
    all.then(
      () => this.#done(node, frame, since),
      (error: unknown) => this.#done(node, frame, since, error),
    );
  }

  #done(node: ServedNode, frame: MessageFrame, since: number, error?: unknown): void {
    this.#sending--;
    this.#trace(node, frame, error === undefined ? 'sent' : 'failed', { since, error });
    if (error === undefined) this.client.answer(frame.id, { result: null });
    else this.client.fail(frame.id, error);
  }

  #request(node: ServedNode, frame: MessageFrame): void {
    const { id, handle, timeoutMs, totalTimeoutMs, retries, flags } = frame;
    if (id === 0 || node.pending.has(id)) throw new MctpError('EEXIST', `request id ${id} is 0 or in use`);
    const { socket } = this.socket(handle);
    const to = this.#address(frame);
    const { instanceIds, slots, stack } = this.client.network;
    const peer = stack.peerKey(to);
    const lent = instanceIds.lend(to, frame.type, frame.payload);
    const slot = slotKey(peer, frame.type, frame.payload);
    const own = (message: MctpMessage): MctpMessage => (lent === undefined ? message : lent.own(message));
    const abort = new AbortController();
    let again = 0;
    let left = false;
    const options: RequestOptions = {
      ...this.#sendOptions(frame),
      retries,
      signal: abort.signal,
      onRetry: () => again++,
      onLeft: () => {
        left = true;
      },
      ...(timeoutMs !== undefined && { timeoutMs }),
      ...(totalTimeoutMs !== undefined && { totalTimeoutMs }),
      ...((flags & MESSAGE_FLAG.verdict) !== 0 && {
        accept: (message: MctpMessage) => this.#ask(own(message), handle, id),
      }),
    };
    const begun = this.client.network.clock.now();
    node.pending.set(id, { eid: frame.destination, abort: (reason) => abort.abort(reason) });
    const ended = (answer?: Uint8Array): void => {
      node.pending.delete(id);
      this.#verdicts.delete(id);
      lent?.end(left && answer === undefined);
      const { clock, traffic } = this.client.network;
      traffic.asked(frame.type, frame.payload, answer, clock.now() - begun);
    };
    const took = (): { ms: number; retries: number } => ({
      ms: this.client.network.clock.now() - begun,
      retries: again,
    });
    const ask = (): Promise<MctpMessage> => socket.request(to, lent?.payload ?? frame.payload, options);
    const asked = slot === undefined ? ask() : slots.run(slot, ask, abort.signal);
    asked.then(
      (answer) => {
        ended(answer.payload);
        node.received++;
        this.#overhearAnswer(node, own(answer));
        this.#trace(node, frame, 'answered', { since: begun, answer, ...took() });
        // What judged the answer has it.
        if ((flags & MESSAGE_FLAG.verdict) !== 0) this.client.answer(id, { result: took() });
        else this.client.write(encodeMessageFrame(this.#messageFrame(own(answer), handle, id, MESSAGE_OP.answer)));
      },
      (error: unknown) => {
        ended();
        this.#trace(node, frame, 'failed', { since: begun, error, ...took() });
        this.client.fail(id, error, { ...took() });
      },
    );
  }

  /** Others hear it, where the policy has that and lets it pass. */
  #overhearAnswer(node: ServedNode, answer: MctpMessage): void {
    const { network } = this.client;
    const others = network.deliveries.overhearers(node, answer.type);
    if (others.length === 0) return;
    const numbers = others.map((one) => one.node.number);
    const { to, payload } = network.policy.recipients(answer, network.nodeBehind(answer.link), numbers);
    network.deliveries.overheard({ ...answer, payload }, others, to);
  }

  #ask(message: MctpMessage, handle: number, id: number): Promise<boolean | number> {
    this.client.write(encodeMessageFrame(this.#messageFrame(message, handle, id, MESSAGE_OP.candidate)));
    return new Promise((resolve) => {
      const waiting = this.#verdicts.get(id);
      if (waiting === undefined) this.#verdicts.set(id, [resolve]);
      else waiting.push(resolve);
    });
  }

  #messageFrame(message: MctpMessage, handle: number, id: number, op: number): MessageFrame {
    const link = this.client.network.links.numberOf(message.link);
    return { ...NO_MESSAGE, ...message, handle, id, op, link };
  }

  #address({ destination: eid, network, link, physicalAddress, flags }: MessageFrame): MctpAddress {
    const plain = { eid, ...(network !== 0 && { network }) };
    if ((flags & MESSAGE_FLAG.extended) === 0) return plain;
    return { ...plain, link: this.client.network.links.nameOf(link), physicalAddress };
  }

  #answered({
    destination,
    source,
    network,
    type,
    integrityCheck,
    tag,
    link,
    physicalAddress,
  }: MessageFrame): MctpMessage {
    return {
      type,
      integrityCheck,
      tag,
      tagOwner: true,
      physicalAddress,
      network: network as NetworkId,
      source: destination,
      destination: source,
      payload: new Uint8Array(0),
      link: this.client.network.links.nameOf(link),
    };
  }

  #sendOptions({ handle, type, integrityCheck, flags, heldTag }: MessageFrame): SendOptions {
    return {
      type,
      integrityCheck,
      noWait: (flags & MESSAGE_FLAG.noWait) !== 0,
      reply: (flags & MESSAGE_FLAG.datagram) === 0,
      ...(heldTag !== 0 && { tag: this.socket(handle).heldTag(heldTag) }),
    };
  }

  #trace(node: ServedNode, frame: MessageFrame, what: TraceEntry['what'], more: Outcome): void {
    const { network } = this.client;
    const { trace } = network;
    if (!trace.isOn) return;
    const { destination: eid, type } = frame;
    const { error, since, answer, ms = null, retries = null } = more;
    const why = error === undefined ? null : error instanceof Error ? error.message : String(error);
    const bytes = frame.payload.length + 1;
    // What failed before it was sent has no way.
    const isSent = since !== undefined;
    const tag = answer?.tag ?? (frame.op === MESSAGE_OP.reply ? frame.tag : undefined);
    const way = isSent
      ? trace.found({ direction: 'tx', eid, type, bytes, since, ...(tag !== undefined && { tag }) })
      : undefined;
    const back =
      answer && trace.found({ direction: 'rx', eid: answer.source, type, tag: answer.tag, since: since ?? 0 });
    network.tell('trace', {
      ...NO_TRACE,
      what,
      node: node.number,
      eid,
      type,
      bytes,
      ms,
      retries,
      why,
      tag: way?.tag ?? tag ?? null,
      ...(way && { link: way.link, physicalAddress: way.physicalAddress, packets: way.packets }),
      answerBytes: answer === undefined ? null : answer.payload.length + 1,
      answerPackets: back?.packets ?? null,
    });
  }
}
