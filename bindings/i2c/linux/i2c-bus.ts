/** A bus of i2c-dev, behind an interface a test can stand in for; and the part of the package `i2c-bus` that is used. */

import type { I2CFuncs } from 'i2c-bus';
import { optionalPackage } from '../../optional.js';

export interface RawI2cBus {
  /** The package which reaches it. */
  readonly by: string;
  /** Names of what the adapter can do, e.g. `i2c smbusQuick`. */
  readonly functions: readonly string[];
  /** Serialise the calls: two at a time may reach the wire in the other order. */
  i2cWrite(address: number, length: number, buffer: Buffer, done: (error?: unknown, written?: number) => void): void;
  /** Does somebody acknowledge the address? */
  probe(address: number): Promise<boolean>;
  close(): Promise<void>;
}

/** @throws MctpError ENOPACKAGE; errors with errno codes */
export type OpenI2cBus = (bus: number, forceAccess: boolean) => Promise<RawI2cBus>;

/** The package's types have one parameter too many. */
type WriteQuick = (address: number, bit: number, done: (error: unknown) => void) => void;

export const openWithI2cBus: OpenI2cBus = async (number, forceAccess) => {
  const { default: i2c } = await optionalPackage('i2c-bus', `i2c:${number}`, () => import('i2c-bus'));
  // Synchronous: after a failure the asynchronous way keeps a descriptor that is set to no address.
  const bus = i2c.openSync(number, { forceAccess });
  let functions: string[];
  try {
    functions = functionNames(bus.i2cFuncsSync());
  } catch (error) {
    bus.closeSync();
    throw error;
  }
  return {
    by: 'i2c-bus',
    functions,
    i2cWrite: (address, length, buffer, done) => bus.i2cWrite(address, length, buffer, done),
    probe: async (address) => {
      // Of its own: two first calls to one address at a time can go to another address.
      const prober = i2c.openSync(number, { forceAccess });
      const found = await new Promise<boolean>((resolve) => {
        const answer = (error: unknown): void => resolve(!error);
        if (readsRather(address) || !functions.includes('smbusQuick')) prober.receiveByte(address, answer);
        else (prober.writeQuick as unknown as WriteQuick).call(prober, address, 0, answer);
      });
      prober.closeSync();
      return found;
    },
    close: () => new Promise((resolve, reject) => bus.close((error) => (error ? reject(error) : resolve()))),
  };
};

/** EEPROMs and write protection live here: an empty write can change them. */
export function readsRather(address: number): boolean {
  return (address >= 0x30 && address <= 0x37) || (address >= 0x50 && address <= 0x5f);
}

function functionNames(functions: I2CFuncs): string[] {
  return Object.entries(functions)
    .filter(([, can]) => can)
    .map(([name]) => name);
}
