/**
 * Events which drives send by themselves (NVMe-MI 2.x, Asynchronous Event Messages): switched on per drive, taken, told once
 * and acknowledged. A drive repeats what was not acknowledged; such a repetition has the generation number of the first.
 */

import type { Clock } from '../clock.js';
import { CodecError, decode, type Fields } from '../codec/index.js';
import { CompletionCodeError, MctpError } from '../errors.js';
import { EID_NULL, MESSAGE_TYPE } from '../ids.js';
import type { CallOptions } from '../protocol/index.js';
import type { MctpAddress, MctpMessage, MctpSocket, Transport } from '../transport.js';
import { Emitter } from '../util/emitter.js';
import { eventText } from './drive-event-names.js';
import type { NvmeMiClient } from './mi-client.js';
import { NMIMT } from './mi-command.js';
import type { EventSettings, OccurrenceList } from './mi-configurator.js';
import { MIC_SIZE } from './mi-integrity.js';
import { NVME_MI, nvmeMiHeader } from './mi-protocol.js';
import { occurrenceList } from './mi-structures.js';

/** One thing which happened. */
export interface DriveEvent {
  /** See EVENT. */
  readonly id: number;
  /** "temperature" */
  readonly name: string;
  /** 0 namespace, 1 controller, 2 subsystem, 3 endpoint, 4 port, 5 endurance group; and which one. */
  readonly scope: number;
  readonly scopeId: number;
  readonly data: Uint8Array;
  readonly vendorData: Uint8Array;
}

/** What a drive told at once. */
export interface DriveEventReport {
  readonly drive: MctpAddress;
  readonly events: readonly DriveEvent[];
  /** The drive has lost others. */
  readonly overflow: boolean;
}

export interface DriveEventsOptions {
  readonly transport: Transport;
  /** It switches events on, and acknowledges them. */
  readonly client: NvmeMiClient;
  readonly clock: Clock;
  /** Drives at once, default 1024. */
  readonly maxDrives?: number;
}

export interface DriveEventsCounters {
  /** Messages from drives whose events are on. */
  received: number;
  /** Told before. */
  repeated: number;
  acknowledged: number;
  acknowledgeFailures: number;
  /** With a wrong integrity check, or none. */
  corrupt: number;
  /** Lengths which do not fit, or an event which is not on. */
  malformed: number;
  /** From somebody whose events are not on. */
  unexpected: number;
  /** More than a drive may send. */
  flood: number;
}

interface Watched {
  readonly drive: MctpAddress;
  readonly enabled: ReadonlySet<number>;
  /** Of the last list; undefined: there was none. */
  generation: number | undefined;
  acknowledging: boolean;
  /** Another list came while the one before it was being acknowledged. */
  again: boolean;
  /** The last acknowledgement was not answered. */
  owed: boolean;
  /** Messages it may still send at once, at `tokensAt`. */
  tokens: number;
  tokensAt: number;
}

const HEADER_SIZE = 3;
const LIST_HEADER = 7;
const OCCURRENCE_HEADER = 9;
const DEFAULT_DRIVES = 1024;
/** Messages of a drive: so many at once, and so many per second. */
const BURST = 32;
const PER_SECOND = 4;
/** Before a drive takes what is switched off; s. */
const DISABLE_DELAY_S = 1;

export class DriveEvents {
  /** Live. */
  readonly counters: DriveEventsCounters = {
    received: 0,
    repeated: 0,
    acknowledged: 0,
    acknowledgeFailures: 0,
    corrupt: 0,
    malformed: 0,
    unexpected: 0,
    flood: 0,
  };
  readonly #options: DriveEventsOptions;
  readonly #reports = new Emitter<{ report: DriveEventReport }>();
  readonly #drives = new Map<string, Watched>();
  #socket: MctpSocket | undefined;
  #closed = false;

  constructor(options: DriveEventsOptions) {
    this.#options = options;
  }

  /** Returns how to stop. */
  subscribe(listener: (report: DriveEventReport) => void): () => void {
    return this.#reports.on('report', listener);
  }

  /** Are they on? */
  watches(drive: MctpAddress): boolean {
    return this.#drives.has(this.#keyOf(drive));
  }

