/**
 * A device on the bench: the real stack on real links, the project's own endpoint or bridge role, applications, and the
 * behaviours that make it differ from a good one. It can be reset and switched off like the real thing.
 */

import type { Clock, Timer } from '../../../stack/clock.js';
import type { ControlContext, ControlResponder, MessageTypeRegistry, VendorSet } from '../../../stack/control/index.js';
import type { Link, PhysicalAddress } from '../../../stack/link.js';
import type { Mctp } from '../../../stack/mctp.js';
import { FLAG_SOM } from '../../../stack/packet.js';
import { BridgeRole, EndpointRole, type OwnBusOwner } from '../../../stack/roles/index.js';
import type { Transport } from '../../../stack/transport.js';
import { BehavingLink } from './behaving-link.js';
import { BehavingMctp } from './behaving-mctp.js';
import { type BehavingDevice, type Behaviour, Behaviours } from './behaviour.js';
import { armBusFaults } from './bus-faults.js';
import { type DevicePort, deviceLink } from './device-port.js';

/** What an application of a device is given at every boot. Sockets and types need not be given back: they go with it. */
export interface AppContext {
  /** The device's. */
  readonly name: string;
  readonly uuid: string | undefined;
  readonly clock: Clock;
  /** The device's stack at message level: mostly its own `Mctp`, or the kernel's. */
  readonly mctp: Transport;
  /** The same, where it is a stack of the device's own: its links and addresses. */
  readonly own?: Mctp;
  /** What Get Message Type Support and Get Vendor Defined Message Support say. */
  readonly types: MessageTypeRegistry;
  /** Undefined where somebody else answers control messages. */
  readonly responder?: ControlResponder;
  /** Who gave us our EID: where events go. */
  busOwner(): OwnBusOwner | undefined;
  /** Restart the device; ms that it is away, default what it takes to boot. */
  reset(bootMs?: number): void;
  /** Something that an application could not do, a sentence. */
  problem?(what: string): void;
}

/** Anything above MCTP that a device does; started at every boot. Returns how to stop it, if there is more than sockets. */
export type DeviceApp = (context: AppContext) => (() => void) | undefined;

export interface DeviceOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly port: DevicePort;
  /** Its places besides: an endpoint on each, with an EID of its own. */
  readonly ways?: readonly DevicePort[];
  /** As text; undefined: it has none. */
  readonly uuid?: string;
  /** The EID it comes up with; default none. */
  readonly eid?: number;
  /** Message types it says it speaks besides those of its applications, with their versions: `f1f0ff00` is 1.0. */
  readonly types?: readonly { readonly type: number; readonly versions?: readonly string[] }[];
  readonly vendorSets?: readonly VendorSet[];
  readonly behaviours?: readonly Behaviour[];
  readonly apps?: readonly DeviceApp[];
  /** Told what its applications could not do. */
  readonly onProblem?: (what: string) => void;
  /** From a reset until it is there again; ms, default 50. */
  readonly bootMs?: number;
  /** A bridge: its ports downwards, and how many EIDs it wants for what is there. */
  readonly bridge?: { readonly below: readonly DevicePort[]; readonly poolSize: number };
}

/** From one power-up to the next power-down. */
interface Run {
  readonly mctp: BehavingMctp;
  readonly role: EndpointRole;
  readonly bridge: BridgeRole | undefined;
  readonly stops: (() => void)[];
}

const DEFAULT_BOOT_MS = 50;

export class Device {
  readonly name: string;
  readonly uuid: string | undefined;
  /** Live. */
  readonly counters = { boots: 0, resets: 0, packetsIn: 0, packetsOut: 0, packetsLost: 0 };
  readonly #options: DeviceOptions;
  readonly #clock: Clock;
  readonly #behaviours: Behaviours;
  readonly #ports: readonly DevicePort[];
  readonly #handle: BehavingDevice;
  /** The link upwards, without the behaviours in front of it; of this boot. */
  #upstream: Link | undefined;
  /** Writes to our address are refused by the bus, and not by us. */
  #busRefuses = false;
  #busFaultsArmed = false;
  #run: Run | undefined;
  /** On, and not about to be reset. */
  #alive = false;
  #timer: Timer | undefined;
  #stopping: Promise<void> = Promise.resolve();

