/** Small worlds of real stacks on packet wires: a bus owner, buses with endpoints, bridges with buses below them. */

import { PacketWire, type PacketWireOptions, type WirePort } from '../../hw-fixtures/bench/wires/packet-wire.js';
import { type Behaviour, Device as BenchDevice } from '../../hw-fixtures/index.js';
import { BusOwner, type BusOwnerOptions, type EndpointEvent } from '../../stack/bus-owner/index.js';
import { Mctp, type VirtualClock } from '../../stack/index.js';
import { BridgeRole, EndpointRole } from '../../stack/roles/index.js';

/** SMBus at 100 kHz, near enough: 9 bits per byte, 5 bytes of framing. */
export const SMBUS_100K: Omit<PacketWireOptions, 'clock'> = {
  addressSize: 1,
  bitRate: 100_000,
  bitsPerByte: 9,
  overheadBytes: 5,
};

export interface Device {
  readonly mctp: Mctp;
  readonly port: WirePort;
  readonly role: EndpointRole;
  readonly close: () => Promise<void>;
}

export interface BridgeDevice extends Omit<Device, 'role'> {
  readonly bridge: BridgeRole;
  readonly below: PacketWire;
}

/** A UUID that says which device it is: 00000000-...-00000000001d for 0x1d. */
export function uuidOf(n: number): string {
  return `6d637470-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
}

export async function addEndpoint(
  clock: VirtualClock,
  wire: PacketWire,
  address: string,
  options: { uuid?: string; types?: readonly number[]; staticEid?: number } = {},
): Promise<Device> {
  const mctp = new Mctp({ clock });
  const port = wire.port({ name: `dev-${address}`, address });
  mctp.addLink(port);
  await mctp.open();
  const { uuid, staticEid } = options;
  const role = new EndpointRole({
    mctp,
    clock,
    ...(uuid === undefined ? {} : { uuid }),
    ...(staticEid === undefined ? {} : { staticEids: { [port.name]: staticEid } }),
  });
  for (const type of options.types ?? []) role.types.add(type, { versions: ['f1f0ff00'] });
  return { mctp, port, role, close: () => mctp.close() };
}

export interface BehavingOptions {
  readonly uuid?: string;
  /** It comes up with. */
  readonly eid?: number;
  readonly types?: readonly number[];
  readonly behaviours?: readonly Behaviour[];
  readonly bootMs?: number;
}

/** A device of the bench at an address of the wire: it may misbehave, be reset, and be switched off. */
export async function addDevice(
  clock: VirtualClock,
  wire: PacketWire,
  address: string,
  options: BehavingOptions = {},
): Promise<BenchDevice> {
  const { uuid, eid, types = [], behaviours, bootMs } = options;
  const port = wire.port({ name: `dev-${address}`, ...(wire.addressSize === 0 ? {} : { address }) });
  const device = new BenchDevice({
    name: `dev-${address}`,
    clock,
    port: { kind: 'link', create: () => port },
    types: types.map((type) => ({ type, versions: ['f1f0ff00'] })),
    ...(uuid !== undefined && { uuid }),
    ...(eid !== undefined && { eid }),
    ...(behaviours !== undefined && { behaviours }),
    ...(bootMs !== undefined && { bootMs }),
  });
  await device.powerOn();
  return device;
}

export async function addBridge(
  clock: VirtualClock,
  wire: PacketWire,
  address: string,
  options: { uuid?: string; poolSize: number; below?: Omit<PacketWireOptions, 'clock'> },
): Promise<BridgeDevice> {
  const mctp = new Mctp({ clock });
  const port = wire.port({ name: `up-${address}`, address });
  const below = new PacketWire({ clock, ...(options.below ?? SMBUS_100K) });
  mctp.addLink(port);
  const down = below.port({ name: `down-${address}`, address: '10' });
  mctp.addLink(down);
  await mctp.open();
  const bridge = new BridgeRole({
    mctp,
    clock,
    upstream: port.name,
    poolSize: options.poolSize,
    ...(options.uuid === undefined ? {} : { uuid: options.uuid }),
  });
  const close = async (): Promise<void> => {
    bridge.close();
    await mctp.close();
  };
  return { mctp, port, bridge, below, close };
}

export interface OwnerWorld {
  readonly mctp: Mctp;
  readonly owner: BusOwner;
  readonly events: EndpointEvent[];
  readonly close: () => Promise<void>;
}

/** A bus owner on one port of each wire; with EID 8, at address 10 where there are any, unless said otherwise. */
export async function addOwner(
  clock: VirtualClock,
  wires: readonly { wire: PacketWire; name: string }[],
  options: Partial<BusOwnerOptions> = {},
  { eid, address }: { readonly eid: number; readonly address: string } = { eid: 8, address: '10' },
): Promise<OwnerWorld> {
  const mctp = new Mctp({ clock });
  for (const { wire, name } of wires) {
    const port = wire.port(wire.addressSize === 0 ? { name } : { name, address, window: 8 });
    mctp.addLink(port);
    mctp.addAddress(eid, name);
  }
  await mctp.open();
  const owner = new BusOwner({ host: mctp, clock, ...options });
  const events: EndpointEvent[] = [];
  owner.onEvent((event) => events.push(event));
  const close = async (): Promise<void> => {
    owner.close();
    await mctp.close();
  };
  return { mctp, owner, events, close };
}
