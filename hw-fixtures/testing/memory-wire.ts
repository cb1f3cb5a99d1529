/** A minimal I2C wire in memory: ports that write to each other, with the failures a test asks for. */

import { type I2cCapabilities, type I2cPort, type I2cPortHost, NackError } from '../../bindings/smbus/i2c-port.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { copyOf } from '../../stack/util/slab.js';

export interface WireWrite {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly at: number;
}

export class MemoryWire {
  /** Every attempt to write, failed ones too. */
  readonly writes: WireWrite[] = [];
  readonly ports: MemoryI2cPort[] = [];
  /** Milliseconds a write takes. */
  writeMs = 1;
  /** Decide about a write before it happens: an error fails it, 'hang' leaves it under way forever. */
  fate: (address: number, bytes: Uint8Array) => MctpError | 'hang' | undefined = () => undefined;

  constructor(readonly clock: Clock) {}

  port(name: string, capabilities: I2cCapabilities = { controller: true, target: true }): MemoryI2cPort {
    const port = new MemoryI2cPort(this, name, capabilities);
    this.ports.push(port);
    return port;
  }
}

export class MemoryI2cPort implements I2cPort {
  readonly maxWrite = 258;
  readonly functionality = 'memory';
  ownAddress = 0;
  #host: I2cPortHost | undefined;
  #writing = false;
  #gone = false;

  constructor(
    readonly wire: MemoryWire,
    readonly name: string,
    readonly capabilities: I2cCapabilities,
  ) {}

  async open(host: I2cPortHost, ownAddress: number): Promise<void> {
    this.#host = host;
    this.ownAddress = ownAddress;
  }

  write(address: number, buffer: Uint8Array, start: number, end: number): void {
    if (this.#writing) throw new Error('two writes at a time');
    // Lost: as every port which is gone, it says nothing of it.
    if (this.#gone) return;
    this.#writing = true;
    const { wire } = this;
    const host = this.#host;
    wire.clock.schedule(wire.writeMs, () => {
      const bytes = copyOf(buffer, start, end); // as late as the contract allows
      wire.writes.push({ address, bytes, at: wire.clock.now() });
      const fate = wire.fate(address, bytes);
      if (fate === 'hang') return;
      this.#writing = false;
      if (host === undefined || this.#host !== host) return;
      host.written(fate ?? this.#deliver(address, bytes));
    });
  }

  async close(): Promise<void> {
    this.#host = undefined;
    this.#writing = false;
    this.#gone = false;
  }

  /** These bytes are written to us. */
  receive(bytes: Uint8Array, address = this.ownAddress): void {
    this.#host?.received(bytes, 0, bytes.length, address);
  }

  goDown(reason: MctpError): void {
    this.#writing = false;
    this.#gone = true;
    this.#host?.state(false, reason);
  }

  comeBack(): void {
    this.#gone = false;
    this.#host?.state(true);
  }

  #deliver(address: number, bytes: Uint8Array): MctpError | undefined {
    const target = this.wire.ports.find(
      (port) => port !== this && port.#host !== undefined && port.capabilities.target && port.ownAddress === address,
    );
    if (target === undefined) return new NackError('address', `no device at ${address}`);
    target.receive(bytes);
    return undefined;
  }
}

export function arbitrationLost(): MctpError {
  return new MctpError('EARBITRATION', 'arbitration lost');
}