  /**
   * Switch on all events which the drive has, or those of `only` among them. What had happened before is told at once. Events
   * which somebody else had switched on are off then, but for these: a drive tells one requester.
   * @returns their numbers; none: the drive has no events, and is polled
   * @throws MctpError EADDRINUSE when something else receives messages of NVMe-MI here; ENOBUFS; ECANCELED: it was closed;
   *   those of `NvmeMiClient`
   */
  async enable(
    drive: MctpAddress,
    { only, ...settings }: EventSettings & { readonly only?: readonly number[] } = {},
    call?: CallOptions,
  ): Promise<readonly number[]> {
    const { client, maxDrives = DEFAULT_DRIVES, clock } = this.#options;
    const supported = await this.#supported(drive, call);
    const wanted = supported.map(({ id }) => id).filter((id) => only === undefined || only.includes(id));
    if (wanted.length === 0) return [];
    this.#receive();
    const key = this.#keyOf(drive);
    if (!this.#drives.has(key) && this.#drives.size >= maxDrives) {
      throw new MctpError('ENOBUFS', `events of ${maxDrives} drives are on already`);
    }
    const on = supported.filter(({ enabled }) => enabled === 1);
    // A fresh start: what it had sent to somebody else, and waits for, is over.
    if (on.length > 0) {
      await client.setEvents(drive, on.map(off), { delayS: DISABLE_DELAY_S }, call);
    }
    const watched: Watched = {
      drive,
      enabled: new Set(wanted),
      generation: undefined,
      acknowledging: false,
      again: false,
      owed: false,
      tokens: BURST,
      tokensAt: clock.now(),
    };
    // Before it is asked: the first one may come with the answer.
    this.#drives.set(key, watched);
    try {
      const occurred = await client.setEvents(
        drive,
        wanted.map((id) => ({ id, enabled: true })),
        settings,
        call,
      );
      // The numbering of messages has nothing to do with this list.
      if (occurred.occurrences.length > 0 && fits(occurred, watched)) this.#tell(watched, occurred);
    } catch (error) {
      this.#drives.delete(key);
      throw error;
    }
    return wanted;
  }

  /** Switch them off. @throws as `NvmeMiClient.setEvents` */
  async disable(drive: MctpAddress, call?: CallOptions): Promise<void> {
    const watched = this.#drives.get(this.#keyOf(drive));
    if (watched === undefined) return;
    this.forget(drive);
    const events = [...watched.enabled].map((id) => off({ id }));
    await this.#options.client.setEvents(drive, events, { delayS: DISABLE_DELAY_S }, call);
  }

  /** Are they still on? A drive which was reset has forgotten it. @throws as `NvmeMiClient.supportedEvents` */
  async stillOn(drive: MctpAddress, call?: CallOptions): Promise<boolean> {
    const watched = this.#drives.get(this.#keyOf(drive));
    if (watched === undefined) return false;
    const supported = await this.#supported(drive, call);
    return [...watched.enabled].every((id) => supported.some((one) => one.id === id && one.enabled === 1));
  }

  /** Take no more of it; the drive is not told. */
  forget(drive: MctpAddress): void {
    this.#drives.delete(this.#keyOf(drive));
  }

  /** Drives are not told. */
  close(): void {
    this.#closed = true;
    this.#socket?.close();
    this.#socket = undefined;
    this.#drives.clear();
    this.#reports.clear();
  }

  /** None: it does not know the command. */
  async #supported(drive: MctpAddress, call?: CallOptions) {
    try {
      return (await this.#options.client.supportedEvents(drive, call)).entries;
    } catch (error) {
      // A list which cannot be read is none; other silence is the caller's to judge.
      if (error instanceof CompletionCodeError || error instanceof CodecError) return [];
      throw error;
    }
  }

