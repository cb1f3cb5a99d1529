/**
 * One conversation with an adapter, from HELLO until its stream closes, over any `BytePort`. Whatever comes is counted;
 * what does not fit ends the conversation with a reason.
 */

import type { Clock, Timer } from '../../../stack/clock.js';
import { type AnyCodec, CodecError, decode, encode, type Fields } from '../../../stack/codec/index.js';
import { MctpError } from '../../../stack/errors.js';
import { copyOf } from '../../../stack/util/slab.js';
import type { BytePort } from '../../serial/byte-port.js';
import { FrameDecoder, MAX_PAYLOAD, payloadAt, sealFrame } from './frames.js';
import {
  ANSWER,
  EVENT,
  helloAnswer,
  helloRequest,
  PROTOCOL_VERSION,
  REQUEST,
  RESULT,
  type RequestKind,
} from './messages.js';
import { TransmitBuffer } from './transmit-buffer.js';

export interface AdapterIdentity {
  readonly version: number;
  /** Bits of `CAN`. */
  readonly capabilities: number;
  readonly largestWrite: number;
  readonly writesHeld: number;
  readonly targetAddresses: number;
  readonly name: string;
  readonly firmware: string;
  readonly serialNumber: string;
}

/** What a conversation tells. Ranges are valid during the call. */
export interface AdapterEvents {
  /** buffer[start, end) was written to `address`; `lost` writes before it had no room. */
  received?(address: number, lost: number, buffer: Uint8Array, start: number, end: number): void;
  /** The payload of a SNIFFED event (`sniffedEvent`). */
  sniffed?(buffer: Uint8Array, start: number, end: number): void;
  /** Levels: a line has been low for long, or both are free again. */
  lines?(levels: number): void;
  /** The oldest write is done; `acknowledged` bytes. In the order of `write`. */
  wrote?(result: number, acknowledged: number): void;
  /** Events that were sent and never arrived. */
  missed?(count: number): void;
  /** The conversation is over: unplugged, silent, or it broke the protocol. Once. */
  ended(reason: MctpError): void;
}

export interface AdapterConnectionOptions {
  readonly port: BytePort;
  readonly clock: Clock;
  readonly events: AdapterEvents;
}

const HELLO_TRIES = 3;
const HELLO_MS = 700;
const ANSWER_MS = 1500;
/** Events an adapter may send before we have taken one. */
const CREDITS = 32;
const CREDITS_AT_A_TIME = 8;
const RECEIVED_HEAD = 9;

interface Question {
  readonly kind: number;
  readonly id: number;
  readonly timer: Timer;
  answered(payload: Uint8Array): void;
  failed(error: MctpError): void;
}

export class AdapterConnection {
  /** Known after `open`. */
  identity: AdapterIdentity | undefined;
  readonly #port: BytePort;
  readonly #clock: Clock;
  readonly #events: AdapterEvents;
  readonly #decoder: FrameDecoder;
  readonly #out: TransmitBuffer;
  #open = false;
  #question: Question | undefined;
  /** Ids: of requests count up; of writes count up by themselves, and answers come in their order. */
  #nextId = 0;
  #nextWrite = 0;
  #oldestWrite = 0;
  #nextEvent = 0;
  #consumed = 0;

  constructor({ port, clock, events }: AdapterConnectionOptions) {
    this.#port = port;
    this.#clock = clock;
    this.#events = events;
    this.#out = new TransmitBuffer(port);
    this.#decoder = new FrameDecoder((kind, id, buffer, start, end) => this.#frame(kind, id, buffer, start, end));
  }

  get name(): string {
    return this.#port.name;
  }

