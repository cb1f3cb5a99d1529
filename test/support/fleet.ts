/** A big world from a seed: buses, bridges three deep, good devices and bad ones, and what must hold at every instant. */

import {
  dropPacket,
  lateReply,
  nackFirst,
  nilUuid,
  noOptionalCommands,
  resetAfter,
  silent,
} from '../../hw-fixtures/bench/device/behaviours.js';
import { PacketWire } from '../../hw-fixtures/bench/wires/packet-wire.js';
import { seededRandom } from '../../hw-fixtures/bench/wires/random.js';
import { type Behaviour, Device, type DevicePort } from '../../hw-fixtures/index.js';
import type { VirtualClock } from '../../stack/index.js';
import { FLAG_TO, HEADER_SIZE } from '../../stack/packet.js';
import { SMBUS_100K, uuidOf } from './topology.js';

interface Place {
  readonly wire: PacketWire;
  readonly address: string;
  /** The bridge it is behind. */
  readonly above: FleetDevice | undefined;
  /** 0 for the buses of the bus owner. */
  readonly depth: number;
}

export interface FleetDevice {
  readonly device: Device;
  readonly place: Place;
  readonly uuid: string;
  readonly kind: string;
  /** The wire below, if it is a bridge. */
  readonly below: PacketWire | undefined;
}

export interface FleetOptions {
  readonly seed: number;
  readonly buses: number;
  readonly endpoints: number;
  /** Buses with a chain of three bridges. */
  readonly chains: number;
  /** Part of the endpoints that misbehave. */
  readonly bad: number;
}

/** EIDs that stubborn devices have; not to be given out by the bus owner. */
export const STUBBORN_FIRST = 241;
const STUBBORN_LAST = 254;

export class Fleet {
  readonly wires: PacketWire[] = [];
  readonly allWires: PacketWire[] = [];
  readonly devices: FleetDevice[] = [];
  readonly random: () => number;
  /** EIDs are only given by Set Endpoint ID, so only then need anybody look; until then. */
  #suspicious = 0;
  #stubborn = STUBBORN_FIRST;

  private constructor(
    readonly clock: VirtualClock,
    readonly options: FleetOptions,
  ) {
    this.random = seededRandom(options.seed).next;
  }

  static async build(clock: VirtualClock, options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(clock, options);
    await fleet.#build();
    return fleet;
  }

  /** Switched on, and so is everything above it. */
  isThere({ device, place }: FleetDevice): boolean {
    return device.running && (place.above === undefined || this.isThere(place.above));
  }

  /** Its EID as the network sees it: 0 while a bridge above it does not route to it. */
  eidOf({ device, place }: FleetDevice): number {
    const eid = device.eid;
    for (let above = place.above; above !== undefined; above = above.place.above) {
      const pool = above.device.bridge?.pool;
      if (!above.device.running || pool === undefined || eid < pool.first || eid >= pool.first + pool.size) return 0;
    }
    return eid;
  }

