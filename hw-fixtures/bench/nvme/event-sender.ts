/**
 * Asynchronous events of a drive (NVMe-MI 2.x): once a requester has switched them on, what changes is told in a message of
 * its own, which is repeated until it is acknowledged, and given up after seven repetitions.
 */

import type { Clock, Timer } from '../../../stack/clock.js';
import { CodecError, decode, encode } from '../../../stack/codec/index.js';
import { MctpError } from '../../../stack/errors.js';
import { EID_NULL, MESSAGE_TYPE } from '../../../stack/ids.js';
import {
  EVENT,
  MI_STATUS,
  NMIMT,
  type NvmeMiResponder,
  SetAsynchronousEvents,
  structures,
} from '../../../stack/nvme-mi/index.js';
import { MIC_SIZE, writeMic } from '../../../stack/nvme-mi/mi-integrity.js';
import { fail } from '../../../stack/protocol/index.js';
import type { MctpAddress, MctpMessage, MctpSocket } from '../../../stack/transport.js';
import type { Behaviour } from '../device/behaviour.js';
import type { DriveState } from './drive-state.js';

/** What this drive can tell. */
const SUPPORTED: readonly number[] = [
  EVENT.firmwareActivated,
  EVENT.temperature,
  EVENT.lifeUsed,
  EVENT.spare,
  EVENT.warnings,
];
/** Between two looks at itself, while events are on; ms. */
const LOOK_MS = 250;
/** What is a change of temperature, besides one which crosses a threshold; Celsius. */
const TEMPERATURE_STEP = 5;
const MOST_REPETITIONS = 7;
const GENERATIONS = 32;
const SUBSYSTEM = 2;
/** For a retry delay of 0. */
const DEFAULT_RETRY_MS = 1000;

export interface EventSenderOptions {
  readonly state: DriveState;
  readonly clock: Clock;
  /** Bound to nothing. */
  readonly socket: MctpSocket;
  readonly behaviours: readonly Behaviour[];
}

/** Event by id: one byte of data. */
type Occurrences = Map<number, number>;

export class EventSender {
  readonly #options: EventSenderOptions;
  readonly #enabled = new Set<number>();
  /** The receiver of events. */
  #receiver: MctpAddress | undefined;
  #delayMs = 0;
  #retryMs = DEFAULT_RETRY_MS;
  /** Not sent yet: the last value of each. */
  #pending: Occurrences = new Map();
  /** Sent, and not acknowledged. */
  #sent: Occurrences | undefined;
  #generation = 0;
  #repetitions = 0;
  /** The last message was given up: until the next acknowledgement or list of the requester nothing is sent. */
  #failed = false;
  #seen: ReturnType<typeof valuesOf>;
  #looks: Timer | undefined;
  #sends: Timer | undefined;
  #flood: Timer | undefined;

  constructor(options: EventSenderOptions) {
    this.#options = options;
    this.#seen = valuesOf(options.state);
  }

  /** Of the subsystem's status: an event was not taken. */
  get failed(): boolean {
    return this.#failed;
  }

  serve({ handlers }: NvmeMiResponder): void {
    handlers.on(SetAsynchronousEvents, (asked, { message }) => {
      const entries = entriesOf(asked.data);
      if (entries === undefined) return fail(MI_STATUS.invalidInputDataSize);
      if (entries.length === 0) return this.#acknowledged();
      if (entries.some(({ id }) => !SUPPORTED.includes(id))) return fail(MI_STATUS.invalidParameter);
      this.#delayMs = 1000 * asked.aemDelay;
      this.#retryMs = 100 * asked.aemRetryDelay || DEFAULT_RETRY_MS;
      this.#receiver = senderOf(message);
      return this.#switched(entries);
    });
  }

