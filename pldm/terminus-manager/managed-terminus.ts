/** The life of one managed terminus: brought up, its sensors in their rhythm, its events, and found again after silence. */

import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import type { MctpAddress } from '../../stack/transport.js';
import { DeviceState } from '../../stack/watch/device-state.js';
import type {
  SensorSnapshot,
  WatchChange,
  WatchedEndpoint,
  WatchedIdentity,
  WatchedWay,
} from '../../stack/watch/index.js';
import { GetTID } from '../base/base-commands.js';
import { pldmTypeName } from '../base/pldm-types.js';
import { EVENT_CLASS, GetEventReceiver } from '../platform/event-commands.js';
import { eventClassName, isEventOf, type PlatformEvent } from '../platform/event-data.js';
import type { Watch } from '../platform/event-receiver.js';
import { eventWords } from '../platform/event-words.js';
import { Terminus } from '../terminus/terminus.js';
import { EventBudget } from './event-budget.js';
import { tolerated } from './identity-reader.js';
import type { ManagerContext } from './manager-context.js';
import { TerminusContents } from './terminus-contents.js';
import type { TerminusSnapshot } from './terminus-snapshot.js';

/** Exchanges in a row without an answer, after which it is silent. */
const SILENT_AFTER = 3;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Of so many checks, one reads the firmware versions again. */
const FIRMWARE_EVERY = 10;
/** Entity types of files and their folders (DSP0249). */
const OF_FILES: ReadonlySet<number> = new Set([9, 10]);
/** Nothing is due: a look all the same. */
const LONGEST_SLEEP_MS = 86_400_000;

export class ManagedTerminus {
  readonly terminus: Terminus;
  readonly contents: TerminusContents;
  readonly #context: ManagerContext;
  readonly #stop = new AbortController();
  readonly #budget: EventBudget;
  #endpoint: WatchedEndpoint;
  readonly #state: DeviceState;
  #watch: Watch | undefined;
  /** What it said of its event receiver when that had been set: another answer means that it forgot. */
  #receiverNamed: number | undefined;
  #unanswered = 0;
  #checkAt = 0;
  #checks = 0;
  #endSleep: (() => void) | undefined;
  #woken = false;

  constructor(
    readonly key: string,
    endpoint: WatchedEndpoint,
    context: ManagerContext,
    /** What is known of it, when it was there before. */
    known?: TerminusContents,
  ) {
    this.#endpoint = endpoint;
    this.#context = context;
    this.#state = new DeviceState(context.time, (change) => this.#tell(change));
    this.#budget = new EventBudget(context.clock);
    const address = addressOf(endpoint);
    this.contents = known ?? new TerminusContents(key, new Terminus(context.client, address, context.call), context);
    this.contents.tell = (change) => this.#tell(change);
    this.terminus = this.contents.terminus;
    this.terminus.moveTo(address);
  }

  get endpoint(): WatchedEndpoint {
    return this.#endpoint;
  }

  /** Its events come to us. */
  get hasEvents(): boolean {
    return this.#watch !== undefined;
  }

  start(): this {
    void this.#live();
    return this;
  }

  /** It ends without another word to the device. */
  stop(): void {
    this.#stop.abort();
    this.#endSleep?.();
    this.#endEvents();
  }

  /** The same device, perhaps elsewhere. */
  moved(endpoint: WatchedEndpoint): void {
    const before = this.#endpoint;
    this.#endpoint = endpoint;
    if (before.eid !== endpoint.eid || before.network !== endpoint.network) {
      this.#endEvents();
      this.terminus.moveTo(addressOf(endpoint));
    }
    this.hurry();
  }

  /** The timing of the context is another one. */
  retime(): void {
    const { clock, timing } = this.#context;
    this.contents.retime();
    this.#checkAt = Math.min(this.#checkAt, clock.now() + timing.checkMs);
    this.#wakeUp();
  }

  /** Something happened to it: look now whether all is as it was. */
  hurry(): void {
    this.#checkAt = this.#context.clock.now();
    this.#wakeUp();
  }

