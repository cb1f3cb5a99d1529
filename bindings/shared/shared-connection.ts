/**
 * The client's line to a served network: hello, questions with answers, messages, events. When the server goes, everything
 * that waits is told at once, and the line comes back by itself.
 */

import type { Clock, Timer } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { bounded, TIMED_OUT } from '../../stack/util/async.js';
import type { ByteLine } from './byte-line.js';
import { FRAME_KIND, FrameReader, type JsonObject, jsonFrame, readJson } from './frame.js';
import { decodeMessageFrame, type MessageFrame } from './message-frame.js';
import { decodePacketFrame, type PacketFrame } from './packet-frame.js';
import { errorOf, type HelloAnswer, PROTOCOL_VERSION } from './shared-protocol.js';

export interface ConnectionOptions {
  /** For messages: `shared:lab` */
  readonly name: string;
  readonly clock: Clock;
  /** A new line. @throws MctpError by rejection */
  readonly connect: () => Promise<ByteLine>;
  /** What hello says of us. */
  readonly hello?: JsonObject;
}

export interface ConnectionUser {
  message(frame: MessageFrame): void;
  event(event: JsonObject): void;
  /** The server is gone. */
  lost(error: MctpError): void;
  /** It is there again. */
  back(hello: HelloAnswer): void;
}

interface Pending {
  settle(answer: JsonObject | undefined, error: MctpError | undefined): void;
}

const FIRST_TRY_MS = 50;
const LAST_TRY_MS = 2_000;
const HELLO_TIMEOUT_MS = 5_000;

export class SharedConnection {
  hearPacket: ((packet: PacketFrame) => void) | undefined;
  readonly #options: ConnectionOptions;
  readonly #user: ConnectionUser;
  readonly #pending = new Map<number, Pending>();
  /** On which the server has answered hello. */
  #line: ByteLine | undefined;
  /** On which it has not yet: nothing else is asked on it, and its end is a failed try, and no news. */
  #opening: ByteLine | undefined;
  #nextId = 1;
  #timer: Timer | undefined;
  #closed = false;
  /** The persistent node that we have become. */
  #join: string | undefined;
  /** What the server said before it ended the line. */
  #reason: MctpError | undefined;

  private constructor(options: ConnectionOptions, user: ConnectionUser) {
    this.#options = options;
    this.#user = user;
  }

