/**
 * Receiving as an I2C target on Linux: the `slave-mqueue` backend queues what is written to us, one message per read of
 * a sysfs file. Its modify events wake us (fs.watch); a slow timer is the net below, for events that never come, such
 * as that of the file's own end.
 */

import { closeSync, openSync, readSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Timer } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { hexDigits } from '../../../stack/util/text.js';

/** The flag of the kernel's address for "a target of our own" (I2C_OWN_SLAVE_ADDRESS). */
export const OWN_TARGET = 0x1000;

/** Where the backend of a 7-bit own address has its file. */
export function mqueuePath(bus: number, ownAddress: number, sysRoot = '/sys'): string {
  const device = `${bus}-${hexDigits(OWN_TARGET | ownAddress, 4)}`;
  return join(sysRoot, 'bus/i2c/devices', device, 'slave-mqueue');
}

/** The command that makes such a backend. */
export function mqueueRemedy(bus: number, ownAddress: number): string {
  const address = `0x${(OWN_TARGET | ownAddress).toString(16)}`;
  return `echo slave-mqueue ${address} > /sys/bus/i2c/devices/i2c-${bus}/new_device`;
}

/** The few file operations used, so that a test can stand in for sysfs. Errors carry an errno-style `code`. */
export interface MqueueFiles {
  open(path: string): number;
  /** One message into the buffer; 0 or EAGAIN when there is none. */
  read(file: number, buffer: Uint8Array): number;
  close(file: number): void;
  /** Call back on every modify event until the returned function is called. */
  watch(path: string, changed: () => void): () => void;
}

const sysfsFiles: MqueueFiles = {
  open: (path) => openSync(path, 'r'),
  read: (file, buffer) => readSync(file, buffer, 0, buffer.length, 0),
  close: (file) => closeSync(file),
  watch: (path, changed) => {
    const watcher = watch(path, changed);
    watcher.on('error', changed);
    return () => watcher.close();
  },
};

export interface SlaveMqueueHost {
  /** A message, the address byte included when the driver gives it: buffer[start, end), valid during the call. */
  message(buffer: Uint8Array, start: number, end: number): void;
  /** The backend was removed, or is back. */
  state(present: boolean, reason?: MctpError): void;
  fault(what: string): void;
}

/** Longest SMBus transfer of MCTP is 259 bytes; a read into less would lose the message. */
const BUFFER_BYTES = 512;
const NET_MS = 500;
/** Messages read before others get their turn. */
const AT_A_TIME = 64;

export class SlaveMqueue {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #host: SlaveMqueueHost;
  readonly #files: MqueueFiles;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #file: number | undefined;
  #unwatch: (() => void) | undefined;
  #timer: Timer | undefined;
  #open = false;

  constructor(path: string, clock: Clock, host: SlaveMqueueHost, files: MqueueFiles = sysfsFiles) {
    this.#path = path;
    this.#clock = clock;
    this.#host = host;
    this.#files = files;
  }

  get present(): boolean {
    return this.#file !== undefined;
  }

  /** Start. What was queued before is old and thrown away. @throws the errno error of opening the file */
  open(): void {
    this.#attach();
    this.#open = true;
    this.#arm(NET_MS);
  }

  /** The bus is another one: the file, if it is open still, is that of the one before. Without a new one, the timer looks. */
  renew(): void {
    this.#detach();
    try {
      this.#attach();
    } catch {
      // It is not there yet.
    }
  }

  close(): void {
    this.#open = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#detach();
  }

  #attach(): void {
    const file = this.#files.open(this.#path);
    this.#file = file;
    try {
      for (let read = 1; read > 0; ) read = this.#read(file);
      this.#unwatch = this.#files.watch(this.#path, () => this.#drain());
    } catch (error) {
      this.#detach();
      throw error;
    }
  }

  #detach(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    if (this.#file !== undefined) this.#files.close(this.#file);
    this.#file = undefined;
  }

  /** Length of the message read; 0 when there is none; -1 when one was lost. */
  #read(file: number): number {
    try {
      return this.#files.read(file, this.#buffer);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return 0;
      if (code === 'EOVERFLOW') return -1;
      throw error;
    }
  }

  #drain(): void {
    for (let count = 0; this.#open && this.#file !== undefined; count++) {
      if (count === AT_A_TIME) {
        this.#arm(0);
        return;
      }
      let length: number;
      try {
        length = this.#read(this.#file);
      } catch (cause) {
        this.#detach();
        this.#host.state(false, new MctpError('ENODEV', `${this.#path} is gone`, { cause }));
        return;
      }
      if (length === 0) return;
      if (length < 0) this.#host.fault('message too long to be received');
      else this.#host.message(this.#buffer, 0, length);
    }
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.schedule(delayMs, () => {
      this.#timer = undefined;
      if (this.#file === undefined) this.#return();
      else this.#drain();
      if (this.#open && this.#timer === undefined) this.#arm(NET_MS);
    });
  }

  #return(): void {
    try {
      this.#attach();
    } catch {
      return;
    }
    this.#host.state(true);
  }
}