  get identity(): WatchedIdentity {
    const { network, eid } = this.#endpoint;
    return { key: this.key, name: this.#name, network, eid };
  }

  snapshot(ways: readonly WatchedWay[]): TerminusSnapshot {
    const { link, physicalAddress, uuid } = this.#endpoint;
    const { terminus, contents } = this;
    return {
      ...this.identity,
      link,
      physicalAddress: physicalAddress ?? null,
      uuid: uuid ?? terminus.uuid ?? null,
      ways,
      state: this.#state.now,
      since: this.#state.since,
      error: this.#state.error,
      tid: terminus.tid,
      types: [...terminus.types.values()].map(({ type, versionTexts, commands }) => ({
        type,
        name: pldmTypeName(type),
        versions: versionTexts,
        commands: [...commands],
      })),
      fru: contents.fru,
      firmware: contents.firmware,
      pdrs: contents.records,
      notes: contents.notes,
      sensors: contents.sensors.flatMap(({ parts }) => parts),
      events: this.#watch?.mode ?? null,
    };
  }

  /** The device sent an event. */
  heard(event: PlatformEvent): void {
    this.#unanswered = 0;
    if (isEventOf(event, EVENT_CLASS.sensorEvent)) {
      const { sensorId } = event as { readonly sensorId: number };
      const sensor = this.contents.sensors.find(({ view }) => view.sensorId === sensorId);
      if (sensor !== undefined) {
        this.contents.pace.urge(sensor, this.#context.clock.now());
        this.#wakeUp();
      }
    }
    if (!this.#mayTell()) return;
    const { subject, what } = eventWords(event, this.contents.repository.ownView);
    this.#tell({ kind: 'platformEvent', eventClass: eventClassName(event.eventClass), what: `${subject}: ${what}` });
  }

  /** Its event receiver brought the PDRs up to date. */
  recordsChanged(): void {
    this.contents.takeSensors();
    this.#wakeUp();
  }

  trouble(what: string): void {
    if (this.#mayTell()) this.#tell({ kind: 'trouble', what });
  }

  async #live(): Promise<void> {
    const { clock } = this.#context;
    const { signal } = this.#stop;
    let pause = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      try {
        await this.#bringUp();
        this.#state.become('watched', '');
        pause = FIRST_PAUSE_MS;
        await this.#look();
      } catch (error) {
        if (signal.aborted || MctpError.is(error, 'ENOTCONN')) return;
        if (error instanceof Restarted) {
          this.#tell({ kind: 'restarted', what: error.message });
          continue;
        }
        this.#state.become(
          isSilence(error) ? 'silent' : 'refused',
          error instanceof Error ? error.message : String(error),
        );
      }
      this.#woken = false;
      await this.#sleep(clock.now() + pause);
      pause = this.#woken ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, 2 * pause);
    }
  }

  /** @throws MctpError: no answer, or not one with which it can be watched */
  async #bringUp(): Promise<void> {
    const { terminus, contents } = this;
    const call = this.#call;
    const knew = terminus.tid;
    if (this.#state.now === 'waiting') this.#state.become('asking', '');
    // One question, with little patience: most often there is still nobody.
    if (this.#state.now === 'silent') await terminus.exchange(GetTID, {}, { ...call, retries: 0 });
    const wasAway = this.#state.now === 'silent' || this.#state.now === 'refused';
    await contents.read(call, (tid) => {
      if (wasAway && knew !== 0 && tid !== knew) this.#tell({ kind: 'restarted', what: tidWords(tid, knew) });
    });
    await this.#receiveEvents();
    const { clock, timing } = this.#context;
    this.#unanswered = 0;
    this.#checkAt = clock.now() + timing.checkMs;
    contents.pace.hurry(clock.now());
  }

  /** Be its event receiver, again after it forgot us. */
  async #receiveEvents(): Promise<void> {
    const { receiver, timing, eventMode: mode, ownEid } = this.#context;
    const { contents, terminus } = this;
    const eid = ownEid(this.#endpoint.network);
    this.#endEvents();
    if (receiver === undefined || eid === undefined || contents.sensors.length === 0) return;
    const note = (text: string): void => contents.note(text);
    const watching = (): Promise<Watch> =>
      receiver.watch(terminus, {
        ...this.#call,
        ...(mode !== undefined && { mode }),
        eid,
        repository: contents.repository,
        heartbeatSeconds: timing.heartbeatSeconds,
        pollIntervalMs: timing.eventPollMs,
      });
    try {
      this.#watch = await tolerated('events', note, watching);
      // Its last answer had come before.
      if (this.#stop.signal.aborted) this.#endEvents();
      if (this.#watch === undefined) return;
      this.#receiverNamed = await this.#namedReceiver();
      const named = this.#receiverNamed ?? eid;
      if (named !== eid) note(`it was told that EID ${eid} receives its events, and names EID ${named}`);
    } catch (error) {
      // ENOTSUP: it sends none; ENOBUFS: enough others are watched. Its sensors are read all the same.
      if (!MctpError.is(error, 'ENOTSUP') && !MctpError.is(error, 'ENOBUFS')) throw error;
      note(`events: ${error.message}`);
    }
  }

  /** The EID which the terminus says its events go to; undefined: it does not say. @throws MctpError */
  async #namedReceiver(): Promise<number | undefined> {
    if (!this.terminus.supports(GetEventReceiver)) return undefined;
    const receiver = await this.terminus.exchange(GetEventReceiver, {}, this.#call);
    return GetEventReceiver.succeeded(receiver) ? receiver.eventReceiverAddressInfo : undefined;
  }

  #endEvents(): void {
    this.#watch?.stop();
    this.#watch = undefined;
  }

  /** Sensors in their rhythm, and a check from time to time. @throws Restarted; MctpError when it is silent */
  async #look(): Promise<void> {
    const { clock } = this.#context;
    const { pace } = this.contents;
    while (!this.#stop.signal.aborted) {
      this.#woken = false;
      const sensorAt = pace.nextAt ?? Number.POSITIVE_INFINITY;
      await this.#sleep(Math.min(sensorAt, this.#checkAt));
      const now = clock.now();
      if (this.#stop.signal.aborted) return;
      if (this.#checkAt <= now) await this.#counted(() => this.#check());
      else if ((pace.nextAt ?? Number.POSITIVE_INFINITY) <= now) await this.#counted(() => this.#readNext());
    }
  }

  async #readNext(): Promise<void> {
    const { clock, time } = this.#context;
    const { pace } = this.contents;
    const sensor = pace.next!;
    const heard = (before: SensorSnapshot, now: SensorSnapshot): void => this.#heardSensor(before, now);
    let error: unknown;
    try {
      await sensor.read(this.terminus, time, heard, { ...this.#call, retries: 1 });
    } catch (thrown) {
      error = thrown;
    }
    pace.done(sensor, clock.now(), error !== undefined);
    // What it answers about one sensor is of that sensor alone.
    if (error !== undefined && !(error instanceof CompletionCodeError)) throw error;
  }

  #heardSensor(before: SensorSnapshot, sensor: SensorSnapshot): void {
    this.#tell({ kind: 'reading', sensor });
    const [from, to] = [stateOf(before), stateOf(sensor)];
    if (from === to || before.readAt === null) return;
    this.#tell({ kind: 'sensorState', sensor, from, to, severity: sensor.severity });
  }

  /** Is it still as we left it? @throws Restarted, MctpError */
  async #check(): Promise<void> {
    const { clock, timing, ownEid } = this.#context;
    const { terminus, contents } = this;
    const call = this.#call;
    this.#checkAt = clock.now() + timing.checkMs;
    const tid = await terminus.readTid(call);
    if (tid !== undefined && tid !== terminus.tid) throw new Restarted(tidWords(tid, terminus.tid));
    if (this.#watch !== undefined) {
      const named = await this.#namedReceiver();
      const isOther = named !== undefined && named !== this.#receiverNamed;
      if (isOther || ownEid(this.#endpoint.network) !== this.#watch.eid) {
        throw new Restarted('it forgot that we receive its events');
      }
    }
    await contents.refreshRecords(call);
    if (++this.#checks % FIRMWARE_EVERY === 0) await contents.readFirmware(call);
  }

  /** One exchange may get lost; several in a row are silence. @throws Restarted, MctpError */
  async #counted(run: () => Promise<void>): Promise<void> {
    try {
      await run();
      this.#unanswered = 0;
    } catch (error) {
      if (error instanceof Restarted || this.#stop.signal.aborted) throw error;
      if (!isSilence(error)) return this.trouble(error instanceof Error ? error.message : String(error));
      if (++this.#unanswered >= SILENT_AFTER) throw error;
    }
  }

  /** Until then, until it is woken up, or until it is stopped. Once per reading, so with no more than a timer. Never throws. */
  #sleep(until: number): Promise<void> {
    const { clock } = this.#context;
    const left = until - clock.now();
    if (this.#woken || this.#stop.signal.aborted || left <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.schedule(Math.min(left, LONGEST_SLEEP_MS), () => end());
      const end = (): void => {
        timer.cancel();
        this.#endSleep = undefined;
        resolve();
      };
      this.#endSleep = end;
    });
  }

  #wakeUp(): void {
    this.#woken = true;
    this.#endSleep?.();
  }

  #mayTell(): boolean {
    if (!this.#budget.take()) return false;
    const leftOut = this.#budget.leftOut();
    if (leftOut > 0) this.#tell({ kind: 'trouble', what: `${leftOut} of its events were left out: it sends too many` });
    return true;
  }

  #tell(change: WatchChange): void {
    if (this.#stop.signal.aborted) return;
    this.#context.tell({ ...change, at: this.#context.time(), device: this.identity });
  }

  get #name(): string {
    // A folder of files is something which it has, and not what it is.
    const thing = this.contents.repository.view.entities.find(({ entity }) => !OF_FILES.has(entity.entityType));
    return thing?.name ?? this.terminus.name;
  }

  get #call(): CallOptions {
    return { signal: this.#stop.signal };
  }
}

/** It has to be told our address again. */
class Restarted extends Error {}

function tidWords(now: number, before: number): string {
  return `it has ${now === 0 ? 'no TID' : `TID ${now}`}, and had ${before}`;
}

function addressOf({ eid, network }: WatchedEndpoint): MctpAddress {
  return { eid, network };
}

const SILENCE = new Set([
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENACK',
  'ENODEV',
  'EBUSY',
  'EIO',
  'EARBITRATION',
  'EBUSSTUCK',
]);

/** Nothing came back: the device, or the way to it, is not there. */
function isSilence(error: unknown): boolean {
  return MctpError.is(error) && SILENCE.has(error.code);
}

function stateOf({ state, operationalState }: SensorSnapshot): string {
  return operationalState === 'enabled' ? state : operationalState;
}
