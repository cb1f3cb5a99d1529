/**
 * An I2C bus by the ioctls of i2c-dev (linux/i2c-dev.h), through the package koffi: where `i2c-bus`, which has to be
 * compiled, does not load. A transfer waits in a thread of the pool, not in ours.
 */

import { closeSync, openSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { LITTLE_ENDIAN } from '../../kernel/structures.js';
import { optionalPackage } from '../../optional.js';
import { type OpenI2cBus, type RawI2cBus, readsRather } from './i2c-bus.js';

/** Names of I2C_FUNC_ bits, as `i2c-bus` calls them. */
const FUNCTIONS: readonly (readonly [bit: number, name: string])[] = [
  [0x0000_0001, 'i2c'],
  [0x0000_0002, 'tenBitAddr'],
  [0x0000_0004, 'protocolMangling'],
  [0x0000_0008, 'smbusPec'],
  [0x0000_8000, 'smbusBlockProcCall'],
  [0x0001_0000, 'smbusQuick'],
  [0x0002_0000, 'smbusReceiveByte'],
  [0x0004_0000, 'smbusSendByte'],
  [0x0008_0000, 'smbusReadByte'],
  [0x0010_0000, 'smbusWriteByte'],
  [0x0020_0000, 'smbusReadWord'],
  [0x0040_0000, 'smbusWriteWord'],
  [0x0080_0000, 'smbusProcCall'],
  [0x0100_0000, 'smbusReadBlock'],
  [0x0200_0000, 'smbusWriteBlock'],
  [0x0400_0000, 'smbusReadI2cBlock'],
  [0x0800_0000, 'smbusWriteI2cBlock'],
];

const REQUEST = { target: 0x0703, funcs: 0x0705, targetForced: 0x0706, transfer: 0x0707, smbus: 0x0720 } as const;
/** struct i2c_msg: address, flags and length of 16 bits each, then the pointer, aligned. */
const MESSAGE_POINTER = 8;
/** struct i2c_smbus_ioctl_data: read or write, command, size, pointer. */
const SMBUS_SIZE = 4;
const SMBUS_POINTER = 8;
const SMBUS_READ = 1;
const QUICK = 0;
const BYTE = 1;
const LONGEST_SMBUS = 34;

type Argument = number | Uint8Array;

/** What is called, and -1 or the errno's name. */
interface Calls {
  now(fd: number, request: number, argument: Argument): number;
  later(fd: number, request: number, argument: Uint8Array, done: (result: number) => void): void;
  addressOf(bytes: Uint8Array): bigint;
  readonly pointerBytes: number;
  error(what: string): Error;
}

let loaded: Promise<Calls> | undefined;

async function load(number: number): Promise<Calls> {
  const { default: koffi } = await optionalPackage('koffi', `i2c:${number}`, () => import('koffi'));
  const libc = koffi.load(null);
  const withBytes = libc.func('int ioctl(int, ulong, void *)');
  const withNumber = libc.func('ioctl', 'int', ['int', 'ulong', 'long']);
  return {
    now: (fd, request, argument) => (typeof argument === 'number' ? withNumber : withBytes)(fd, request, argument),
    later: (fd, request, argument, done) =>
      withBytes.async(fd, request, argument, (_error: unknown, result: number) => done(result)),
    addressOf: (bytes) => BigInt(koffi.address(bytes)),
    pointerBytes: koffi.sizeof('void *'),
    error: (what) => {
      const code = getSystemErrorName(-koffi.errno());
      return Object.assign(new Error(`${what}: ${code}`), { code, errno: koffi.errno() });
    },
  };
}

export const openWithIoctl: OpenI2cBus = async (number, forceAccess) => {
  loaded ??= load(number).catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  const calls = await loaded;
  const path = `/dev/i2c-${number}`;
  const fd = openSync(path, 'r+');
  try {
    return new IoctlBus(calls, path, fd, forceAccess);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
};

class IoctlBus implements RawI2cBus {
  readonly by = 'koffi';
  readonly functions: readonly string[];
  /** One message, and the set of messages that it is: struct i2c_rdwr_ioctl_data. */
  readonly #message: Uint8Array;
  readonly #messageView: DataView;
  readonly #set: Uint8Array;
  /** What the message points to. */
  #pointed: Uint8Array | undefined;
  #allowed: number | undefined;

  constructor(
    private readonly calls: Calls,
    private readonly path: string,
    private readonly fd: number,
    private readonly forceAccess: boolean,
  ) {
    const { pointerBytes } = calls;
    const word = new Uint8Array(new ArrayBuffer(8));
    if (calls.now(fd, REQUEST.funcs, word) < 0) throw calls.error(`${path}: I2C_FUNCS`);
    const bits = new DataView(word.buffer).getUint32(LITTLE_ENDIAN || pointerBytes === 4 ? 0 : 4, LITTLE_ENDIAN);
    this.functions = FUNCTIONS.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name);
    // Of an ArrayBuffer of their own: what the kernel is given must not move.
    this.#message = new Uint8Array(new ArrayBuffer(MESSAGE_POINTER + pointerBytes));
    this.#messageView = new DataView(this.#message.buffer);
    this.#set = new Uint8Array(2 * pointerBytes);
    putPointer(this.#set, 0, calls.addressOf(this.#message), pointerBytes);
    new DataView(this.#set.buffer).setUint32(pointerBytes, 1, LITTLE_ENDIAN);
  }

  i2cWrite(address: number, length: number, buffer: Buffer, done: (error?: unknown, written?: number) => void): void {
    const { calls, fd } = this;
    const refusal = this.#refusal(address);
    if (refusal !== undefined) {
      queueMicrotask(() => done(refusal));
      return;
    }
    if (this.#pointed !== buffer) {
      this.#pointed = buffer;
      putPointer(this.#message, MESSAGE_POINTER, calls.addressOf(buffer), calls.pointerBytes);
    }
    this.#messageView.setUint16(0, address, LITTLE_ENDIAN);
    this.#messageView.setUint16(4, length, LITTLE_ENDIAN);
    calls.later(fd, REQUEST.transfer, this.#set, (result) => {
      if (result < 0) done(calls.error(`${this.path}: I2C_RDWR`));
      else done(undefined, length);
    });
  }

  async probe(address: number): Promise<boolean> {
    const { calls, path } = this;
    // The address is the descriptor's: one of its own.
    const fd = openSync(path, 'r+');
    try {
      if (calls.now(fd, this.#bind, address) < 0) return false;
      const reads = readsRather(address) || !this.functions.includes('smbusQuick');
      const data = new Uint8Array(new ArrayBuffer(LONGEST_SMBUS));
      const transfer = new Uint8Array(SMBUS_POINTER + calls.pointerBytes);
      transfer[0] = reads ? SMBUS_READ : 0;
      new DataView(transfer.buffer).setUint32(SMBUS_SIZE, reads ? BYTE : QUICK, LITTLE_ENDIAN);
      putPointer(transfer, SMBUS_POINTER, calls.addressOf(data), calls.pointerBytes);
      const result = await new Promise<number>((resolve) => calls.later(fd, REQUEST.smbus, transfer, resolve));
      // Kept until the call is over, which writes to it.
      return result >= 0 && data.length > 0;
    } finally {
      closeSync(fd);
    }
  }

  async close(): Promise<void> {
    closeSync(this.fd);
  }

  get #bind(): number {
    return this.forceAccess ? REQUEST.targetForced : REQUEST.target;
  }

  /** I2C_RDWR asks for no permission: it is asked for here, when that is wanted. */
  #refusal(address: number): Error | undefined {
    if (this.forceAccess || this.#allowed === address) return undefined;
    this.#allowed = undefined;
    if (this.calls.now(this.fd, REQUEST.target, address) < 0) return this.calls.error(`${this.path}: I2C_SLAVE`);
    this.#allowed = address;
    return undefined;
  }
}

function putPointer(bytes: Uint8Array, at: number, address: bigint, size: number): void {
  const view = new DataView(bytes.buffer);
  if (size === 8) view.setBigUint64(at, address, LITTLE_ENDIAN);
  else view.setUint32(at, Number(address), LITTLE_ENDIAN);
}
