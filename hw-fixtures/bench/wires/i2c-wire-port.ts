/** One party on a virtual I2C wire: the `I2cPort` a link works on, and the handles a test or a device behaviour turns. */

import type { BusFault, I2cCapabilities, I2cPort, I2cPortHost } from '../../../bindings/smbus/i2c-port.js';
import { MAX_FRAME } from '../../../bindings/smbus/smbus-framing.js';
import { MctpError } from '../../../stack/errors.js';
import type { FaultPlan, I2cFault } from './faults.js';
import type { I2cSpeed } from './i2c-timing.js';
import type { Pluggable } from './pluggable.js';
import type { Timeline } from './timeline.js';

export interface I2cWirePortOptions {
  /** Name faults are given by; default the wire's name and a number. */
  readonly name?: string;
  /** Can write; default true. */
  readonly controller?: boolean;
  /** Can be written to; default true. */
  readonly target?: boolean;
  /** Clock stretching for each byte received, us; default 0. DSP0237 allows 250 (PT1c). */
  readonly stretchUs?: number;
}

export interface I2cWirePort extends I2cPort, Pluggable {
  /** Clock stretching for each byte received, us. */
  stretchUs: number;
  /** Asked for every write to our address: false does not acknowledge. */
  acknowledge: ((phase: 'address' | 'data') => boolean) | undefined;
}

/** What a transfer is delivered to. */
export interface I2cTarget {
  receive(bytes: Uint8Array, address: number): void;
}

/** What a port needs of its wire. */
export interface WireOfPort {
  readonly speedKhz: I2cSpeed;
  readonly timeline: Timeline;
  readonly faults: FaultPlan<I2cFault>;
  /** A controller wants to write buffer[start, end). */
  request(port: VirtualI2cPort, ticket: number, address: number, buffer: Uint8Array, start: number, end: number): void;
  /** The port's buffer is its link's again, but what has begun goes on. */
  borrowEnds(port: VirtualI2cPort): void;
  /** The port is gone: what it was writing breaks off, and what it was receiving is not acknowledged to its end. */
  pulled(port: VirtualI2cPort): void;
  /** Which addresses acknowledge. */
  scan(port: VirtualI2cPort, addresses: Iterable<number>): Promise<number[]>;
}

export class VirtualI2cPort implements I2cWirePort, I2cTarget {
  readonly capabilities: I2cCapabilities;
  readonly functionality: string;
  readonly maxWrite = MAX_FRAME;
  stretchUs: number;
  acknowledge: ((phase: 'address' | 'data') => boolean) | undefined;
  readonly #wire: WireOfPort;
  #host: I2cPortHost | undefined;
  #ownAddress = 0;
  #plugged = true;
  #writing = false;
  /** Of the latest write: the wire may still speak of one that was given up. */
  #ticket = 0;

  constructor(
    wire: WireOfPort,
    readonly name: string,
    options: I2cWirePortOptions,
  ) {
    this.#wire = wire;
    const { controller = true, target = true } = options;
    this.capabilities = { controller, target };
    this.stretchUs = options.stretchUs ?? 0;
    const abilities = [...(controller ? ['controller'] : []), ...(target ? ['target'] : [])].join(' and ');
    this.functionality = `virtual I2C, ${wire.speedKhz} kHz, ${abilities || 'neither controller nor target'}`;
  }

  get plugged(): boolean {
    return this.#plugged;
  }

  async open(host: I2cPortHost, ownAddress: number): Promise<void> {
    if (!this.#plugged) throw gone(this.name);
    if (this.#host !== undefined) throw new MctpError('EBUSY', `${this.name} is in use`);
    this.#host = host;
    this.#ownAddress = ownAddress;
  }

  write(address: number, buffer: Uint8Array, start: number, end: number): void {
    // One write at a time is the caller's promise; a second one is a mistake, not an event of the bus.
    if (this.#writing) throw new MctpError('EBUSY', `${this.name} is writing already`);
    this.#writing = true;
    const ticket = ++this.#ticket;
    const error = this.#refusal(end - start);
    if (error === undefined) this.#wire.request(this, ticket, address, buffer, start, end);
    else this.#wire.timeline.at(this.#wire.timeline.now(), () => this.done(ticket, error));
  }

  async close(): Promise<void> {
    if (this.#host === undefined) return;
    this.#host = undefined;
    this.#writing = false;
    this.#wire.borrowEnds(this);
  }

  scan(addresses: Iterable<number>): Promise<number[]> {
    return this.#wire.scan(this, addresses);
  }

  async misbehave({ kind, count, byte = 3, ms = 10 }: BusFault): Promise<void> {
    const to = this.#ownAddress;
    const { faults } = this.#wire;
    if (kind === 'loseArbitration') faults.add({ kind: 'arbitration', from: this.name, count });
    else if (kind === 'refuseAddress') faults.add({ kind: 'nack', to, count });
    else if (kind === 'refuseByte') faults.add({ kind: 'nackData', to, count, byte: byte - 1 });
    else faults.add({ kind: kind === 'stretch' ? 'hold' : 'holdData', to, count, ms });
  }

  hints(): readonly string[] {
    return this.capabilities.target ? [] : [`${this.name} was made without target mode`];
  }

  unplug(): void {
    if (!this.#plugged) return;
    this.#plugged = false;
    this.#writing = false;
    this.#wire.pulled(this);
    this.#host?.state(false, gone(this.name));
  }

  replug(): void {
    if (this.#plugged) return;
    this.#plugged = true;
    this.#host?.state(true);
  }

  // Called by the wire

  listensTo(address: number): boolean {
    return this.#plugged && this.#host !== undefined && this.capabilities.target && this.#ownAddress === address;
  }

  acknowledges(phase: 'address' | 'data'): boolean {
    return this.acknowledge?.(phase) ?? true;
  }

  receive(bytes: Uint8Array, address: number): void {
    if (this.listensTo(address)) this.#host!.received(bytes, 0, bytes.length, address);
  }

  /** The write is done or has failed. */
  done(ticket: number, error?: MctpError): void {
    if (!this.#writing || ticket !== this.#ticket) return;
    this.#writing = false;
    this.#host?.written(error);
  }

  /** The wire is gone for good. */
  forget(): void {
    this.#host = undefined;
    this.#writing = false;
  }

  #refusal(bytes: number): MctpError | undefined {
    if (this.#host === undefined || !this.#plugged) return gone(this.name);
    if (!this.capabilities.controller) return new MctpError('ENOTSUP', `${this.name} is not a controller`);
    if (bytes < 1 || bytes > this.maxWrite) {
      return new MctpError('EMSGSIZE', `${this.name} writes 1 to ${this.maxWrite} bytes, not ${bytes}`);
    }
    return undefined;
  }
}

function gone(name: string): MctpError {
  return new MctpError('ENODEV', `${name} was unplugged`);
}