  /** Frames with a wrong length or CRC, bytes outside of frames, so far. */
  get garbage(): { readonly badFrames: number; readonly skippedBytes: number } {
    return { badFrames: this.#decoder.bad, skippedBytes: this.#decoder.skipped };
  }

  /** @throws MctpError of the port; ETIMEDOUT when nobody answers; EPROTO when it is not an adapter, or too old */
  async open(): Promise<AdapterIdentity> {
    await this.#port.open({
      data: (chunk, start, end) => this.#data(chunk, start, end),
      written: () => this.#out.written(),
      closed: (reason) => this.#end(reason),
    });
    this.#open = true;
    try {
      this.identity = await this.#hello();
      this.#give(CREDITS);
      return this.identity;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Harmless when it is over. `ended` is not called. */
  async close(): Promise<void> {
    this.#stop(new MctpError('ECANCELED', `the connection with ${this.name} was closed`));
    await this.#port.close();
  }

  /**
   * Ask, and decode the answer; one question at a time.
   * @throws MctpError by what the adapter says: EINVAL, ENOTSUP, EBUSY, EBUSSTUCK, ETIMEDOUT...; EPROTO
   */
  async ask<C extends AnyCodec>(kind: RequestKind, payload: Uint8Array, answer: C): Promise<Fields<C>> {
    const bytes = await this.#ask(kind, payload, ANSWER_MS);
    try {
      return decode(answer, bytes, { what: 'answer of the adapter' });
    } catch (error) {
      if (error instanceof CodecError)
        throw new MctpError('EPROTO', `${this.name}: ${error.message}`, { cause: error });
      throw error;
    }
  }

  /** As `ask`, and the result must be "done". The bytes behind the result. */
  async request(kind: RequestKind, payload: Uint8Array = new Uint8Array(0)): Promise<Uint8Array> {
    const bytes = await this.#ask(kind, payload, ANSWER_MS);
    const result = bytes[0] ?? RESULT.invalid;
    if (result !== RESULT.done) throw resultError(result, this.name);
    return bytes.subarray(1);
  }

  /** Writes under way, 0 to 255. */
  get writesUnderWay(): number {
    return (this.#nextWrite - this.#oldestWrite) & 0xff;
  }

  /** Write buffer[start, end) on the bus; the range is copied. `wrote` tells how it went. */
  write(chain: number, address: number, buffer: Uint8Array, start: number, end: number): void {
    const count = end - start;
    const id = this.#nextWrite;
    this.#nextWrite = (id + 1) & 0xff;
    const frame = this.#out.reserve();
    const to = frame.bytes;
    let at = payloadAt(frame.at);
    to[at++] = chain;
    to[at++] = address;
    for (let index = 0; index < count; index++) to[at + index] = buffer[start + index]!;
    this.#out.commit(sealFrame(to, frame.at, REQUEST.write, id, count + 2));
  }

  async #hello(): Promise<AdapterIdentity> {
    for (let attempt = 0; attempt < HELLO_TRIES; attempt++) {
      // Half a frame of the program before us would swallow HELLO: a byte outside the magic ends it.
      if (attempt > 0) this.#out.send(new Uint8Array(MAX_PAYLOAD));
      try {
        const bytes = await this.#ask(REQUEST.hello, encode(helloRequest, { version: PROTOCOL_VERSION }), HELLO_MS);
        return this.#identityOf(bytes);
      } catch (error) {
        if (!MctpError.is(error, 'ETIMEDOUT')) throw error;
      }
    }
    const { bad, skipped } = this.#decoder;
    if (bad + skipped > 0) {
      throw new MctpError('EPROTO', `${this.name} is not an I2C adapter of mctpkit: what it sends is not the protocol`);
    }
    throw new MctpError('ETIMEDOUT', `${this.name} does not answer: is it an I2C adapter of mctpkit?`);
  }

  #identityOf(bytes: Uint8Array): AdapterIdentity {
    const version = bytes[1] ?? 0;
    if (bytes[0] !== RESULT.done || version !== PROTOCOL_VERSION) {
      throw new MctpError(
        'EPROTO',
        `${this.name}: the adapter's firmware speaks protocol ${version}, mctpkit ${PROTOCOL_VERSION}: ` +
          'update it with mctpkit adapter flash',
      );
    }
    try {
      return decode(helloAnswer, bytes, { what: 'HELLO of the adapter' });
    } catch (cause) {
      throw new MctpError('EPROTO', `${this.name}: ${(cause as Error).message}`, { cause });
    }
  }