  /** @throws MctpError: why there is no such network, or it does not let us in */
  static async open(
    options: ConnectionOptions,
    user: ConnectionUser,
  ): Promise<{ readonly connection: SharedConnection; readonly hello: HelloAnswer }> {
    const connection = new SharedConnection(options, user);
    try {
      return { connection, hello: await connection.#connect() };
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** The server is there, and has let us in. */
  get isUp(): boolean {
    return this.#line !== undefined;
  }

  /** Our node is persistent now, or no longer: when the server is back it is this one. */
  rejoinAs(name: string | undefined): void {
    this.#join = name;
  }

  /** Ask, and wait for the answer. @throws MctpError what the server says, ENETDOWN when it is gone, by rejection */
  call(op: string, details: JsonObject = {}): Promise<unknown> {
    return this.#ask(this.#line, op, details);
  }

  /** Say without waiting for an answer. */
  say(op: string, details: JsonObject): void {
    this.#line?.write(jsonFrame({ op, ...details }));
  }

  /** An id whose answer goes there. */
  expect(pending: Pending): number {
    do this.#nextId = this.#nextId >= 0xffffffff ? 1 : this.#nextId + 1;
    while (this.#pending.has(this.#nextId));
    this.#pending.set(this.#nextId, pending);
    return this.#nextId;
  }

  /** The answer of this id comes by other ways, or is not wanted any more. */
  forget(id: number): void {
    this.#pending.delete(id);
  }

  /** A message frame whose answer is waited for. */
  write(id: number, frame: Uint8Array): void {
    this.#write(this.#line, id, frame);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    const line = this.#line ?? this.#opening;
    this.#line = undefined;
    this.#opening = undefined;
    line?.end();
    this.#fail(new MctpError('ECANCELED', `${this.#options.name} was closed`));
  }

  #ask(line: ByteLine | undefined, op: string, details: JsonObject): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (answer: JsonObject | undefined, error: MctpError | undefined): void =>
        error === undefined ? resolve(answer?.result) : reject(error);
      const id = this.expect({ settle });
      this.#write(line, id, jsonFrame({ id, op, ...details }));
    });
  }

  #write(line: ByteLine | undefined, id: number, frame: Uint8Array): void {
    if (line !== undefined) {
      line.write(frame);
      return;
    }
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.settle(undefined, this.#gone());
  }

  async #connect(): Promise<HelloAnswer> {
    const { connect, hello, clock, name } = this.#options;
    const line = await connect();
    if (this.#closed) {
      line.destroy();
      throw new MctpError('ECANCELED', `${name} was closed`);
    }
    const reader = new FrameReader((kind, body) => this.#frame(kind, body));
    this.#opening = line;
    this.#reason = undefined;
    line.listen({
      data: (chunk) => {
        try {
          reader.push(chunk);
        } catch (error) {
          if (!MctpError.is(error)) throw error;
          this.#reason = error;
          line.destroy();
        }
      },
      closed: () => this.#lost(line),
    });
    try {
      const asked = this.#ask(line, 'hello', {
        version: PROTOCOL_VERSION,
        ...hello,
        ...(this.#join !== undefined && { join: this.#join }),
      });
      const answer = await bounded(clock, asked, HELLO_TIMEOUT_MS);
      if (answer === TIMED_OUT) throw new MctpError('ETIMEDOUT', `${name}: the server does not answer`);
      if (this.#opening !== line) throw this.#gone();
      this.#opening = undefined;
      this.#line = line;
      return answer as HelloAnswer;
    } catch (error) {
      // A server which knows nothing of our persistent node: the next time we are an ordinary one.
      if (MctpError.is(error, 'ENOENT')) this.#join = undefined;
      if (this.#opening === line) {
        this.#opening = undefined;
        this.#fail(this.#gone());
      }
      line.destroy();
      throw error;
    }
  }

  #frame(kind: number, body: Uint8Array): void {
    if (kind === FRAME_KIND.message) this.#user.message(decodeMessageFrame(body));
    else if (kind === FRAME_KIND.packet) this.hearPacket?.(decodePacketFrame(body));
    else if (kind === FRAME_KIND.json) this.#json(readJson(body));
    else throw new MctpError('EPROTO', `the server sent a frame of unknown kind ${kind}`);
  }

  #json(object: JsonObject): void {
    const { id, error } = object;
    if (typeof object.event === 'string') this.#user.event(object);
    else if (typeof id !== 'number') this.#reason = errorOf(error);
    else {
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      pending?.settle(object, error === undefined ? undefined : errorOf(error));
    }
  }

  #lost(line: ByteLine): void {
    if (this.#opening === line) {
      this.#opening = undefined;
      // What made the line hears of it by the answer to hello, and tries again by itself.
      this.#fail(this.#gone());
      return;
    }
    if (this.#line !== line) return;
    this.#line = undefined;
    const error = this.#gone();
    this.#fail(error);
    if (this.#closed) return;
    this.#user.lost(error);
    this.#comeBack(FIRST_TRY_MS);
  }

  #comeBack(delayMs: number): void {
    this.#timer = this.#options.clock.schedule(delayMs, () => {
      this.#connect().then(
        (hello) => this.#user.back(hello),
        () => {
          if (!this.#closed) this.#comeBack(Math.min(2 * delayMs, LAST_TRY_MS));
        },
      );
    });
  }

  #fail(error: MctpError): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of all) pending.settle(undefined, error);
  }

  #gone(): MctpError {
    const why = this.#reason === undefined ? '' : ` (${this.#reason.message})`;
    return new MctpError(
      'ENETDOWN',
      `the server of ${this.#options.name} is gone${why}: it is tried again until it is back`,
    );
  }
}