  #receive(): void {
    // While the drive was asked what it has.
    if (this.#closed) throw new MctpError('ECANCELED', 'the events of drives were closed');
    if (this.#socket !== undefined) return;
    const socket = this.#options.transport.socket();
    try {
      socket.bind({ type: MESSAGE_TYPE.nvmeMi });
    } catch (error) {
      socket.close();
      throw error;
    }
    socket.onMessage((message) => this.#received(message));
    this.#socket = socket;
  }

  #received(message: MctpMessage): void {
    const { payload } = message;
    const header = nvmeMiHeader(payload);
    if (header?.kind !== 'datagram' || header.nmimt !== NMIMT.asynchronousEvent) return;
    if (!message.integrityCheck || NVME_MI.integrity?.intact(payload) !== true) {
      this.counters.corrupt++;
      return;
    }
    const watched = this.#sender(message);
    if (watched === undefined) {
      this.counters.unexpected++;
      return;
    }
    if (!this.#mayTell(watched)) {
      this.counters.flood++;
      return;
    }
    this.counters.received++;
    const list = listIn(payload.subarray(HEADER_SIZE, payload.length - MIC_SIZE));
    if (list === undefined || list.occurrences.length === 0 || !fits(list, watched)) {
      this.counters.malformed++;
      return;
    }
    if (list.generationNumber === watched.generation) {
      this.counters.repeated++;
      // It has not heard of the acknowledgement.
      if (watched.owed) void this.#acknowledge(watched);
      return;
    }
    watched.generation = list.generationNumber;
    this.#tell(watched, list);
    void this.#acknowledge(watched);
  }

  /** By its EID, or by the place at which it is: some have no EID, others were switched on by their place. */
  #sender({ source, network, link, physicalAddress }: MctpMessage): Watched | undefined {
    const place = { network, link, physicalAddress };
    const byEid = source === EID_NULL ? undefined : this.#drives.get(this.#keyOf({ eid: source, network }));
    return byEid ?? this.#drives.get(this.#keyOf({ eid: EID_NULL, ...place }));
  }

  /** Not more than a burst, and a few each second from then on. */
  #mayTell(watched: Watched): boolean {
    const now = this.#options.clock.now();
    watched.tokens = Math.min(BURST, watched.tokens + (PER_SECOND * (now - watched.tokensAt)) / 1000);
    watched.tokensAt = now;
    if (watched.tokens < 1) return false;
    watched.tokens--;
    return true;
  }

  /** One at a time; its answer may tell more, which needs no acknowledgement. Never rejects. */
  async #acknowledge(watched: Watched): Promise<void> {
    watched.again = watched.acknowledging;
    if (watched.acknowledging) return;
    watched.acknowledging = true;
    watched.owed = false;
    try {
      do {
        watched.again = false;
        const more = await this.#options.client.acknowledgeEvents(watched.drive);
        this.counters.acknowledged++;
        this.#also(watched, more);
        // The drive may have sent the next list as soon as it had answered: both arrive together.
      } while (watched.again);
    } catch {
      // It repeats the event, and is told then.
      this.counters.acknowledgeFailures++;
      watched.owed = true;
    } finally {
      watched.acknowledging = false;
    }
  }

  /** What the answer to an acknowledgement tells. */
  #also(watched: Watched, list: OccurrenceList): void {
    if (list.occurrences.length === 0 || list.generationNumber === watched.generation) return;
    if (!fits(list, watched)) {
      this.counters.malformed++;
      return;
    }
    watched.generation = list.generationNumber;
    this.#tell(watched, list);
  }

  #tell({ drive }: Watched, { occurrences, overflow }: OccurrenceList): void {
    const events = occurrences.map(({ id, scope, scopeIdInfo, specificInfoHex, vendorInfoHex }): DriveEvent => {
      return { id, name: eventText(id), scope, scopeId: scopeIdInfo, data: specificInfoHex, vendorData: vendorInfoHex };
    });
    this.#reports.emit('report', { drive, events, overflow: overflow === 1 });
  }

  #keyOf(drive: MctpAddress): string {
    return this.#options.transport.peerKey(drive);
  }
}

function off({ id }: { readonly id: number }): { readonly id: number; readonly enabled: boolean } {
  return { id, enabled: false };
}

function listIn(data: Uint8Array): Fields<typeof occurrenceList> | undefined {
  try {
    const list = decode(occurrenceList, data, { what: 'list of occurrences', partial: true });
    return list.totalLength <= data.length ? list : undefined;
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

/** Lengths as the standard has them, all of it within the list, and nothing which is not on. */
function fits(list: OccurrenceList, { enabled }: Watched): boolean {
  const length = list.occurrences.reduce(
    (sum, one) => sum + OCCURRENCE_HEADER + one.specificInfoHex.length + one.vendorInfoHex.length,
    LIST_HEADER,
  );
  return (
    list.version === 0 &&
    list.headerLength === LIST_HEADER &&
    list.totalLength >= length &&
    list.occurrences.every(({ headerLength, id }) => headerLength === OCCURRENCE_HEADER && enabled.has(id))
  );
}
