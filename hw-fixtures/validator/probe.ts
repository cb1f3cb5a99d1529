/**
 * What a check asks a device with: whole messages on every stack, packets of any form where the stack takes them. All that
 * passes is kept. What a check changes on the device it has put back by `restore`.
 */

import type { Clock } from '../../stack/clock.js';
import { toHex } from '../../stack/codec/buffer.js';
import { COMPLETION } from '../../stack/control/index.js';
import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import type { MctpAddress, RequestOptions } from '../../stack/transport.js';
import { wait } from '../../stack/util/async.js';
import { hexNumber } from '../../stack/util/text.js';
import { type Answer, type ControlAnswer, readControlAnswer } from './answers.js';
import { Finding, inconclusive, notApplicable } from './finding.js';
import { FrameAccess } from './frame-access.js';
import { ANSWER_MS, PacketAccess } from './packet-access.js';
import type { PacketLog } from './packet-log.js';
import type { Target } from './target.js';

export interface AskOptions {
  /** By its physical address, with destination EID 0, which works whatever EID it has. Default: by EID. */
  readonly physical?: boolean;
  /** For an answer, per try; default 300. */
  readonly timeoutMs?: number;
  /** Tries after the first, with the same bytes; default 2, as DSP0236 has it. */
  readonly retries?: number;
  /** Set the IC bit. */
  readonly integrityCheck?: boolean;
  /** As of a request: the device may say that it needs more time. Default: every message on the tag is the answer. */
  readonly accept?: RequestOptions['accept'];
}

export interface ControlOptions extends AskOptions {
  /** 0..31; default the next. */
  readonly instance?: number;
  /** Bits 7:5 of the first byte; default a request. */
  readonly flags?: number;
}

const REQUEST = 0x80;
const RETRIES = 2;
const INSTANCES = 32;
/** MT4 and PT3 end at 6 s. */
const INSTANCE_MS = 6000;
/** Of DSP0236 and DSP0240 alike: the device is there, and needs more time. */
export const NOT_READY = COMPLETION.notReady;
/** So long it may need it, and so often it is asked again. */
const NOT_READY_MS = 5000;
const NOT_READY_DELAY_MS = 250;

/** What all checks of a run share: facts that need asking for only once, and the next instance ID. */
export class RunFacts {
  readonly #known = new Map<string, Promise<unknown>>();
  #instance = 0;
  /** Requests with their instance IDs, and when they were sent; the oldest first. */
  readonly #sent = new Map<string, number>();
  /** Commands for which the device was not ready in all the time it had: that is not waited for with every check. */
  readonly #neverReady = new Set<string>();

