/** MCTP over SMBus/I2C (DSP0237): every packet is a write to a 7-bit address, and answers are writes to ours. */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { BINDING } from '../../stack/ids.js';
import type { Link, LinkHost, PhysicalAddress, TransmitResult } from '../../stack/link.js';
import { HEADER_SIZE } from '../../stack/packet.js';
import { Openings } from '../../stack/util/openings.js';
import { FrameListeners } from '../frame-listeners.js';
import { Refusals } from '../refusals.js';
import { addressName, addressNumber, isDeviceAddress, scanRange } from './addresses.js';
import type { BusFault, I2cPort } from './i2c-port.js';
import { Sender } from './sender.js';
import {
  FRAME_OVERHEAD,
  MAX_FRAME,
  MAX_PACKET,
  type PecPolicy,
  SmbusReceiver,
  smbusReceiveCounters,
} from './smbus-framing.js';

const MIN_PACKET = 5;
/** DSP0239 physical medium by bus speed in kHz. */
const MEDIUM: Readonly<Record<number, number>> = { 100: 0x02, 400: 0x04, 1000: 0x05 };
export const DEFAULT_SPEED_KHZ = 100;
/** DSP0237 table 8: how often one packet is tried again. */
const PN1 = 8;
const PN2 = 12;

export interface SmbusLinkOptions {
  readonly port: I2cPort;
  readonly clock: Clock;
  /** Our own 7-bit address, 0x08..0x77. */
  readonly ownAddress: number;
  /** Default `i2c:` and the port's name. */
  readonly name?: string;
  /** Payload bytes per packet towards devices nothing else is known of, 64..250; default 64. */
  readonly transmissionUnit?: number;
  /** Frames without PEC: default `require`. */
  readonly pec?: PecPolicy;
  /** Bus speed in kHz: 100 (default), 400 or 1000; only named to others, the adapter has its own. */
  readonly speedKhz?: number;
  /** We forward packets of others: 12 retries (PN2) instead of 8 (PN1). */
  readonly bridging?: boolean;
  /** Packets taken before one is done; default 8. */
  readonly window?: number;
  /** 7-bit addresses of devices; default: all a device may have. */
  readonly probe?: readonly number[];
}