  /** @throws Error naming the two devices that have one EID */
  checkUnique(): void {
    if (this.clock.now() > this.#suspicious) return;
    const holders: (FleetDevice | undefined)[] = new Array(256).fill(undefined);
    for (const fleet of this.devices) {
      const eid = this.eidOf(fleet);
      if (eid === 0) continue;
      const other = holders[eid];
      if (other !== undefined) {
        const who = [other, fleet].map((d) => `${d.kind} ${d.device.name}`).join(' and ');
        throw new Error(`EID ${eid} is used by ${who} at ${this.clock.now()} ms`);
      }
      holders[eid] = fleet;
    }
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)]!;
  }

  async close(): Promise<void> {
    for (const { device } of this.devices) await device.powerOff();
  }

  #wire(): PacketWire {
    const wire = new PacketWire({ clock: this.clock, ...SMBUS_100K });
    wire.faults = ({ bytes }) => {
      // A Set Endpoint ID, or an EID pool, on its way: EIDs may change until it has arrived.
      const command = bytes[HEADER_SIZE] === 0 && (bytes[3]! & FLAG_TO) !== 0 ? bytes[HEADER_SIZE + 2] : undefined;
      if (command === 0x01 || command === 0x08) this.#suspicious = this.clock.now() + 500;
      return 'deliver';
    };
    this.allWires.push(wire);
    return wire;
  }

  async #build(): Promise<void> {
    const { buses, endpoints, chains, bad } = this.options;
    for (let bus = 0; bus < buses; bus++) this.wires.push(this.#wire());
    const deep: { wire: PacketWire; above: FleetDevice; depth: number; room: number }[] = [];
    for (let chain = 0; chain < chains; chain++) {
      const sizes = [16, 9, 3];
      let above: FleetDevice | undefined;
      let wire = this.wires[chain]!;
      for (let depth = 0; depth < sizes.length; depth++) {
        above = await this.#add(wire, above, depth, sizes[depth]);
        wire = above.below!;
        deep.push({ wire, above, depth: depth + 1, room: [6, 5, 3][depth]! });
      }
    }
    const behind = deep.flatMap(({ room, ...at }) => Array.from({ length: room }, () => at));
    for (let n = this.devices.length, flat = 0; n < endpoints; n++) {
      const at = behind.shift();
      const misbehaves = this.random() < bad;
      if (at !== undefined) await this.#add(at.wire, at.above, at.depth, undefined, misbehaves);
      else await this.#add(this.wires[flat++ % buses]!, undefined, 0, undefined, misbehaves);
    }
  }

  async #add(
    wire: PacketWire,
    above: FleetDevice | undefined,
    depth: number,
    pool: number | undefined,
    bad = false,
  ): Promise<FleetDevice> {
    const n = this.devices.length + 1;
    const address = this.#freeAddress(wire);
    const name = `${n}@${address}`;
    const port = wire.port({ name: `up ${name}`, address, window: pool === undefined ? 1 : 2 });
    const below = pool === undefined ? undefined : this.#wire();
    const down = below?.port({ name: `down ${name}`, address: '10', window: 2 });
    const { kind, behaviours } = bad
      ? this.#badness(depth)
      : { kind: pool === undefined ? 'good' : 'bridge', behaviours: [] };
    const link = (given: typeof port): DevicePort => ({ kind: 'link', create: () => given });
    const uuid = uuidOf(n);
    const device = new Device({
      name,
      clock: this.clock,
      port: link(port),
      uuid,
      types: [{ type: 1, versions: ['f1f0ff00'] }],
      behaviours,
      ...(down !== undefined && { bridge: { below: [link(down)], poolSize: pool! } }),
    });
    await device.powerOn();
    const made: FleetDevice = { device, uuid, kind, below, place: { wire, address, above, depth } };
    this.devices.push(made);
    return made;
  }

  readonly #taken = new Map<PacketWire, Set<number>>();

  #freeAddress(wire: PacketWire): string {
    let taken = this.#taken.get(wire);
    if (taken === undefined) this.#taken.set(wire, (taken = new Set([0x10])));
    for (;;) {
      const address = 0x08 + Math.floor(this.random() * 0x70);
      if (taken.has(address)) continue;
      taken.add(address);
      return address.toString(16).padStart(2, '0');
    }
  }

  #badness(depth: number): { kind: string; behaviours: Behaviour[] } {
    const some = (low: number, high: number): number => low + Math.floor(this.random() * (high - low + 1));
    const kinds: (() => Behaviour)[] = [
      () => silent(),
      () => nackFirst(some(1, 2)),
      () => lateReply(some(20, 250)),
      () => lateReply(some(310, 500), some(1, 2)),
      () => dropPacket(some(1, 8)),
      () => dropPacket(some(4, 9), true),
      () => resetAfter(some(0, 8)),
      () => nilUuid(),
      () => noOptionalCommands(),
    ];
    // Behind a bridge nothing but the bridge's EIDs is routed.
    if (depth === 0) kinds.push(() => this.#stubbornDevice());
    const behaviour = this.pick(kinds)();
    return { kind: behaviour.name, behaviours: [behaviour] };
  }

  /** Told whichever EID, it uses its own; no two have the same. */
  #stubbornDevice(): Behaviour {
    if (this.#stubborn > STUBBORN_LAST) return nilUuid();
    const eid = this.#stubborn++;
    return { name: 'wrongEid', assignEid: () => ({ uses: eid, says: eid }) };
  }
}
