/** Many termini on many buses, looked after and recorded in virtual time, with faults: what a watch has to stand for months. */

import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { seededRandom } from '../../../hw-fixtures/bench/wires/random.js';
import { PldmResponder, PldmTerminus, type TerminusDescription, TerminusManager } from '../../../pldm/index.js';
import { PDR_TYPE } from '../../../pldm/platform/index.js';
import { VirtualClock } from '../../../stack/clock.js';
import { Mctp } from '../../../stack/mctp.js';
import { BusShare, type WatchEvent, type WatchedEndpoint } from '../../../stack/watch/index.js';
import { History } from '../../../tools/history/history.js';
import type { OpenDatabase } from '../../../tools/history/open-database.js';

export interface WatchSceneOptions {
  readonly buses: number;
  readonly termini: number;
  readonly sensors: number;
  /** Of sensors, by turns; s. */
  readonly intervals: readonly number[];
  /** So many times slower than usual are checks and heartbeats. */
  readonly factor: number;
  /** Between two faults somewhere; ms. */
  readonly faultEveryMs: number;
  readonly mostBytes: number;
  readonly open: OpenDatabase;
  readonly path: string;
}

interface Device {
  readonly eid: number;
  readonly bus: number;
  readonly stack: Mctp;
  readonly endpoint: WatchedEndpoint;
  terminus: PldmTerminus | undefined;
  /** Not counted before: something was done to it. */
  disturbedUntil: number;
}

export interface SceneResult {
  readonly readings: number;
  /** Of undisturbed sensors: gap between two readings, as a multiple of the interval. */
  readonly worstGap: number;
  /** How many were above 1.5. */
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
const SILENCE_MS = 5 * 60_000;
/** How long after a fault its effects are not held against the watch. */
const SETTLED_MS = 10 * 60_000;
const START = Date.UTC(2026, 0, 1);
const FAULTS = ['silent', 'restart', 'records', 'away'] as const;

export class WatchScene {
  readonly clock = new VirtualClock();
  readonly #random = seededRandom(1);
  readonly #options: WatchSceneOptions;
  readonly #host: Mctp;
  readonly #devices: Device[] = [];
  readonly #manager: TerminusManager;
  readonly #history: History;
  readonly #shares = new Map<string, BusShare>();
  readonly #lastRead = new Map<string, number>();
  readonly #faults: Record<string, number> = {};
  readonly #problems: string[] = [];
  #readings = 0;
  #worstGap = 0;
  #starved = 0;

  private constructor(options: WatchSceneOptions) {
    this.#options = options;
    const { clock } = this;
    this.#host = new Mctp({ clock });
    const time = (): number => START + clock.now();
    this.#history = new History({
      ...{ path: options.path, open: options.open, clock, time, waitsForDisk: false },
      retention: { readingsMs: 7 * DAY_MS, minutesMs: 90 * DAY_MS, allMs: 1825 * DAY_MS, mostBytes: options.mostBytes },
      // Nobody kills this process: the journal of the second is not what is looked at.
      ...{ flushMs: 60_000, commitMs: 60_000 },
      onProblem: (what) => this.#problems.push(what),
    });
    const wires = Array.from({ length: options.buses }, (_, bus) => {
      // SMBus at 100 kHz.
      const wire = new PacketWire({ clock, addressSize: 1, bitRate: 100_000, bitsPerByte: 9, overheadBytes: 4 });
      this.#host.addLink(wire.port({ name: `bus${bus}`, address: '10' }), { network: bus + 1 });
      return wire;
    });
    for (let index = 0; index < options.termini; index++) this.#addDevice(wires, index);
    const responder = new PldmResponder({ transport: this.#host, clock }).start();
    this.#manager = new TerminusManager({
      ...{ transport: this.#host, clock, time, responder, ownEid: () => OWN_EID },
      ...{ checkMs: 60_000 * options.factor, heartbeatSeconds: 30 * options.factor },
      shareOf: ({ network = 1 }) => this.#shares.get(`bus${network - 1}`),
    });
    this.#manager.subscribe((event) => this.#heard(event));
  }

  static async open(options: WatchSceneOptions): Promise<WatchScene> {
    const scene = new WatchScene(options);
    await scene.#host.open();
    for (let bus = 0; bus < options.buses; bus++) scene.#host.addAddress(OWN_EID, `bus${bus}`);
    for (const device of scene.#devices) {
      const { stack, bus, eid } = device;
      await stack.open();
      stack.addAddress(eid, 'bus');
      stack.addRoute({ start: OWN_EID, end: OWN_EID, link: 'bus' });
      stack.addNeighbour(OWN_EID, 'bus', '10');
      scene.#host.addRoute({ start: eid, end: eid, link: `bus${bus}` });
      scene.#host.addNeighbour(eid, `bus${bus}`, device.endpoint.physicalAddress!);
      scene.#power(device);
      scene.#manager.put(device.endpoint);
    }
    scene.#fault();
    return scene;
  }

