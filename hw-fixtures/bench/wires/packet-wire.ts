/**
 * A wire that carries whole MCTP packets between `Link`s: a bus with addresses, or a cable between two ends. Time, when
 * it takes any, comes from the clock; faults come from a script or from a seed. Nothing here is random by itself.
 */

import { Refusals } from '../../../bindings/refusals.js';
import type { Clock, Timer } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { BINDING } from '../../../stack/ids.js';
import {
  type Link,
  type LinkHost,
  type PhysicalAddress,
  TRANSMIT,
  type TransmissionUnitLimits,
  type TransmitResult,
} from '../../../stack/link.js';
import { HEADER_SIZE } from '../../../stack/packet.js';
import { copyOf } from '../../../stack/util/slab.js';
import { hexDigits } from '../../../stack/util/text.js';

/** A packet as faults see it. */
export interface WirePacket {
  readonly from: PhysicalAddress;
  readonly to: PhysicalAddress;
  /** The packet, header included; a copy of the fault's own. */
  readonly bytes: Uint8Array;
}

/**
 * What the wire does to a packet. `nack`: nobody acknowledges, the sender gets ENACK. `hold`: kept until
 * `releaseHeld`. `reorder`: arrives right after the next packet that arrives at all. `corrupt`: the byte is xored.
 */
export type WireAction =
  | 'deliver'
  | 'drop'
  | 'duplicate'
  | 'reorder'
  | 'hold'
  | 'nack'
  | { readonly corrupt: number; readonly xor?: number }
  | { readonly delayMs: number };

/** Asked once per packet, in the order of transmission; `index` counts them from 0. */
export type WireFaults = (packet: WirePacket, index: number) => WireAction;

export interface PacketWireOptions {
  readonly clock: Clock;
  /** Bytes of a physical address; 0, the default, makes a cable between two ends, anything else a shared bus. */
  readonly addressSize?: number;
  /** Bits per second. Default: packets take no time, and arrive at `flush`. */
  readonly bitRate?: number;
  /** Bits on the wire per byte: 10 for a UART, 9 for I2C. Default 8. */
  readonly bitsPerByte?: number;
  /** Bytes of framing around each packet. Default 0. */
  readonly overheadBytes?: number;
  /** From the end of a packet to its arrival. */
  readonly latencyMs?: number;
  /** Both directions of a cable at once; default for a cable. A bus carries one packet at a time. */
  readonly fullDuplex?: boolean;
  /** On a bus: everybody but the sender gets what is sent to this address. */
  readonly broadcastAddress?: PhysicalAddress;
  readonly faults?: WireFaults;
}

export interface WirePortOptions {
  readonly name: string;
  /** On a bus: our address, lower-case hex of `addressSize` bytes. */
  readonly address?: PhysicalAddress;
  readonly transmissionUnit?: Partial<TransmissionUnitLimits>;
  /** Packets taken before one is done; default 1. */
  readonly window?: number;
  /** Default: SMBus on a bus, serial on a cable. */
  readonly binding?: number;
  readonly medium?: number;
}

/** A direction, or a whole bus, that carries one packet after the other. */
interface Lane {
  freeAt: number;
}

/** On a cable addresses do not say which port sent a packet. */
interface SentPacket extends WirePacket {
  readonly sender: WirePort;
}

/** A packet that takes no time, until it arrives. */
interface Timeless extends Timer {
  readonly packet: SentPacket;
  readonly slot: number;
  readonly action: WireAction;
  cancelled: boolean;
}

const HELD_LIMIT = 1024;
const NONE: readonly never[] = [];

export class PacketWire {
  readonly clock: Clock;
  readonly addressSize: number;
  /** May be changed at any time. */
  faults: WireFaults | undefined;
  /** Packets given to the wire so far. */
  packets = 0;
  readonly #ports: WirePort[] = [];
  readonly #byAddress = new Map<PhysicalAddress, WirePort>();
  readonly #bus: Lane = { freeAt: 0 };
  /** Those that take no time. */
  readonly #timeless: Timeless[] = [];
  #flushing = false;
  readonly #held: SentPacket[] = [];
  readonly #reordered: SentPacket[] = [];

