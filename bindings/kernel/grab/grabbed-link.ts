/**
 * A link of the kernel, grabbed: its driver sends and receives packets of a stack of ours. The interface may go away and
 * come back (an adapter is unplugged, a driver is bound again): so does the link.
 */

import type { Clock, Timer } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { DEFAULT_NETWORK } from '../../../stack/ids.js';
import { type Link, type LinkHost, type PhysicalAddress, TRANSMIT, type TransmitResult } from '../../../stack/link.js';
import { HEADER_SIZE } from '../../../stack/packet.js';
import { Refusals } from '../../refusals.js';
import { addressName, addressNumber, scanRange } from '../../smbus/addresses.js';
import { ERRNO, kernelError } from '../errno.js';
import { MTU_HEADER } from '../kernel-numbers.js';
import { bindingOf, KernelTables, type MctpLink } from '../kernel-tables.js';
import type { LibC } from '../libc.js';
import { holdInterface } from './interface-hold.js';
import { PacketSocket } from './packet-socket.js';

/** Before a packet which a driver had no room for is offered again. */
const AGAIN_MS = 1;
/** What every endpoint takes (DSP0236 §8.3). */
const BASELINE_UNIT = 64;
/**
 * The kernel's network for it as long as we have it. No route of the kernel's is on it: in its own network Linux 6.12 would
 * send what comes for an EID that it has a route to (ours, by `mctpkit join`) back by the interface it came from.
 */
const GRAB_NETWORK = 0x67726162;
/** mctp-i2c: destination address, 0x0f, byte count, source address (DSP0237 §6.1), as bytes of the wire. */
const I2C_HEADER = 4;
const I2C_COMMAND = 0x0f;

export interface GrabbedLinkOptions {
  readonly libc: LibC;
  readonly clock: Clock;
  /** Without prefix: `mctpi2c0`. */
  readonly interface: string;
  /** 7-bit addresses of devices; default: all that a device may have. */
  readonly probe?: readonly number[];
}

export class GrabbedLink implements Link {
  readonly name: string;
  readonly binding: number;
  /** The kernel does not say. */
  readonly medium = 0;
  readonly transmissionUnit: { readonly default: number; readonly max: number };
  readonly addressSize: number;
  readonly ownAddress: PhysicalAddress;
  readonly window = 1;
  readonly counters = {
    rxPackets: 0,
    rxBytes: 0,
    /** Of a wrong form, or too long. */
    rxBad: 0,
    /** Frames which the kernel dropped before we could read them. */
    rxLost: 0,
    txPackets: 0,
    txBytes: 0,
    txRefused: 0,
    txBusy: 0,
    downs: 0,
  };
  readonly #options: GrabbedLinkOptions;
  readonly #refusals: Refusals;
  readonly #frame: Uint8Array;
  #host: LinkHost | undefined;
  /** As long as it is open. */
  #tables: KernelTables | undefined;
  #socket: PacketSocket | undefined;
  #index = -1;
  /** The kernel's network for it, before and after. */
  #networkBefore: number = DEFAULT_NETWORK;
  #letGo: (() => void) | undefined;
  #downReason: MctpError | undefined;
  #again: Timer | undefined;

  /** @throws MctpError ENODEV; ENOTSUP for a kind of interface whose headers are not known */
  constructor(options: GrabbedLinkOptions) {
    this.#options = options;
    const tables = new KernelTables(options.libc);
    let link: MctpLink;
    try {
      link = tables.link(options.interface);
    } finally {
      tables.close();
    }
    if (link.addressSize > 1) {
      throw new MctpError('ENOTSUP', `${link.name} has addresses of ${link.addressSize} bytes: it cannot be grabbed`);
    }
    const unit = Math.max(BASELINE_UNIT, link.mtu - MTU_HEADER);
    this.name = link.title;
    this.binding = bindingOf(link);
    this.transmissionUnit = { default: BASELINE_UNIT, max: unit };
    this.addressSize = link.addressSize;
    this.ownAddress = this.addressSize === 0 ? '' : addressName(Number.parseInt(link.physicalAddress, 16));
    this.#frame = new Uint8Array(I2C_HEADER + HEADER_SIZE + unit);
    this.#refusals = new Refusals(options.clock);
  }