  constructor(options: DeviceOptions) {
    this.name = options.name;
    this.uuid = options.uuid;
    this.#options = options;
    this.#clock = options.clock;
    this.#behaviours = new Behaviours(options.behaviours ?? []);
    this.#ports = [options.port, ...(options.ways ?? []), ...(options.bridge?.below ?? [])];
    this.#handle = {
      clock: options.clock,
      reset: () => this.reset(),
      notify: () => this.#notify(),
      send: (packet, to) => this.#send(packet, to),
    };
    for (const place of this.#ports) {
      if (place.kind === 'smbus') place.port.acknowledge = (phase) => this.#behaviours.acknowledge(phase);
    }
  }

  /** Switched on and booted. */
  get running(): boolean {
    return this.#alive && this.#run !== undefined;
  }

  /** Its present EID; 0 while it has none. */
  get eid(): number {
    return this.#run?.mctp.addresses()[0]?.eid ?? 0;
  }

  /** Its stack, of this boot; undefined while it is off. */
  get mctp(): Mctp | undefined {
    return this.#run?.mctp;
  }

  get role(): EndpointRole | undefined {
    return this.#run?.role;
  }

  /** The role of a bridge. */
  get bridge(): BridgeRole | undefined {
    return this.#run?.bridge;
  }

  get port(): DevicePort {
    return this.#options.port;
  }

  /** Switch on; at once, without the time of a boot. */
  async powerOn(): Promise<void> {
    if (this.#alive) return;
    this.#alive = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#stopping;
    if (this.#alive && this.#run === undefined) await this.#boot();
  }

  /** Switch off, or pull out: gone in the middle of whatever it did. */
  powerOff(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#alive = false;
    const run = this.#run;
    this.#run = undefined;
    for (const place of this.#ports) if (place.kind !== 'link') place.port.unplug();
    if (run !== undefined) this.#stopping = stop(run);
    return this.#stopping;
  }

  /** Restart: what is under way breaks off, the EID is forgotten, and it is away for `bootMs`. */
  reset(bootMs: number = this.#options.bootMs ?? DEFAULT_BOOT_MS): void {
    if (!this.#alive) return;
    this.counters.resets++;
    this.#alive = false;
    // Not from inside the call that brought it down: that is the device's own stack.
    this.#timer = this.#clock.schedule(0, () => {
      void this.powerOff();
      this.#timer = this.#clock.schedule(bootMs, () => void this.powerOn());
    });
  }

  #send(packet: Uint8Array, to: PhysicalAddress): void {
    const mctp = this.#run?.mctp;
    const link = mctp?.links()[0]?.name;
    // What becomes of it is between the device and the wire.
    if (mctp !== undefined && link !== undefined) mctp.sendPacket(link, packet, to).catch(() => {});
  }

  #notify(): boolean {
    const role = this.#run?.role;
    const owner = role?.busOwner();
    if (role === undefined || owner === undefined) return false;
    // What becomes of it is between the bus owner and the wire.
    role.notifyBusOwner(owner.link).catch(() => {});
    return true;
  }

  async #boot(): Promise<void> {
    const { name, uuid, eid, types, vendorSets, apps, bridge: bridging } = this.#options;
    const clock = this.#clock;
    const links = await Promise.all(this.#ports.map((place) => this.#link(place, bridging !== undefined)));
    // Switched off in between, or another caller was faster. A link that is in no stack needs no closing.
    if (!this.#alive || this.#run !== undefined) return;
    this.counters.boots++;
    const mctp = new BehavingMctp({ clock }, this.#behaviours, this.#handle);
    for (const place of this.#ports) if (place.kind !== 'link') place.port.replug();
    for (const link of links) mctp.addLink(link);
    const upstream = links[0]!.name;
    if (eid !== undefined) mctp.addAddress(eid, upstream);
    const identity = { mctp, clock, ...(uuid !== undefined && { uuid }) };
    const bridge =
      bridging === undefined ? undefined : new BridgeRole({ ...identity, upstream, poolSize: bridging.poolSize });
    // The requester may be on another bus: an update agent, a receiver of events. Its bus owner, a bridge, has the way there.
    const role = bridge?.endpoint ?? new EndpointRole({ ...identity, routesUpstream: true });
    this.#chooseEids(role, mctp);
    for (const { type, versions } of types ?? []) role.types.add(type, versions === undefined ? {} : { versions });
    for (const set of vendorSets ?? []) role.types.addVendorSet(set);
    const run: Run = { mctp, role, bridge, stops: [] };
    this.#run = run;
    const context = {
      name,
      uuid,
      clock,
      mctp,
      own: mctp,
      types: role.types,
      responder: role.responder,
      busOwner: () => role.busOwner(),
      reset: (bootMs?: number) => this.reset(bootMs),
      problem: (what: string) => this.#options.onProblem?.(what),
    };
    for (const app of apps ?? []) {
      const stopApp = app(context);
      if (stopApp !== undefined) run.stops.push(stopApp);
    }
    try {
      await mctp.open();
      await this.#armBusFaults();
    } catch (error) {
      // Switched off while it opened: that is not a failure.
      if (this.#run === run) throw error;
    }
  }

  /** Behaviours that lose or change packets, and the counting of those that pass. */
  async #link(place: DevicePort, bridging: boolean): Promise<BehavingLink> {
    const behaviours = this.#behaviours;
    const { counters } = this;
    // Where a bus has its acknowledge others have nothing: what is not taken is lost, a message at a time.
    const heard = (packet: Uint8Array): boolean =>
      place.kind === 'smbus' || this.#busRefuses || (packet[3]! & FLAG_SOM) === 0 || behaviours.acknowledge('address');
    const inner = await deviceLink(place, this.#clock, behaviours, bridging);
    if (place === this.#options.port) this.#upstream = inner;
    return new BehavingLink(inner, {
      in: (packet, from) => {
        const passing = this.#alive && heard(packet) ? behaviours.packetIn(packet, this.#handle, from) : [];
        // It may have been brought down by the packet.
        const came = this.#alive ? passing : [];
        counters[came.length > 0 ? 'packetsIn' : 'packetsLost']++;
        return came;
      },
      out: (packet) => {
        const passing = this.#alive ? behaviours.packetOut(packet, this.#handle) : undefined;
        const goes = this.#alive ? passing : undefined;
        counters[goes !== undefined ? 'packetsOut' : 'packetsLost']++;
        return goes;
      },
    });
  }

  /** Once: faults are counted in writes, and a restart does not forget them. */
  async #armBusFaults(): Promise<void> {
    if (this.#busFaultsArmed || this.#upstream === undefined) return;
    this.#busFaultsArmed = true;
    const onWire = this.#options.port.kind === 'smbus';
    this.#busRefuses = await armBusFaults(this.#upstream, this.#behaviours.list, onWire);
  }

  /** Put the behaviours between Set Endpoint ID and the role that would do as it is told. */
  #chooseEids(role: EndpointRole, mctp: Mctp): void {
    if (!this.#behaviours.list.some((behaviour) => behaviour.assignEid !== undefined)) return;
    const obey = role.assignEid.bind(role);
    role.assignEid = (asked: number, force: boolean, context: ControlContext) => {
      const present = mctp.addresses()[0]?.eid ?? 0;
      const { uses, says } = this.#behaviours.assignEid(asked, present);
      if (uses === present) return { accepted: true, eid: says, ...role.allocation() };
      const assigned = obey(uses, force, context);
      return assigned.accepted ? { ...assigned, eid: says } : assigned;
    };
  }
}

async function stop({ mctp, role, bridge, stops }: Run): Promise<void> {
  for (const stopApp of stops) stopApp();
  if (bridge === undefined) role.close();
  else bridge.close();
  await mctp.close();
}