  constructor(readonly options: PacketWireOptions) {
    this.clock = options.clock;
    this.addressSize = options.addressSize ?? 0;
    this.faults = options.faults;
  }

  /** Packets take no time: they arrive at `flush`, in the order they were sent. */
  get synchronous(): boolean {
    return this.options.bitRate === undefined && (this.options.latencyMs ?? 0) === 0;
  }

  /** Packets kept back by `hold` and `reorder`. */
  get held(): number {
    return this.#held.length + this.#reordered.length;
  }

  /** A new end of the wire. */
  port(options: WirePortOptions): WirePort {
    const address = options.address ?? '';
    if (address.length !== 2 * this.addressSize || !/^[0-9a-f]*$/.test(address)) {
      throw new MctpError('EINVAL', `"${address}" is not an address of ${this.addressSize} bytes`);
    }
    if (this.addressSize === 0 ? this.#ports.length === 2 : this.#ports.some((p) => p.ownAddress === address)) {
      throw new MctpError('EADDRINUSE', `there is no room on the wire for "${address}"`);
    }
    const port = new WirePort(this, options, address);
    this.#ports.push(port);
    this.#byAddress.set(address, port);
    return port;
  }

  /** Let what was kept back arrive now, oldest first. */
  releaseHeld(): void {
    for (const packet of [...this.#held.splice(0), ...this.#reordered.splice(0)]) {
      for (const port of this.#receivers(packet)) port.take(packet);
    }
  }

  /** Forget what was kept back. */
  dropHeld(): void {
    this.#held.length = 0;
    this.#reordered.length = 0;
  }

  /** Called by ports. */
  send(packet: SentPacket, slot: number): TransmitResult {
    const { from, to, bytes, sender } = packet;
    const { faults } = this;
    const action = faults === undefined ? 'deliver' : faults({ from, to, bytes: bytes.slice() }, this.packets);
    this.packets++;
    if (this.synchronous) {
      const timeless: Timeless = {
        packet,
        slot,
        action,
        cancelled: false,
        cancel: () => void (timeless.cancelled = true),
      };
      sender.pending[slot] = timeless;
      this.#timeless.push(timeless);
      return TRANSMIT.pending;
    }
    const { bitRate, bitsPerByte = 8, overheadBytes = 0 } = this.options;
    const bits = (bytes.length + overheadBytes) * bitsPerByte;
    const lane = (this.options.fullDuplex ?? this.addressSize === 0) ? sender.lane : this.#bus;
    const now = this.clock.now();
    lane.freeAt = Math.max(now, lane.freeAt) + (bitRate === undefined ? 0 : (bits * 1000) / bitRate);
    const timer = this.clock.schedule(lane.freeAt - now, () => {
      sender.pending[slot] = undefined;
      if (this.#arrived(packet, slot, action)) sender.host?.transmitted(slot);
    });
    sender.pending[slot] = timer;
    return TRANSMIT.pending;
  }

  /** Called by ports: packets that take no time arrive, and what they cause after them. */
  flush(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    for (let next = this.#timeless.shift(); next !== undefined; next = this.#timeless.shift()) {
      if (next.cancelled) continue;
      const { packet, slot, action } = next;
      const taken = this.#arrived(packet, slot, action);
      if (next.cancelled) continue;
      packet.sender.pending[slot] = undefined;
      if (taken) packet.sender.host?.transmitted(slot);
    }
    this.#flushing = false;
  }

  /** The last bit has left. False when nobody took the packet: the sender has been told. */
  #arrived(packet: SentPacket, slot: number, action: WireAction): boolean {
    const { sender, to } = packet;
    const { broadcastAddress } = this.options;
    const receivers = this.#receivers(packet);
    const unheard = this.addressSize > 0 && to !== broadcastAddress && receivers.length === 0;
    if (action === 'nack' || unheard) {
      sender.counters.txNacked++;
      sender.host?.transmitted(slot, new MctpError('ENACK', `no port acknowledged on ${sender.name}, address "${to}"`));
      return false;
    }
    switch (action) {
      case 'drop':
        sender.counters.txLost++;
        break;
      case 'hold':
        keep(this.#held, packet);
        break;
      case 'reorder':
        keep(this.#reordered, packet);
        break;
      case 'duplicate':
        this.#travel(packet, receivers);
        this.#travel(packet, receivers);
        break;
      case 'deliver':
        this.#travel(packet, receivers);
        break;
      default:
        if ('delayMs' in action) this.#travel(packet, receivers, action.delayMs);
        else this.#travel({ ...packet, bytes: corrupted(packet.bytes, action.corrupt, action.xor) }, receivers);
    }
    return true;
  }

  #travel(packet: SentPacket, receivers: readonly WirePort[], extraMs = 0): void {
    const delay = (this.options.latencyMs ?? 0) + extraMs;
    for (const port of receivers) {
      if (delay === 0) this.#deliver(port, packet);
      else port.later(delay, () => this.#deliver(port, packet));
    }
  }

  #deliver(port: WirePort, packet: SentPacket): void {
    const overtaken = this.#reordered.length === 0 ? NONE : this.#reordered.splice(0);
    port.take(packet);
    for (const late of overtaken) for (const receiver of this.#receivers(late)) receiver.take(late);
  }

  #receivers({ sender, to }: SentPacket): readonly WirePort[] {
    const everybody = this.addressSize === 0 || to === this.options.broadcastAddress;
    if (everybody) return this.#ports.filter((port) => port.up && port !== sender);
    const port = this.#byAddress.get(to);
    return port === undefined || !port.up || port === sender ? NONE : [port];
  }
}

export interface WirePortCounters extends Record<string, number> {
  /** Given to the wire, and what of that it lost, or nobody acknowledged. */
  txPackets: number;
  txBytes: number;
  txLost: number;
  txNacked: number;
  txRefused: number;
  rxPackets: number;
  rxBytes: number;
}

/** One end of a wire: a `Link` that can also be unplugged and be made to stall. */
export class WirePort implements Link {
  readonly name: string;
  readonly binding: number;
  readonly medium: number;
  readonly transmissionUnit: TransmissionUnitLimits;
  readonly addressSize: number;
  readonly window: number;
  readonly counters: WirePortCounters = {
    txPackets: 0,
    txBytes: 0,
    txLost: 0,
    txNacked: 0,
    txRefused: 0,
    rxPackets: 0,
    rxBytes: 0,
  };
  readonly lane: Lane = { freeAt: 0 };
  /** Packets on their way out, by slot. */
  readonly pending: (Timer | undefined)[] = [];
  readonly #arriving = new Set<Timer>();
  readonly #refusals: Refusals;
  #attached: LinkHost | undefined;
  /** While it is open. */
  host: LinkHost | undefined;
  up = false;
  #stalled = false;
  #refused = false;

  constructor(
    readonly wire: PacketWire,
    options: WirePortOptions,
    readonly ownAddress: PhysicalAddress,
  ) {
    const bus = wire.addressSize > 0;
    this.name = options.name;
    this.binding = options.binding ?? (bus ? BINDING.smbus : BINDING.serial);
    this.medium = options.medium ?? (bus ? 0x04 : 0x24);
    this.transmissionUnit = { default: 64, max: 250, ...options.transmissionUnit };
    this.addressSize = wire.addressSize;
    this.window = options.window ?? 1;
    this.#refusals = new Refusals(wire.clock);
  }

  attach(host: LinkHost): void {
    this.#attached = host;
    this.#refusals.attach(host);
  }

  async open(): Promise<void> {
    if (this.#attached === undefined) throw new MctpError('EINVAL', `${this.name} is opened before it is attached`);
    if (this.host !== undefined && this.up) return;
    this.host = this.#attached;
    this.plug();
  }

  async close(): Promise<void> {
    this.up = false;
    this.#refused = false;
    this.#giveBack(new MctpError('ECANCELED', `${this.name} was closed`));
    this.host = undefined;
  }

  transmit(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult {
    if (this.#stalled) {
      this.#refused = true;
      return TRANSMIT.busy;
    }
    const length = end - start;
    if (!this.up || length <= HEADER_SIZE || length > HEADER_SIZE + this.transmissionUnit.max) {
      this.counters.txRefused++;
      return this.#refusals.add(slot, this.#refusal(length));
    }
    this.counters.txPackets++;
    this.counters.txBytes += length;
    return this.wire.send({ sender: this, from: this.ownAddress, to, bytes: copyOf(buffer, start, end) }, slot);
  }

  flush(): void {
    this.wire.flush();
  }

  *probeAddresses(): Iterable<PhysicalAddress> {
    if (this.addressSize === 0) yield '';
    else if (this.addressSize === 1) for (let i = 0x08; i < 0x78; i++) yield hexDigits(i);
  }

  addressToWire(address: PhysicalAddress): Uint8Array {
    const bytes = Uint8Array.from(address.match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
    return this.binding === BINDING.smbus ? bytes.map((byte) => byte << 1) : bytes;
  }

  addressFromWire(bytes: Uint8Array): PhysicalAddress | undefined {
    if (bytes.length !== this.addressSize) return undefined;
    const plain = this.binding === BINDING.smbus ? bytes.map((byte) => byte >> 1) : bytes;
    return Array.from(plain, (byte) => hexDigits(byte)).join('');
  }

  // What a hand at the bench can do

  /** The cable is pulled: what was on its way out fails, what was on its way in is lost. */
  unplug(reason: MctpError = new MctpError('ENODEV', `${this.name} was unplugged`)): void {
    this.up = false;
    this.#giveBack(reason);
    this.host?.state(false, reason);
  }

  plug(): void {
    this.up = true;
    this.host?.state(true);
  }

  /** Answer every transmit with "busy" until `resume`. */
  stall(): void {
    this.#stalled = true;
  }

  resume(): void {
    this.#stalled = false;
    if (!this.#refused) return;
    this.#refused = false;
    this.host?.ready();
  }

  // Called by the wire

  take(packet: WirePacket): void {
    this.counters.rxPackets++;
    this.counters.rxBytes += packet.bytes.length;
    // In the middle of a larger buffer, which is overwritten afterwards: nobody may count on 0, nor keep the range.
    const { length } = packet.bytes;
    const buffer = new Uint8Array(length + 5).fill(0xa5);
    buffer.set(packet.bytes, 3);
    this.host?.receive(buffer, 3, 3 + length, packet.from);
    buffer.fill(0x5a);
  }

  later(delayMs: number, arrive: () => void): void {
    const timer = this.wire.clock.schedule(delayMs, () => {
      this.#arriving.delete(timer);
      arrive();
    });
    this.#arriving.add(timer);
  }

  #giveBack(reason: MctpError): void {
    for (const timer of this.#arriving) timer.cancel();
    this.#arriving.clear();
    for (const [slot, timer] of [...this.pending.entries()]) {
      if (timer === undefined) continue;
      timer.cancel();
      this.pending[slot] = undefined;
      this.host?.transmitted(slot, reason);
    }
    this.#refusals.close();
  }

  #refusal(length: number): MctpError {
    if (!this.up) return new MctpError('ENETDOWN', `${this.name} is not open`);
    return new MctpError('EMSGSIZE', `${length} bytes are not a packet that ${this.name} can send`);
  }
}

function corrupted(bytes: Uint8Array, at: number, xor = 0xff): Uint8Array {
  const copy = bytes.slice();
  if (at < copy.length) copy[at] = copy[at]! ^ xor;
  return copy;
}

function keep(packets: SentPacket[], packet: SentPacket): void {
  if (packets.length === HELD_LIMIT) packets.shift();
  packets.push(packet);
}