  supported(): Uint8Array {
    const entries = SUPPORTED.map((id) => ({ length: 3, id, enabled: this.#enabled.has(id) ? 1 : 0 }));
    return encode(structures.eventList, { version: 0, totalLength: 5 + 3 * entries.length, headerLength: 5, entries });
  }

  /** It happened now. `data`: one byte. */
  occurred(id: number, data: number): void {
    if (!this.#enabled.has(id)) return;
    this.#pending.set(id, data & 0xff);
    this.#sendLater(this.#delayMs);
  }

  stop(): void {
    for (const timer of [this.#looks, this.#sends, this.#flood]) timer?.cancel();
    this.#looks = this.#sends = this.#flood = undefined;
  }

  #switched(entries: readonly { readonly id: number; readonly enabled: number }[]) {
    for (const { id, enabled } of entries) {
      if (enabled === 1) this.#enabled.add(id);
      else this.#enabled.delete(id);
    }
    // What has happened and is still on is told by the answer.
    const all = new Map([...(this.#sent ?? []), ...this.#pending]);
    for (const id of all.keys()) if (!this.#enabled.has(id)) all.delete(id);
    this.#begin();
    if (this.#enabled.size === 0) this.stop();
    else if (this.#looks === undefined) {
      this.#seen = valuesOf(this.#options.state);
      this.#look();
      this.#floodAgain();
    }
    return { data: this.#list(all, 0) };
  }

  /** What has happened since is told by the answer: it needs no message, and no acknowledgement. */
  #acknowledged() {
    const since = this.#pending;
    this.#begin();
    if (since.size > 0) this.#generation = (this.#generation + 1) % GENERATIONS;
    return { data: this.#list(since, 0) };
  }

  /** Nothing is under way. */
  #begin(): void {
    this.#sends?.cancel();
    this.#sends = undefined;
    this.#sent = undefined;
    this.#failed = false;
    this.#pending = new Map();
  }

  #look(): void {
    this.#looks = this.#options.clock.schedule(LOOK_MS, () => {
      const before = this.#seen;
      const now = valuesOf(this.#options.state);
      const jumped = Math.abs(now.temperature - before.temperature) >= TEMPERATURE_STEP;
      const crossed = now.tooWarm !== before.tooWarm;
      this.#seen = jumped || crossed ? now : { ...now, temperature: before.temperature };
      if (jumped || crossed) this.occurred(EVENT.temperature, now.temperature);
      if (now.used !== before.used) this.occurred(EVENT.lifeUsed, Math.min(255, now.used));
      if (now.spare !== before.spare) this.occurred(EVENT.spare, now.spare);
      if (now.warnings !== before.warnings) this.occurred(EVENT.warnings, now.warnings);
      if (now.activations !== before.activations) this.occurred(EVENT.firmwareActivated, now.slots);
      this.#look();
    });
  }

  #sendLater(ms: number): void {
    if (this.#sent !== undefined || this.#failed || this.#sends !== undefined) return;
    this.#sends = this.#options.clock.schedule(ms, () => {
      this.#sends = undefined;
      this.#sent = this.#pending;
      this.#pending = new Map();
      this.#generation = (this.#generation + 1) % GENERATIONS;
      this.#repetitions = 0;
      this.#send();
    });
  }

  /** Once more after the retry delay, and again, until it is acknowledged. */
  #send(): void {
    this.#transmit(this.#sent!, this.#repetitions);
    this.#sends = this.#options.clock.schedule(this.#retryMs, () => {
      this.#sends = undefined;
      if (this.#repetitions < MOST_REPETITIONS) {
        this.#repetitions++;
        this.#send();
        return;
      }
      this.#failed = true;
      this.#pending = new Map([...this.#sent!, ...this.#pending]);
      this.#sent = undefined;
    });
  }

  #transmit(occurrences: Occurrences, repetitions: number): void {
    const { socket, behaviours } = this.#options;
    const receiver = this.#receiver!;
    const message = withMic(Uint8Array.of(NMIMT.asynchronousEvent << 3, 0, 0, ...this.#list(occurrences, repetitions)));
    const messages = behaviours.reduce<readonly Uint8Array[]>(
      (some, behaviour) => some.flatMap((one) => behaviour.event?.(one) ?? [one]),
      [message],
    );
    for (const one of messages) {
      const send = (to: MctpAddress): Promise<void> =>
        socket.send(to, one, { type: MESSAGE_TYPE.nvmeMi, integrityCheck: true, reply: false });
      const { eid, network } = receiver;
      // Where there is no route, as on a drive without a bus owner: back where the request came from.
      const sent = eid === EID_NULL ? send(receiver) : send({ eid, ...(network !== undefined && { network }) });
      sent
        .catch((error: unknown) =>
          MctpError.is(error, 'EHOSTUNREACH') && eid !== EID_NULL ? send(receiver) : undefined,
        )
        // What becomes of it is between the drive and the wire; it is repeated all the same.
        .catch(() => {});
    }
  }

  /** A drive which sends events without end, and waits for nothing. */
  #floodAgain(): void {
    const everyMs = this.#options.behaviours.find(({ floodMs }) => floodMs !== undefined)?.floodMs;
    if (everyMs === undefined || this.#flood !== undefined) return;
    const again = (): void => {
      this.#generation = (this.#generation + 1) % GENERATIONS;
      this.#transmit(new Map([[[...this.#enabled][0]!, 0]]), 0);
      this.#flood = this.#options.clock.schedule(everyMs, again);
    };
    this.#flood = this.#options.clock.schedule(everyMs, again);
  }

  #list(occurrences: Occurrences, retryCount: number): Uint8Array {
    const list = [...occurrences].map(([id, data]) => ({
      headerLength: 9,
      id,
      scopeIdInfo: 0,
      scope: SUBSYSTEM,
      specificInfoHex: Uint8Array.of(data),
      vendorInfoHex: new Uint8Array(),
    }));
    return encode(structures.occurrenceList, {
      version: 0,
      totalLength: 7 + 10 * list.length,
      overflow: 0,
      headerLength: 7,
      retryCount,
      generationNumber: this.#generation,
      occurrences: list,
    });
  }
}

/** Of an enable list; undefined: it is none. */
function entriesOf(data: Uint8Array) {
  try {
    const { entries, totalLength } = decode(structures.eventList, data, { what: 'enable list' });
    return totalLength === data.length ? entries : undefined;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

function valuesOf(state: DriveState) {
  const { temperature, used, spare } = state.condition;
  const { criticalWarning: warnings, flash } = state;
  const { activeSlot, nextSlot } = flash;
  return {
    temperature,
    used,
    spare,
    warnings,
    tooWarm: (warnings & 2) !== 0,
    activations: state.activations,
    slots: activeSlot | (nextSlot << 4),
  };
}

/** With the way on which it came. */
function senderOf({ source, network, link, physicalAddress }: MctpMessage): MctpAddress {
  return { eid: source, network, link, physicalAddress };
}

function withMic(payload: Uint8Array): Uint8Array {
  const message = new Uint8Array(payload.length + MIC_SIZE);
  message.set(payload);
  writeMic(message);
  return message;
}
