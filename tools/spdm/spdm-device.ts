/** A responder of DMTF's emulators as an MCTP device: requests go to its socket, and its answers back. */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { onAbort } from '../../stack/util/abort.js';
import { bounded, TIMED_OUT } from '../../stack/util/async.js';
import { Turnstile } from '../../stack/util/line.js';
import type { Connection } from '../world-network.js';
import {
  CLIENT_HELLO,
  type EmulatorFrame,
  encodeFrame,
  FRAME_COMMAND,
  FrameReader,
  TRANSPORT_MCTP,
} from './emulator-frames.js';

/** Requests that wait while the responder works on another. */
const MOST_WAITING = 15;

/** One request at a time, as the responder takes them. */
export class ResponderClient {
  readonly #reader = new FrameReader();
  readonly #frames: EmulatorFrame[] = [];
  readonly #ended = new AbortController();
  #arrived: (() => void) | undefined;
  readonly #turns = new Turnstile(MOST_WAITING, 'requests wait for the responder');
  #reason: string | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {
    void this.#read();
  }

  /** Aborted when the responder is gone; `reason` says why. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get reason(): string {
    return this.#reason ?? 'the responder is there';
  }

  /** @throws MctpError when it is not a responder of spdm-emu, or does not answer */
  async hello(): Promise<void> {
    const { command } = await this.#exchange(FRAME_COMMAND.test, CLIENT_HELLO);
    if (command !== FRAME_COMMAND.test) throw this.#fail('the responder does not say hello');
  }

  /** `message` and the answer have their type bytes. @throws MctpError */
  async ask(message: Uint8Array): Promise<Uint8Array> {
    const { command, payload } = await this.#exchange(FRAME_COMMAND.normal, message);
    if (command === FRAME_COMMAND.normal && payload.length > 0) return payload;
    if (command !== FRAME_COMMAND.unknown)
      throw this.#fail(`the responder ended it with command 0x${command.toString(16)}`);
    throw new MctpError('EBADMSG', 'the responder does not take this message');
  }

  /** Say goodbye, when it is there to hear it. */
  async close(): Promise<void> {
    if (!this.#ended.signal.aborted) await this.#exchange(FRAME_COMMAND.shutdown, new Uint8Array()).catch(() => {});
    this.#end('closed');
  }

  async #exchange(command: number, payload: Uint8Array): Promise<EmulatorFrame> {
    await this.#turns.enter();
    try {
      return await this.#now(command, payload);
    } finally {
      this.#turns.leave();
    }
  }

  async #now(command: number, payload: Uint8Array): Promise<EmulatorFrame> {
    if (this.#ended.signal.aborted) throw new MctpError('ENOTCONN', this.reason);
    await this.connection.write(encodeFrame({ command, transport: TRANSPORT_MCTP, payload })).catch(() => {
      throw this.#fail('the responder vanished');
    });
    const answer = await bounded(this.clock, this.#frame(), this.timeoutMs);
    // An answer that comes later would be taken for that to the next request.
    if (answer === TIMED_OUT) throw this.#fail(`the responder did not answer within ${this.timeoutMs} ms`);
    if (answer === undefined) throw new MctpError('ENOTCONN', this.reason);
    return answer;
  }

  /** The next frame; undefined when there will be none. */
  #frame(): Promise<EmulatorFrame | undefined> {
    return new Promise((resolve) => {
      const stop = onAbort(this.#ended.signal, () => resolve(undefined));
      const arrived = (): void => {
        if (this.#frames.length === 0) return;
        this.#arrived = undefined;
        stop?.();
        resolve(this.#frames.shift());
      };
      this.#arrived = arrived;
      arrived();
    });
  }

  async #read(): Promise<void> {
    try {
      for await (const chunk of this.connection) {
        for (const frame of this.#reader.push(chunk)) {
          // What nobody asked for is not kept.
          if (!this.#turns.idle && this.#frames.length === 0) this.#frames.push(frame);
        }
        this.#arrived?.();
      }
      this.#end('the responder vanished');
    } catch (error) {
      this.#end(MctpError.is(error) ? error.message : 'the responder vanished');
    }
  }

  #fail(reason: string): MctpError {
    this.#end(reason);
    return new MctpError('ENOTCONN', reason);
  }

  #end(reason: string): void {
    if (this.#ended.signal.aborted) return;
    this.#reason = reason;
    this.#ended.abort();
    this.connection.close();
  }
}