export class SmbusLink implements Link {
  readonly name: string;
  readonly binding = BINDING.smbus;
  readonly medium: number;
  readonly transmissionUnit: { readonly default: number; readonly max: number };
  readonly addressSize = 1;
  readonly ownAddress: PhysicalAddress;
  readonly window: number;
  readonly counters = {
    ...smbusReceiveCounters(),
    /** Times the bus lost messages for us before we could read them. */
    rxLost: 0,
    txPackets: 0,
    txBytes: 0,
    /** Packets given up, by the error of the last try. */
    txNackAddress: 0,
    txNackData: 0,
    txArbitration: 0,
    txBusStuck: 0,
    txTimeouts: 0,
    txOtherErrors: 0,
    txRetries: 0,
    /** Packets refused: of a wrong size, to a wrong address, or the link was down. */
    txRefused: 0,
    txBusy: 0,
    downs: 0,
  };
  readonly frames = new FrameListeners((frame) => this.#sendFrame(frame));
  readonly #port: I2cPort;
  readonly #own: number;
  readonly #probe: readonly number[] | undefined;
  readonly #receiver: SmbusReceiver;
  readonly #sender: Sender;
  readonly #refusals: Refusals;
  readonly #openings = new Openings();
  #host: LinkHost | undefined;
  #open = false;
  #up = false;
  #downReason: MctpError | undefined;
  #opening: Promise<void> | undefined;

  /** @throws MctpError EINVAL */
  constructor(options: SmbusLinkOptions) {
    const { port, clock, ownAddress, transmissionUnit = 64, speedKhz = DEFAULT_SPEED_KHZ, window = 8 } = options;
    const most = Math.min(MAX_PACKET, port.maxWrite - FRAME_OVERHEAD) - HEADER_SIZE;
    requireRange(ownAddress, 0x08, 0x77, 'own address of this I2C link');
    requireRange(transmissionUnit, 64, most, 'transmission unit of this I2C link');
    requireRange(window, 1, 64, 'window of this I2C link');
    for (const address of options.probe ?? []) requireRange(address, 0x08, 0x77, 'address of a device to probe');
    if (MEDIUM[speedKhz] === undefined) throw new MctpError('EINVAL', `${speedKhz} kHz: use 100, 400 or 1000`);
    this.#port = port;
    this.#own = ownAddress;
    this.#probe = options.probe;
    this.name = options.name ?? `i2c:${port.name}`;
    this.medium = MEDIUM[speedKhz];
    this.transmissionUnit = { default: transmissionUnit, max: most };
    this.ownAddress = addressName(ownAddress);
    this.window = window;
    this.#refusals = new Refusals(clock);
    this.#receiver = new SmbusReceiver(
      {
        packet: (buffer, start, end, source) => {
          this.#sender.heard(source);
          this.#host!.receive(buffer, start, end, addressName(source));
        },
        fault: (what, buffer, start, end) => this.#host!.fault(what, buffer, start, end),
      },
      { ownAddress, counters: this.counters, ...(options.pec !== undefined && { pec: options.pec }) },
    );
    this.#sender = new Sender({
      port,
      clock,
      ownAddress,
      lanes: window,
      retries: options.bridging ? PN2 : PN1,
      counters: this.counters,
      host: {
        transmitted: (slot, error) => this.#host!.transmitted(slot, error),
        ready: () => this.#host!.ready(),
      },
    });
  }

  /** False on a bus that cannot be a target: answers cannot reach us. Known once the link is open. */
  get canReceive(): boolean {
    return this.#port.capabilities.target;
  }

  attach(host: LinkHost): void {
    this.#host = host;
    this.#refusals.attach(host);
  }

  /** On a bus that can only send the link comes up with an ENOTSUP as the reason that says so. */
  async open(): Promise<void> {
    const host = this.#host;
    if (host === undefined) throw new MctpError('EINVAL', `${this.name} is opened before it is attached`);
    const wasClosed = await this.#openings.begin();
    if (wasClosed()) throw this.#wasClosed();
    if (this.#open) return;
    this.#open = true;
    try {
      this.#opening = this.#openPort(host);
      await this.#opening;
    } catch (error) {
      this.#open = false;
      throw error;
    }
  }

  transmit(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult {
    const destination = addressNumber(to);
    const refusal = this.#refusal(end - start, to, destination);
    if (refusal !== undefined) {
      this.counters.txRefused++;
      return this.#refusals.add(slot, refusal);
    }
    return this.#sender.transmit(buffer, start, end, destination!, slot);
  }

  close(): Promise<void> {
    return this.#openings.close(() => this.#close());
  }

  *probeAddresses(): Iterable<PhysicalAddress> {
    for (const address of this.#probe ?? scanRange()) if (address !== this.#own) yield addressName(address);
  }

  /** One byte, the 7-bit address shifted left: `3a` for `1d` (DSP0237 §6.8). */
  addressToWire(address: PhysicalAddress): Uint8Array {
    const number = addressNumber(address);
    if (number === undefined) throw new MctpError('EINVAL', `"${address}" is not a 7-bit address`);
    return Uint8Array.of(number << 1);
  }

  addressFromWire(bytes: Uint8Array): PhysicalAddress | undefined {
    return bytes.length === 1 && (bytes[0]! & 1) === 0 ? addressName(bytes[0]! >> 1) : undefined;
  }

  hints(): readonly string[] {
    const cannot = this.#cannotReceive();
    return [...(cannot === undefined ? [] : [cannot.message]), ...(this.#port.hints?.() ?? [])];
  }

  /** Do something wrong on the bus on purpose. @throws MctpError ENOTSUP where the bus cannot; ENETDOWN */
  async misbehave(fault: BusFault): Promise<void> {
    if (this.#port.misbehave === undefined) throw new MctpError('ENOTSUP', `${this.name} makes no faults on purpose`);
    await this.#port.misbehave(fault);
  }

  async #openPort(host: LinkHost): Promise<void> {
    await this.#port.open(
      {
        received: (buffer, start, end, address) => {
          if (!this.#up) return;
          if (this.frames.active) this.frames.heard(buffer, start, end, address << 1);
          this.#receiver.frame(buffer, start, end, address);
        },
        written: (error) => this.#sender.written(error),
        state: (up, reason) => this.#portState(up, reason),
        fault: (what) => {
          this.counters.rxLost++;
          if (this.#up) host.fault(what);
        },
      },
      this.#own,
    );
    if (!this.#open) throw this.#wasClosed();
    this.#comeUp();
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#up = false;
    this.#downReason = undefined;
    this.#sender.giveBack(this.#wasClosed());
    this.#refusals.close();
    // An opening under way sees that it is not wanted; a next one must not begin before it has ended.
    await this.#opening?.catch(() => {});
    await this.#port.close();
  }

  async #sendFrame(frame: Uint8Array): Promise<void> {
    if (!this.#up) throw this.#whyDown();
    const destination = (frame[0] ?? 0) >> 1;
    if (((frame[0] ?? 1) & 1) !== 0 || !isDeviceAddress(destination) || destination === this.#own) {
      throw new MctpError('EINVAL', 'a frame begins with the 7-bit address of a device, shifted left');
    }
    const most = Math.min(this.#port.maxWrite, MAX_FRAME);
    if (frame.length < 2 || frame.length > 1 + most) {
      throw new MctpError('EMSGSIZE', `${this.name} writes 1 to ${most} bytes behind the address`);
    }
    await new Promise<void>((resolve, reject) => {
      this.#sender.sendFrame(frame.subarray(1), destination, (error) =>
        error === undefined ? resolve() : reject(error),
      );
    });
  }

  #wasClosed(): MctpError {
    return new MctpError('ECANCELED', `${this.name} was closed`);
  }

  #whyDown(): MctpError {
    return this.#downReason ?? new MctpError('ENETDOWN', `${this.name} is not open`);
  }

  #refusal(length: number, to: PhysicalAddress, destination: number | undefined): MctpError | undefined {
    if (!this.#up) return this.#whyDown();
    if (length < MIN_PACKET || length > this.transmissionUnit.max + HEADER_SIZE) {
      return new MctpError('EMSGSIZE', `${length} bytes are not a packet ${this.name} can send`);
    }
    if (destination === undefined || !isDeviceAddress(destination) || destination === this.#own) {
      return new MctpError('EINVAL', `"${to}" is not an address of a device on ${this.name}: use 08 to 77, as hex`);
    }
    return undefined;
  }

  #portState(up: boolean, reason?: MctpError): void {
    if (!this.#open || up === this.#up) return;
    if (up) {
      this.#comeUp();
      return;
    }
    this.#up = false;
    this.counters.downs++;
    this.#downReason = new MctpError('ENETDOWN', `${this.name} is down: ${reason?.message ?? 'the bus is gone'}`, {
      cause: reason,
    });
    this.#sender.giveBack(this.#downReason);
    this.#refusals.flush();
    this.#host!.state(false, reason);
  }

  #comeUp(): void {
    if (this.#up) return;
    this.#up = true;
    this.#downReason = undefined;
    this.#host!.state(true, this.#cannotReceive());
    this.#sender.start();
  }

  #cannotReceive(): MctpError | undefined {
    if (!this.#open || this.canReceive) return undefined;
    return new MctpError(
      'ENOTSUP',
      `${this.name} can send but not receive: the bus has no target mode at ${hex(this.#own)}`,
    );
  }
}

function requireRange(value: number, least: number, most: number, what: string): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new MctpError('EINVAL', `the ${what} cannot be ${value}: use ${least} to ${most}`);
}

function hex(address: number): string {
  return `0x${addressName(address)}`;
}