  attach(host: LinkHost): void {
    this.#host = host;
    this.#refusals.attach(host);
  }

  /** @throws MctpError EADDRNOTAVAIL while somebody else holds it, or the kernel has an EID on it; EACCES, ENODEV */
  async open(): Promise<void> {
    if (this.#host === undefined) throw new MctpError('EINVAL', `${this.name} is opened before it is attached`);
    if (this.#tables !== undefined) return;
    const { libc, interface: name } = this.#options;
    const letGo = holdInterface(libc, name);
    const tables = new KernelTables(libc);
    try {
      const link = tables.link(name);
      this.#checkUnused(link);
      if (link.network !== GRAB_NETWORK) this.#networkBefore = link.network;
      this.#take(tables, link, true);
    } catch (error) {
      tables.close();
      letGo();
      throw error;
    }
    this.#letGo = letGo;
    this.#tables = tables;
    tables.onLinkChange(() => this.#look(tables));
    this.#host.state(true);
  }

  transmit(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult {
    const refuse = (error: MctpError): TransmitResult => {
      this.counters.txRefused++;
      return this.#refusals.add(slot, error);
    };
    if (this.#socket === undefined)
      return refuse(this.#downReason ?? new MctpError('ENETDOWN', `${this.name} is down`));
    const address = this.addressSize === 0 ? 0 : addressNumber(to);
    if (address === undefined) return refuse(new MctpError('EINVAL', `"${to}" is not an address of ${this.name}`));
    const header = this.addressSize === 0 ? 0 : I2C_HEADER;
    const size = header + end - start;
    if (end - start <= HEADER_SIZE || end - start > HEADER_SIZE + this.transmissionUnit.max) {
      return refuse(new MctpError('EMSGSIZE', `${end - start} bytes are not a packet that ${this.name} can send`));
    }
    if (this.#again !== undefined) return this.#busy();
    const frame = this.#frame.subarray(0, size);
    if (header > 0) {
      frame[0] = address << 1;
      frame[1] = I2C_COMMAND;
      frame[2] = end - start + 1;
      frame[3] = (addressNumber(this.ownAddress)! << 1) | 1;
    }
    frame.set(buffer.subarray(start, end), header);
    const errno = this.#socket.send(frame);
    if (errno === 0) {
      this.counters.txPackets++;
      this.counters.txBytes += end - start;
      return TRANSMIT.sent;
    }
    if (errno === ERRNO.EAGAIN || errno === ERRNO.ENOBUFS) return this.#busy();
    return refuse(kernelError('send', errno, this.name));
  }

  async close(): Promise<void> {
    this.#again?.cancel();
    this.#again = undefined;
    this.#socket?.close();
    this.#socket = undefined;
    this.#letGo?.();
    this.#letGo = undefined;
    this.#refusals.close();
    const tables = this.#tables;
    this.#tables = undefined;
    if (tables === undefined) return;
    try {
      this.#giveBack(tables);
    } finally {
      tables.close();
    }
  }

  *probeAddresses(): Iterable<PhysicalAddress> {
    if (this.addressSize === 0) yield '';
    else
      for (const address of this.#options.probe ?? scanRange()) {
        if (addressName(address) !== this.ownAddress) yield addressName(address);
      }
  }

  /** @throws MctpError EINVAL */
  addressToWire(address: PhysicalAddress): Uint8Array {
    if (this.addressSize === 0) return new Uint8Array(0);
    const number = addressNumber(address);
    if (number === undefined) throw new MctpError('EINVAL', `"${address}" is not a 7-bit address`);
    return Uint8Array.of(number << 1);
  }

  addressFromWire(bytes: Uint8Array): PhysicalAddress | undefined {
    if (this.addressSize === 0) return bytes.length === 0 ? '' : undefined;
    return bytes.length === 1 && (bytes[0]! & 1) === 0 ? addressName(bytes[0]! >> 1) : undefined;
  }

  #busy(): TransmitResult {
    this.counters.txBusy++;
    this.#again ??= this.#options.clock.schedule(AGAIN_MS, () => {
      this.#again = undefined;
      this.#host?.ready();
    });
    return TRANSMIT.busy;
  }

  /** The interfaces of the machine have changed. */
  #look(tables: KernelTables): void {
    if (this.#tables !== tables) return;
    const name = this.#options.interface;
    const link = tables.links().find((one) => one.name === name);
    if (link?.up === true && link.index === this.#index && this.#socket !== undefined) return;
    if (this.#socket !== undefined) {
      const renamed = link === undefined ? this.#giveBack(tables) : undefined;
      const what = renamed !== undefined ? `called ${renamed} now` : link === undefined ? 'gone' : 'down';
      const code = link === undefined ? 'ENODEV' : 'ENETDOWN';
      this.#goDown(new MctpError(code, `the kernel's link ${name} is ${what}`));
    }
    if (link === undefined || link.physicalAddress !== this.ownAddress) return;
    try {
      // One that somebody put down stays so; a new one is still to be put up.
      if (!this.#take(tables, link, link.index !== this.#index)) return;
    } catch (error) {
      if (!MctpError.is(error)) throw error;
      this.#downReason = error;
      return;
    }
    this.#host?.state(true);
  }

  /** False: it is down, and is not to be put up. @throws MctpError EACCES, ENODEV */
  #take(tables: KernelTables, link: MctpLink, putUp: boolean): boolean {
    if (!link.up && !putUp) return false;
    const isOurs = link.up && link.network === GRAB_NETWORK;
    if (!isOurs) tables.changeLink(link, { network: GRAB_NETWORK, up: true });
    try {
      this.#socket = new PacketSocket(this.#options.libc, link.index, link.name, {
        received: (buffer, end) => this.#received(buffer, end),
        tooLong: (buffer, end, size) => this.#bad(`a frame of ${size} bytes is too long`, buffer, end),
        lost: (count) => {
          this.counters.rxLost += count;
          this.#host?.fault(`${count} frames were lost`);
        },
      });
    } catch (error) {
      const { network, up } = link;
      if (!isOurs) change(tables, link, { network, up });
      throw error;
    }
    this.#index = link.index;
    this.#downReason = undefined;
    return true;
  }

  /** The kernel has the interface again, as far as it is there, whatever it is called by now: then that is its name. */
  #giveBack(tables: KernelTables): string | undefined {
    const link = tables.links().find(({ index, network }) => index === this.#index && network === GRAB_NETWORK);
    if (link !== undefined) change(tables, link, { network: this.#networkBefore });
    return link?.name;
  }

  /** @throws MctpError EADDRNOTAVAIL */
  #checkUnused({ name, eids }: MctpLink): void {
    if (eids.length === 0) return;
    throw new MctpError(
      'EADDRNOTAVAIL',
      `the kernel uses ${name} with EID ${eids[0]}: take that away first, with mctpkit address del ${eids[0]} kernel:${name} --link kernel:`,
    );
  }

  #goDown(reason: MctpError): void {
    this.#socket?.close();
    this.#socket = undefined;
    this.#again?.cancel();
    this.#again = undefined;
    this.#downReason = reason;
    this.counters.downs++;
    this.#refusals.flush();
    this.#host?.state(false, reason);
  }

  #received(buffer: Uint8Array, end: number): void {
    if (this.addressSize === 0) {
      this.counters.rxPackets++;
      this.counters.rxBytes += end;
      this.#host?.receive(buffer, 0, end, '');
      return;
    }
    // What the kernel checks of it (PEC, length) it has checked.
    const last = I2C_HEADER - 1 + buffer[2]!;
    if (end < I2C_HEADER + HEADER_SIZE || buffer[1] !== I2C_COMMAND || last > end || last <= I2C_HEADER) {
      this.#bad('no header of SMBus', buffer, end);
      return;
    }
    this.counters.rxPackets++;
    this.counters.rxBytes += last - I2C_HEADER;
    this.#host?.receive(buffer, I2C_HEADER, last, addressName(buffer[3]! >> 1));
  }

  #bad(what: string, buffer: Uint8Array, end: number): void {
    this.counters.rxBad++;
    this.#host?.fault(what, buffer, 0, end);
  }
}

/** Nothing is to be done about an interface which is gone, and its network with it. */
function change(tables: KernelTables, link: MctpLink, to: { readonly network: number; readonly up?: boolean }): void {
  try {
    tables.changeLink(link, to);
  } catch (error) {
    if (!MctpError.is(error)) throw error;
  }
}
