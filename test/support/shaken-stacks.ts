/**
 * Three stacks on one wire, shaken: whatever a property test makes up is sent between them, and what arrives is held
 * against what was sent. Bodies carry a number and a checksum, as the wire below has none.
 */

import { PacketWire, type PacketWireOptions, type WirePort } from '../../hw-fixtures/bench/wires/packet-wire.js';
import { pass, settle } from '../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { Limits } from '../../stack/limits.js';
import { Mctp } from '../../stack/mctp.js';
import type { MctpMessage, MctpSocket } from '../../stack/transport.js';

export const NODES = 3;
const FIRST_EID = 8;

export type Step =
  | {
      readonly do: 'send' | 'datagram' | 'request' | 'physical';
      readonly from: number;
      readonly to: number;
      readonly control: boolean;
      readonly size: number;
      readonly retries: number;
      readonly noWait: boolean;
      readonly abortAfterMs: number | undefined;
    }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'unplug' | 'plug' | 'stall' | 'resume' | 'reopen'; readonly from: number };

export interface Delivery {
  readonly from: number;
  readonly to: number;
  readonly id: number;
  readonly control: boolean;
}

interface Sent extends Delivery {
  readonly kind: 'message' | 'answer';
}

interface Node {
  readonly mctp: Mctp;
  readonly port: WirePort;
  readonly client: MctpSocket;
}

export interface ShakeOptions {
  readonly wire?: Partial<PacketWireOptions>;
  readonly limits?: Partial<Limits>;
  readonly window?: number;
  readonly timeoutMs?: number;
}

const HEADER = 9;

export class ShakenStacks {
  readonly clock = new VirtualClock();
  readonly wire: PacketWire;
  /** Requests and datagrams that arrived whole, in the order of their arrival. */
  readonly delivered: Delivery[] = [];
  /** Messages that arrived with a wrong checksum. */
  garbled = 0;
  /** Whatever must never happen, in words. */
  readonly wrongs: string[] = [];
  /** Codes of errors that calls ended with. */
  readonly failures: string[] = [];
  /** Numbers of the messages whose `send` was fulfilled. */
  readonly fulfilled = new Set<number>();
  readonly sent = new Map<number, Sent>();
  readonly #nodes: Node[] = [];
  readonly #calls: Promise<void>[] = [];
  #nextId = 1;

  private constructor(private readonly options: ShakeOptions) {
    this.wire = new PacketWire({ clock: this.clock, addressSize: 1, ...options.wire });
  }

  static async make(options: ShakeOptions = {}): Promise<ShakenStacks> {
    const stacks = new ShakenStacks(options);
    for (let i = 0; i < NODES; i++) await stacks.#addNode(i);
    return stacks;
  }

  /** Do all steps, then wait until every call has ended. */
  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#do(step);
    for (const { port } of this.#nodes) {
      port.resume();
      port.plug();
    }
    await settle(this.clock, Promise.all(this.#calls), { maxSteps: 1_000_000 });
  }

  /** After everything has ended: is anything left behind? Leaves the stacks closed. */
  async aftermath(): Promise<void> {
    this.wire.faults = undefined;
    this.wire.dropHeld();
    // The longest anything may rest: assemblies, tags.
    await pass(this.clock, 30_000);
    // What was led astray has arrived by now.
    this.lenient = false;
    if (this.clock.pending > 0) this.wrongs.push(`${this.clock.pending} timers left when all is quiet`);
    for (const { mctp, client } of this.#nodes) this.#checkTags(mctp, client);
    await this.#checkWorks();
    for (const { mctp } of this.#nodes) await mctp.close();
    if (this.clock.pending > 0) this.wrongs.push(`${this.clock.pending} timers left after close`);
  }

  async #addNode(index: number): Promise<void> {
    const { clock, wire, options } = this;
    const eid = FIRST_EID + index;
    const mctp = new Mctp({
      clock,
      limits: options.limits ?? {},
      logger: { debug() {}, info() {}, warn() {}, error: (text) => this.wrongs.push(text) },
    });
    const port = wire.port({ name: 'bus', address: address(index), window: options.window ?? 1 });
    mctp.addLink(port);
    mctp.addAddress(eid, 'bus');
    for (let other = 0; other < NODES; other++) {
      if (other === index) continue;
      mctp.addRoute({ start: FIRST_EID + other, link: 'bus' });
      mctp.addNeighbour(FIRST_EID + other, 'bus', address(other));
    }
    await mctp.open();
    for (const type of [0, 1]) {
      const server = mctp.socket();
      server.bind({ type });
      server.onMessage((message) => this.#serve(server, index, message));
    }
    const client = mctp.socket();
    client.onMessage((message) => {
      if (valid(message.payload) === undefined) this.garbled++;
      else this.#known(message, index, 'answer');
    });
    this.#nodes.push({ mctp, port, client });
  }

  #serve(server: MctpSocket, index: number, message: MctpMessage): void {
    const id = valid(message.payload);
    if (id === undefined) {
      this.garbled++;
      return;
    }
    this.#known(message, index, 'message');
    const from = message.source - FIRST_EID;
    this.delivered.push({ from, to: index, id, control: message.type === 0 });
    if (message.payload[4] === 0) return;
    const answer = (): void => {
      this.sent.set(id | ANSWER, {
        kind: 'answer',
        from: index,
        to: from,
        id: id | ANSWER,
        control: message.type === 0,
      });
      this.#calls.push(server.reply(message, body(id | ANSWER, message.payload.length, false)).catch(() => {}));
    };
    // Some answers come at once, some later.
    if (id % 3 === 0) this.clock.schedule((id % 7) * 10, answer);
    else answer();
  }

  /** Was it sent, by whom it says, to here? */
  #known(message: MctpMessage, index: number, kind: Sent['kind']): void {
    const sent = this.sent.get(valid(message.payload) ?? 0);
    if (sent === undefined) this.wrongs.push(`a message was delivered that nobody sent`);
    else if (this.lenient) return;
    else if (sent.kind !== kind) this.wrongs.push(`number ${sent.id}: a ${sent.kind} was delivered as ${kind}`);
    else if (sent.to !== index || sent.from !== message.source - FIRST_EID) {
      this.wrongs.push(`number ${sent.id} was for ${sent.to}, and came to ${index}`);
    }
  }

  /** Corrupted headers lead astray, duplicates of answers come late: then only the bodies are held against each other. */
  lenient = false;

  async #do(step: Step): Promise<void> {
    if (step.do === 'wait') {
      await pass(this.clock, step.ms);
      return;
    }
    const { mctp, port, client } = this.#nodes[step.from]!;
    switch (step.do) {
      case 'unplug':
        port.unplug();
        return;
      case 'plug':
        port.plug();
        return;
      case 'stall':
        port.stall();
        return;
      case 'resume':
        port.resume();
        return;
      case 'reopen': {
        // A socket that comes, asks and goes without waiting.
        const socket = mctp.socket();
        this.#call(socket.request({ eid: FIRST_EID }, body(0, HEADER, false), { type: 5 }).then(() => {}));
        socket.close();
        return;
      }
      default:
        this.#send(step, client);
    }
  }

