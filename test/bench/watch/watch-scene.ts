/** Many termini on many buses, watched and recorded in virtual time, with faults, as over months. */

import { seededRandom } from '../../../hw-fixtures/bench/wires/random.js';
import { PldmResponder, PldmTerminus, type TerminusDescription, TerminusManager } from '../../../pldm/index.js';
import { PDR_TYPE } from '../../../pldm/platform/index.js';
import { VirtualClock } from '../../../stack/clock.js';
import { Mctp } from '../../../stack/mctp.js';
import { BusShare, type WatchEvent, type WatchedEndpoint } from '../../../stack/watch/index.js';
import { History } from '../../../tools/history/history.js';
import type { HistoryReader } from '../../../tools/history/history-model.js';
import type { OpenDatabase } from '../../../tools/history/open-database.js';
import { FaultyBus } from './faulty-bus.js';

export interface WatchSceneOptions {
  readonly buses: number;
  readonly termini: number;
  readonly sensors: number;
  /** How often that sensor of that terminus has a new reading, both from 0; s. */
  readonly intervalOf: (terminus: number, sensor: number) => number;
  /** Between two checks of a terminus, and between two of its heartbeats; s. */
  readonly checkSeconds: number;
  readonly heartbeatSeconds: number;
  /** Between two faults somewhere; ms. */
  readonly faultEveryMs: number;
  readonly mostBytes: number;
  readonly open: OpenDatabase;
  readonly path: string;
}

interface Device {
  readonly index: number;
  readonly bus: number;
  readonly stack: Mctp;
  endpoint: WatchedEndpoint;
  terminus: PldmTerminus | undefined;
  /** Not counted before: something was done to it. */
  disturbedUntil: number;
}

/** Sensors of one interval. */
export interface IntervalClass {
  sensors: number;
  readings: number;
  /** Gaps which are not held against the watch: something was done to the device, or to its bus. */
  excused: number;
  /** Of the others: gap between two readings, as a multiple of the interval. */
  worstGap: number;
}

export interface SceneResult {
  readonly readings: number;
  /** By interval in s. */
  readonly classes: Readonly<Record<number, IntervalClass>>;
  /** Gaps of undisturbed sensors which were above 1.5 intervals. */
  readonly starved: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly watched: number;
  /** Of each bus: part of its time which watching took. */
  readonly shares: readonly number[];
  readonly fileBytes: number;
  readonly lost: number;
  readonly problems: readonly string[];
}

const OWN_EID = 8;
const FIRST_EID = 9;
/** A device which moves has its EID plus this, and the other one when it moves again. */
const OTHER_EID = 100;
const SILENCE_MS = 5 * 60_000;
/** How long after a fault its effects are not held against the watch: it looks for a silent device each minute. */
const SETTLED_MS = 3 * 60_000;
const MOST_GAP = 1.5;
const STEPS_PER_TURN = 4096;
const SETTLED = Promise.resolve();
const START = Date.UTC(2026, 0, 1);
const FAULTS = ['silent', 'restart', 'records', 'away', 'moved', 'slow', 'storm', 'cut'] as const;
type Fault = (typeof FAULTS)[number];

export class WatchScene {
  readonly clock = new VirtualClock();
  readonly #random = seededRandom(1);
  readonly #options: WatchSceneOptions;
  readonly #host: Mctp;
  readonly #devices: Device[] = [];
  readonly #manager: TerminusManager;
  readonly #history: History;
  readonly #shares = new Map<string, BusShare>();
  readonly #buses: FaultyBus[];
  readonly #byPlace = new Map<string, Device>();
  readonly #classes: Record<number, IntervalClass> = {};
  /** By terminus and sensor: when it was read last. */
  readonly #lastRead: Float64Array;
  readonly #faults: Record<string, number> = {};
  readonly #problems: string[] = [];
  #readings = 0;
  #starved = 0;