  /** Let so much time pass. */
  async run(ms: number): Promise<void> {
    const { clock } = this;
    const until = clock.now() + ms;
    let steps = 0;
    for (let at = clock.nextAt; at !== undefined && at <= until; at = clock.nextAt) {
      clock.step();
      // All that follows from it, which is promises; and the rest of the process has its turn from time to time.
      await (++steps % 4096 === 0 ? new Promise((resolve) => setImmediate(resolve)) : settled());
    }
  }

  result(): SceneResult {
    const time = this.clock.now();
    return {
      ...{ readings: this.#readings, worstGap: this.#worstGap, starved: this.#starved, faults: this.#faults },
      watched: this.#manager.termini().filter(({ state }) => state === 'watched').length,
      shares: [...this.#shares.values()].map(({ use }) => use.wireMs / time),
      ...{ fileBytes: this.#history.usedBytes, lost: this.#history.lost, problems: this.#problems },
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

  #addDevice(wires: readonly PacketWire[], index: number): void {
    const bus = index % wires.length;
    const place = Math.floor(index / wires.length);
    const address = (0x11 + place).toString(16);
    const stack = new Mctp({ clock: this.clock });
    stack.addLink(wires[bus]!.port({ name: 'bus', address }));
    const eid = FIRST_EID + place;
    const uuid = `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
    const endpoint = { network: bus + 1, eid, link: `bus${bus}`, physicalAddress: address, uuid, messageTypes: [0, 1] };
    this.#devices.push({ eid, bus, stack, endpoint, terminus: undefined, disturbedUntil: SETTLED_MS });
    const name = `bus${bus}`;
    if (!this.#shares.has(name)) this.#shares.set(name, new BusShare({ clock: this.clock, percent: 25 }));
  }

  #power(device: Device): void {
    const { clock } = this;
    const description = this.#description(device);
    device.terminus = new PldmTerminus({ transport: device.stack, clock, description }).start();
  }

  #description({ eid, bus }: Device): TerminusDescription {
    const { sensors, intervals } = this.#options;
    return {
      numericSensors: Array.from({ length: sensors }, (_, index) => ({
        ...{ id: index + 1, name: `Sensor ${index + 1}`, unit: '°C', thresholds: { upperCritical: 90 } },
        updateInterval: intervals[(index + eid) % intervals.length]!,
        read: () => Math.round(40 + 30 * Math.sin((this.clock.now() / 3_600_000 + eid + bus) * (1 + index / 7))),
      })),
    };
  }

  #fault(): void {
    this.clock.schedule(this.#options.faultEveryMs * (0.5 + this.#random.next()), () => {
      const device = this.#devices[Math.floor(this.#random.next() * this.#devices.length)]!;
      const kind = FAULTS[Math.floor(this.#random.next() * FAULTS.length)]!;
      if (device.terminus !== undefined) this.#disturb(device, kind);
      this.#fault();
    });
  }

  #disturb(device: Device, kind: (typeof FAULTS)[number]): void {
    const { clock } = this;
    this.#faults[kind] = (this.#faults[kind] ?? 0) + 1;
    device.disturbedUntil = clock.now() + SILENCE_MS + SETTLED_MS;
    if (kind === 'records') {
      const last = [...device.terminus!.repository.records].findLast(
        ([, pdr]) => pdr[5] === PDR_TYPE.sensorAuxiliaryNames,
      );
      if (last !== undefined) device.terminus!.removePdr(last[0]);
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

  #heard(event: WatchEvent): void {
    this.#history.append(event);
    if (event.kind !== 'reading') return;
    this.#readings++;
    const now = this.clock.now();
    const { network, eid } = event.device;
    const { key, intervalMs } = event.sensor;
    const place = `${network}/${eid}/${key}`;
    const before = this.#lastRead.get(place);
    this.#lastRead.set(place, now);
    const device = this.#devices[(eid - FIRST_EID) * this.#options.buses + network - 1]!;
    if (before === undefined || before < device.disturbedUntil) return;
    const gap = (now - before) / intervalMs;
    this.#worstGap = Math.max(this.#worstGap, gap);
    if (gap > 1.5) this.#starved++;
  }
}

const DAY_MS = 86_400_000;

/** After every promise that is settled now or by that: Node runs them all before the next tick. */
function settled(): Promise<void> {
  return new Promise((resolve) => queueMicrotask(() => process.nextTick(resolve)));
}