  /** The same for every check of the run. What fails is asked for again. */
  once<T>(key: string, find: () => Promise<T>): Promise<T> {
    const known = this.#known.get(key) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const found = find();
    this.#known.set(key, found);
    found.catch(() => this.#known.delete(key));
    return found;
  }

  /** `ask` until the device does not say any more that it is not ready, or for as long as it may say so. */
  async whenReady<A extends { readonly code: number | undefined }>(
    command: string,
    probe: Probe,
    ask: () => Promise<A | undefined>,
  ): Promise<A | undefined> {
    const until = probe.clock.now() + (this.#neverReady.has(command) ? 0 : NOT_READY_MS);
    for (;;) {
      const answer = await ask();
      if (answer?.code !== NOT_READY) {
        this.#neverReady.delete(command);
        return answer;
      }
      if (probe.clock.now() >= until) {
        this.#neverReady.add(command);
        return answer;
      }
      await probe.wait(NOT_READY_DELAY_MS);
    }
  }

  nextInstance(): number {
    const instance = this.#instance;
    this.#instance = (instance + 1) & 0x1f;
    return instance;
  }

  /**
   * The next which these bytes were not sent with for the time that an instance ID lives: a device may take the request
   * for a retry otherwise, and repeat its answer without doing anything. `message`: its first byte has the instance ID.
   */
  freshInstance(message: Uint8Array, now: number): number {
    for (const [key, at] of this.#sent) {
      if (now - at < INSTANCE_MS) break;
      this.#sent.delete(key);
    }
    const request = toHex(message, 1);
    let instance = this.nextInstance();
    for (let tries = 1; tries < INSTANCES && this.#sent.has(`${instance} ${request}`); tries++) {
      instance = this.nextInstance();
    }
    const key = `${instance} ${request}`;
    this.#sent.delete(key);
    this.#sent.set(key, now);
    return instance;
  }
}

export class Probe {
  readonly clock: Clock;
  readonly packets: PacketAccess;
  readonly frames: FrameAccess;
  readonly #restores: (() => Promise<void>)[] = [];

  constructor(
    readonly device: Target,
    readonly facts: RunFacts,
    readonly log: PacketLog,
    /** Ends what is under way. */
    public signal: AbortSignal,
  ) {
    this.clock = device.clock;
    this.frames = new FrameAccess(device, log, () => this.signal);
    this.packets = new PacketAccess(device, log, device.clock, () => this.signal);
  }

  /** A request of any type; undefined when there is no answer. `payload`: without the type byte. */
  async tryAsk(type: number, payload: Uint8Array, options: AskOptions = {}): Promise<Answer | undefined> {
    const { timeoutMs = ANSWER_MS, retries = RETRIES, integrityCheck = false, accept } = options;
    const socket = this.device.transport.socket();
    try {
      const start = this.clock.now();
      const message = await socket.request(this.addressFor(options), payload, {
        type,
        timeoutMs,
        retries,
        integrityCheck,
        ...(accept !== undefined && { accept }),
        signal: this.signal,
      });
      return {
        payload: message.payload,
        source: message.source,
        integrityCheck: message.integrityCheck,
        ms: this.#answerTime(start),
      };
    } catch (error) {
      if (MctpError.is(error, 'ETIMEDOUT') || MctpError.is(error, 'ENACK')) return undefined;
      throw error;
    } finally {
      socket.close();
    }
  }

  /** The same. @throws Finding inconclusive, when there is no answer */
  async ask(type: number, payload: Uint8Array, options: AskOptions = {}): Promise<Answer> {
    return (await this.tryAsk(type, payload, options)) ?? silence(`a message of type ${hexNumber(type)}`);
  }

  /** A control command with any body; undefined when there is no answer. A device which is not ready is asked again. */
  async tryControl(
    command: number,
    body: readonly number[] = [],
    options: ControlOptions = {},
  ): Promise<ControlAnswer | undefined> {
    return this.facts.whenReady(`control ${command}`, this, async () => {
      const { instance = this.facts.nextInstance(), flags = REQUEST } = options;
      const payload = Uint8Array.of(flags | instance, command, ...body);
      const answer = await this.tryAsk(MESSAGE_TYPE.control, payload, options);
      return answer === undefined ? undefined : readControlAnswer(answer, instance);
    });
  }

  /** The same. @throws Finding inconclusive, when there is no answer, or the device stays not ready */
  async control(command: number, body: readonly number[] = [], options: ControlOptions = {}): Promise<ControlAnswer> {
    const what = `control command ${hexNumber(command)}`;
    const answer = (await this.tryControl(command, body, options)) ?? silence(what);
    return answer.code === NOT_READY ? inconclusive(notReady(what)) : answer;
  }

  /** @throws Finding not applicable, when its physical address is asked for and not known */
  addressFor({ physical = false }: Pick<AskOptions, 'physical'> = {}): MctpAddress {
    const { eid, network, link, physicalAddress } = this.device;
    if (!physical && eid !== 0) return { eid, network };
    if (physicalAddress === undefined)
      return notApplicable('its physical address is not known here: it is behind a bridge, or the stack gives none');
    return { eid: 0, link, physicalAddress };
  }

  wait(ms: number): Promise<void> {
    return wait(this.clock, ms, this.signal);
  }

  /** Called when the check is over, however it ends: the last that was given first. */
  restore(putBack: () => Promise<void>): void {
    this.#restores.push(putBack);
  }

  /** Something was changed which has to be put back. */
  get hasChanges(): boolean {
    return this.#restores.length > 0;
  }

  /** For the runner; `signal` in place of that of the check. The first failure is thrown when all have been tried. */
  async putBack(signal: AbortSignal): Promise<void> {
    this.signal = signal;
    const failures: unknown[] = [];
    for (let next = this.#restores.pop(); next !== undefined; next = this.#restores.pop()) {
      await next().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Between the last packet we sent and the first of the device behind it. */
  #answerTime(start: number): number {
    const { packets } = this.log;
    const lastSent = packets.findLastIndex(({ direction }) => direction === 'sent');
    const answer = packets.slice(lastSent + 1).find(({ direction }) => direction === 'received');
    if (lastSent < 0 || answer === undefined) return this.clock.now() - start;
    return answer.at - packets[lastSent]!.at;
  }
}

/** @throws Finding */
function silence(what: string): never {
  throw new Finding('inconclusive', `the device does not answer ${what}`, true);
}

/** Why a check ends with an answer of ERROR_NOT_READY. */
export function notReady(what: string): string {
  return `the device is not ready: it answers ${what} with ERROR_NOT_READY, also ${NOT_READY_MS / 1000} s later`;
}