  private constructor(options: WatchSceneOptions) {
    this.#options = options;
    const { clock } = this;
    this.#host = new Mctp({ clock });
    const time = (): number => this.time();
    this.#history = new History({
      path: options.path,
      open: options.open,
      clock,
      time,
      waitsForDisk: false,
      retention: { readingsMs: 7 * DAY_MS, minutesMs: 90 * DAY_MS, allMs: 1825 * DAY_MS, mostBytes: options.mostBytes },
      // Nobody kills this process: the journal of the second is not what is looked at.
      flushMs: 60_000,
      commitMs: 60_000,
      onProblem: (what) => this.#problems.push(what),
    });
    this.#buses = Array.from({ length: options.buses }, (_, bus) => {
      const faulty = new FaultyBus(clock, bus + 1);
      const name = `bus${bus}`;
      this.#host.addLink(faulty.wire.port({ name, address: '10' }), { network: bus + 1 });
      this.#shares.set(name, new BusShare({ clock, percent: 25 }));
      return faulty;
    });
    this.#lastRead = new Float64Array(options.termini * options.sensors).fill(Number.NaN);
    for (let index = 0; index < options.termini; index++) this.#addDevice(index);
    const responder = new PldmResponder({ transport: this.#host, clock }).start();
    this.#manager = new TerminusManager({
      transport: this.#host,
      clock,
      time,
      responder,
      ownEid: () => OWN_EID,
      checkMs: 1000 * options.checkSeconds,
      heartbeatSeconds: options.heartbeatSeconds,
      shareOf: ({ network = 1 }) => this.#shares.get(`bus${network - 1}`),
    });
    this.#manager.subscribe((event) => this.#heard(event));
  }

  static async open(options: WatchSceneOptions): Promise<WatchScene> {
    const scene = new WatchScene(options);
    await scene.#host.open();
    for (let bus = 0; bus < options.buses; bus++) scene.#host.addAddress(OWN_EID, `bus${bus}`);
    for (const device of scene.#devices) {
      const { stack } = device;
      await stack.open();
      stack.addRoute({ start: OWN_EID, end: OWN_EID, link: 'bus' });
      stack.addNeighbour(OWN_EID, 'bus', '10');
      scene.#settle(device, device.endpoint.eid);
      scene.#power(device);
      scene.#manager.put(device.endpoint);
    }
    scene.#fault();
    return scene;
  }

  /** Let so much time pass. */
  run(ms: number): Promise<void> {
    const { clock } = this;
    const until = clock.now() + ms;
    return new Promise((resolve) => {
      let steps = 0;
      const step = (): void => {
        if ((clock.nextAt ?? Number.POSITIVE_INFINITY) > until) {
          resolve();
          return;
        }
        clock.step();
        // First all that follows from it, which is promises: Node runs them all before the next tick. The rest of the process
        // has its turn from time to time.
        if (++steps % STEPS_PER_TURN === 0) setImmediate(step);
        else void SETTLED.then(next);
      };
      const next = (): void => process.nextTick(step);
      step();
    });
  }

  get history(): HistoryReader {
    return this.#history.reader;
  }

  /** ms since 1970 */
  time(): number {
    return START + this.clock.now();
  }

  result(): SceneResult {
    const time = this.clock.now();
    return {
      readings: this.#readings,
      classes: this.#classes,
      starved: this.#starved,
      faults: this.#faults,
      watched: this.#manager.termini().filter(({ state }) => state === 'watched').length,
      shares: [...this.#shares.values()].map(({ use }) => use.wireMs / time),
      fileBytes: this.#history.usedBytes,
      lost: this.#history.lost,
      problems: this.#problems,
    };
  }

  async close(): Promise<void> {
    const closing = this.#manager.close();
    await this.run(5000);
    await closing;
    this.#history.close();
    for (const { terminus } of this.#devices) terminus?.close();
    await this.#host.close();
    for (const { stack } of this.#devices) await stack.close();
  }

  #addDevice(index: number): void {
    const { buses, sensors, intervalOf } = this.#options;
    const bus = index % buses;
    const place = Math.floor(index / buses);
    const address = (0x11 + place).toString(16);
    const stack = new Mctp({ clock: this.clock });
    stack.addLink(this.#buses[bus]!.wire.port({ name: 'bus', address }));
    const eid = FIRST_EID + place;
    const uuid = `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
    const endpoint = { network: bus + 1, eid, link: `bus${bus}`, physicalAddress: address, uuid, messageTypes: [0, 1] };
    this.#devices.push({ index, bus, stack, endpoint, terminus: undefined, disturbedUntil: SETTLED_MS });
    for (let sensor = 0; sensor < sensors; sensor++) this.#classOf(intervalOf(index, sensor)).sensors++;
  }

  #classOf(seconds: number): IntervalClass {
    this.#classes[seconds] ??= { sensors: 0, readings: 0, excused: 0, worstGap: 0 };
    return this.#classes[seconds];
  }

  /** The device has that EID from now on. */
  #settle(device: Device, eid: number): void {
    const { stack, bus, endpoint } = device;
    const [network, link, before] = [bus + 1, `bus${bus}`, endpoint.eid];
    if (before !== eid) {
      stack.removeAddress(before, 'bus');
      this.#host.removeRoute(before, before, network);
      this.#host.removeNeighbour(before, link);
      this.#byPlace.delete(`${network}/${before}`);
    }
    stack.addAddress(eid, 'bus');
    this.#host.addRoute({ start: eid, end: eid, link });
    this.#host.addNeighbour(eid, link, endpoint.physicalAddress!);
    device.endpoint = { ...endpoint, eid };
    this.#byPlace.set(`${network}/${eid}`, device);
  }

  #power(device: Device): void {
    const { clock } = this;
    const description = this.#description(device);
    device.terminus = new PldmTerminus({ transport: device.stack, clock, description }).start();
  }

  #description({ index: terminus, bus }: Device): TerminusDescription {
    const { sensors, intervalOf } = this.#options;
    return {
      numericSensors: Array.from({ length: sensors }, (_, index) => ({
        id: index + 1,
        name: `Sensor ${index + 1}`,
        unit: '°C',
        thresholds: { upperCritical: 90 },
        updateInterval: intervalOf(terminus, index),
        read: () => Math.round(40 + 30 * Math.sin((this.clock.now() / 3_600_000 + terminus + bus) * (1 + index / 7))),
      })),
    };
  }

  #fault(): void {
    this.clock.schedule(this.#options.faultEveryMs * (0.5 + this.#random.next()), () => {
      const device = this.#devices[this.#random.integer(this.#devices.length)]!;
      const kind = FAULTS[this.#random.integer(FAULTS.length)]!;
      if (device.terminus !== undefined) this.#disturb(device, kind);
      this.#fault();
    });
  }

  #disturb(device: Device, kind: Fault): void {
    const { clock } = this;
    this.#faults[kind] = (this.#faults[kind] ?? 0) + 1;
    const bus = this.#buses[device.bus]!;
    if (kind === 'slow') {
      // Nothing is excused: it answers, and the others do.
      bus.slow(device.endpoint.physicalAddress!);
      return;
    }
    if (kind === 'storm' || kind === 'cut') {
      const until = clock.now() + bus.disturb(kind) + SETTLED_MS;
      for (const other of this.#devices) if (other.bus === device.bus) this.#excuse(other, until);
      return;
    }
    const away = kind === 'silent' || kind === 'away';
    this.#excuse(device, clock.now() + (away ? SILENCE_MS : 0) + SETTLED_MS);
    if (kind === 'records') {
      const last = [...device.terminus!.repository.records].findLast(
        ([, pdr]) => pdr[5] === PDR_TYPE.sensorAuxiliaryNames,
      );
      if (last !== undefined) device.terminus!.removePdr(last[0]);
      return;
    }
    if (kind === 'moved') {
      const { eid } = device.endpoint;
      this.#settle(device, eid >= OTHER_EID ? eid - OTHER_EID : eid + OTHER_EID);
      this.#manager.put(device.endpoint);
      return;
    }
    device.terminus!.close();
    device.terminus = undefined;
    if (kind === 'restart') {
      this.#power(device);
      return;
    }
    if (kind === 'away') this.#manager.remove(device.endpoint);
    clock.schedule(SILENCE_MS, () => {
      this.#power(device);
      if (kind === 'away') this.#manager.put(device.endpoint);
    });
  }

  #excuse(device: Device, until: number): void {
    device.disturbedUntil = Math.max(device.disturbedUntil, until);
  }

  #heard(event: WatchEvent): void {
    this.#history.append(event);
    if (event.kind !== 'reading') return;
    this.#readings++;
    const now = this.clock.now();
    const { network, eid } = event.device;
    const { key, intervalMs } = event.sensor;
    const device = this.#byPlace.get(`${network}/${eid}`);
    const of = this.#classOf(intervalMs / 1000);
    of.readings++;
    if (device === undefined) return;
    const place = device.index * this.#options.sensors + Number(key.replace('numeric', '')) - 1;
    const before = this.#lastRead[place]!;
    this.#lastRead[place] = now;
    if (Number.isNaN(before)) return;
    // What was done to it since the reading before, or little before that.
    if (before < device.disturbedUntil) {
      of.excused++;
      return;
    }
    const gap = (now - before) / intervalMs;
    of.worstGap = Math.max(of.worstGap, gap);
    if (gap > MOST_GAP) this.#starved++;
  }
}

const DAY_MS = 86_400_000;