  #send(step: Extract<Step, { readonly size: number }>, client: MctpSocket): void {
    const id = this.#nextId++;
    const { from, to, control, noWait, retries } = step;
    this.sent.set(id, { kind: 'message', from, to, id, control });
    const asks = step.do !== 'datagram';
    const payload = body(id, Math.max(HEADER, step.size), asks);
    const abort = new AbortController();
    if (step.abortAfterMs !== undefined) this.clock.schedule(step.abortAfterMs, () => abort.abort());
    const options = { type: control ? 0 : 1, noWait, signal: abort.signal };
    const physical = { eid: 0, link: 'bus', physicalAddress: address(to) };
    const destination = step.do === 'physical' && from !== to ? physical : { eid: FIRST_EID + to };
    if (step.do === 'send' || step.do === 'datagram') {
      const sending = client.send(destination, payload, { ...options, reply: asks });
      this.#call(sending.then(() => void this.fulfilled.add(id)));
      return;
    }
    const request = client.request(destination, payload, {
      ...options,
      retries,
      timeoutMs: this.options.timeoutMs ?? 100,
      totalTimeoutMs: 600_000,
      accept: (message) => valid(message.payload) !== undefined,
    });
    this.#call(
      request.then((answer) => {
        this.fulfilled.add(id);
        const answered = valid(answer.payload);
        if (!this.lenient && answered !== (id | ANSWER)) this.wrongs.push(`request ${id} got the answer ${answered}`);
      }),
    );
  }

  #call(call: Promise<void>): void {
    this.#calls.push(
      call.catch((error: unknown) => {
        if (MctpError.is(error)) this.failures.push(error.code);
        else this.wrongs.push(`a call failed with ${String(error)}`);
      }),
    );
  }

  #checkTags(mctp: Mctp, client: MctpSocket): void {
    const own = mctp.addresses()[0]!.eid;
    for (let eid = FIRST_EID; eid < FIRST_EID + NODES; eid++) {
      if (eid === own) continue;
      const peers = [{ eid }, { eid: 0, link: 'bus', physicalAddress: address(eid - FIRST_EID) }];
      for (const peer of peers) {
        try {
          const tags = Array.from({ length: 8 }, () => client.allocateTag(peer));
          for (const tag of tags) client.releaseTag(tag);
        } catch (error) {
          this.wrongs.push(`EID ${own} leaked a tag: ${String(error)}`);
        }
      }
    }
  }

  /** Everybody can still talk to everybody: nothing stuck in a queue, no slot lost. */
  async #checkWorks(): Promise<void> {
    const before = this.failures.length;
    const steps: Step[] = [];
    for (let from = 0; from < NODES; from++) {
      for (let to = 0; to < NODES; to++) {
        for (const control of [false, true]) {
          steps.push({
            do: 'request',
            from,
            to,
            control,
            size: 300,
            retries: 9,
            noWait: false,
            abortAfterMs: undefined,
          });
        }
      }
    }
    // One after the other: tight limits are not what is asked here.
    for (const step of steps) await this.run([step]);
    for (const code of this.failures.slice(before)) this.wrongs.push(`afterwards a request failed with ${code}`);
    await pass(this.clock, 30_000);
    if (this.clock.pending > 0) this.wrongs.push(`${this.clock.pending} timers left after the last requests`);
  }
}

/** Set in the number of an answer. */
const ANSWER = 0x100_0000;

function address(index: number): string {
  return (0x10 + index).toString(16);
}

/** Number, "please answer", checksum, filler. */
function body(id: number, size: number, asks: boolean): Uint8Array {
  const bytes = Uint8Array.from({ length: size }, (_, i) => Math.imul(i + 1, id * 2 + 1) >> 3);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, id);
  bytes[4] = asks ? 1 : 0;
  view.setUint32(5, 0);
  view.setUint32(5, checksum(bytes));
  return bytes;
}

/** The number of a body whose checksum is right. */
function valid(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER) return undefined;
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const sum = view.getUint32(5);
  view.setUint32(5, 0);
  return checksum(copy) === sum ? view.getUint32(0) : undefined;
}

function checksum(bytes: Uint8Array): number {
  let sum = 0x811c9dc5;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193);
  return sum >>> 0;
}