  #ask(kind: number, payload: Uint8Array, ms: number): Promise<Uint8Array> {
    if (!this.#open) return Promise.reject(new MctpError('ENOTCONN', `${this.name} is not open`));
    if (this.#question !== undefined) return Promise.reject(new MctpError('EBUSY', `${this.name} is asked already`));
    return new Promise((answered, failed) => {
      const id = this.#nextId;
      this.#nextId = (id + 1) & 0xff;
      const timer = this.#clock.schedule(ms, () => {
        this.#question = undefined;
        failed(new MctpError('ETIMEDOUT', `${this.name} does not answer any more`));
      });
      this.#question = { kind, id, timer, answered, failed };
      const frame = this.#out.reserve();
      frame.bytes.set(payload, payloadAt(frame.at));
      this.#out.commit(sealFrame(frame.bytes, frame.at, kind, id, payload.length));
    });
  }

  #give(credits: number): void {
    const frame = this.#out.reserve();
    const at = payloadAt(frame.at);
    frame.bytes[at] = credits;
    frame.bytes[at + 1] = 0;
    this.#out.commit(sealFrame(frame.bytes, frame.at, REQUEST.credit, 0, 2));
  }

  #data(chunk: Uint8Array, start: number, end: number): void {
    if (!this.#open) return;
    this.#decoder.push(chunk, start, end);
    if (!this.#open || this.#consumed < CREDITS_AT_A_TIME) return;
    this.#give(this.#consumed);
    this.#consumed = 0;
  }

  #frame(kind: number, id: number, buffer: Uint8Array, start: number, end: number): void {
    if (!this.#open) return;
    if (kind === (REQUEST.write | ANSWER)) this.#wrote(id, buffer, start, end);
    else if ((kind & ANSWER) !== 0) this.#answer(kind, id, buffer, start, end);
    else if (this.identity !== undefined) this.#event(kind, id, buffer, start, end);
  }

  #wrote(id: number, buffer: Uint8Array, start: number, end: number): void {
    // Of a conversation before this one.
    if (this.identity === undefined) return;
    if (this.writesUnderWay === 0 || id !== this.#oldestWrite || end - start < 3) {
      this.#end(new MctpError('EPROTO', `${this.name} answered a write that is not under way`));
      return;
    }
    this.#oldestWrite = (id + 1) & 0xff;
    this.#events.wrote?.(buffer[start]!, buffer[start + 1]! | (buffer[start + 2]! << 8));
  }

  #answer(kind: number, id: number, buffer: Uint8Array, start: number, end: number): void {
    const question = this.#question;
    // Late, after its time-out.
    if (question === undefined || kind !== (question.kind | ANSWER) || id !== question.id) return;
    this.#question = undefined;
    question.timer.cancel();
    question.answered(copyOf(buffer, start, end));
  }

  #event(kind: number, id: number, buffer: Uint8Array, start: number, end: number): void {
    const missed = (id - this.#nextEvent) & 0xff;
    this.#nextEvent = (id + 1) & 0xff;
    this.#consumed += 1 + missed;
    if (missed > 0) this.#events.missed?.(missed);
    if (kind === EVENT.received && end - start >= RECEIVED_HEAD) {
      const lost = u32(buffer, start + 4);
      this.#events.received?.(buffer[start + 8]!, lost, buffer, start + RECEIVED_HEAD, end);
    } else if (kind === EVENT.sniffed) this.#events.sniffed?.(buffer, start, end);
    else if (kind === EVENT.lines && end - start >= 5) this.#events.lines?.(buffer[start + 4]!);
  }

  #stop(reason: MctpError): boolean {
    if (!this.#open) return false;
    this.#open = false;
    this.#decoder.reset();
    this.#out.clear();
    const question = this.#question;
    this.#question = undefined;
    question?.timer.cancel();
    question?.failed(reason);
    return true;
  }

  #end(reason: MctpError): void {
    if (!this.#stop(reason)) return;
    void this.#port.close().catch(() => {});
    if (this.identity !== undefined) this.#events.ended(reason);
  }
}

function u32(buffer: Uint8Array, at: number): number {
  return (buffer[at]! | (buffer[at + 1]! << 8) | (buffer[at + 2]! << 16) | (buffer[at + 3]! << 24)) >>> 0;
}

/** What a result other than "done" means for a request of ours. */
export function resultError(result: number, name: string): MctpError {
  if (result === RESULT.invalid) return new MctpError('EINVAL', `${name} refuses: the request makes no sense to it`);
  if (result === RESULT.unsupported) return new MctpError('ENOTSUP', `${name} cannot do this`);
  if (result === RESULT.busy) return new MctpError('EBUSY', `${name} is busy`);
  if (result === RESULT.arbitration) return new MctpError('EARBITRATION', `${name}: another controller kept the bus`);
  if (result === RESULT.timeout) return new MctpError('ETIMEDOUT', `${name}: the write did not end in time`);
  if (result === RESULT.stuck) return new MctpError('EBUSSTUCK', `${name}: a line of the bus is held low`);
  if (result === RESULT.addressNack) return new MctpError('ENACK', `${name}: no device acknowledged the address`);
  if (result === RESULT.dataNack) return new MctpError('ENACK', `${name}: a byte was not acknowledged`);
  return new MctpError('EPROTO', `${name} answered with the unknown result ${result}`);
}
