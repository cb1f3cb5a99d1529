/** An I2C bus of this Linux machine: i2c-dev (package `i2c-bus` or koffi) to write, the slave-mqueue backend to be written to. */

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import type { I2cCapabilities, I2cPort, I2cPortHost } from '../../smbus/i2c-port.js';
import type { OpenI2cBus, RawI2cBus } from './i2c-bus.js';
import { isGone, openError, writeError } from './i2c-errors.js';
import { kernelMuxChannel } from './mux-root.js';
import { openI2cBus } from './open-i2c.js';
import { type MqueueFiles, mqueuePath, mqueueRemedy, SlaveMqueue } from './slave-mqueue.js';

export interface LinuxI2cOptions {
  /** N of /dev/i2c-N. */
  readonly bus: number;
  readonly clock: Clock;
  /** Write to addresses a kernel driver has too. Default true: the package misdirects later writes after a refusal. */
  readonly forceAccess?: boolean;
  /** Where sysfs and /dev are mounted. */
  readonly sysRoot?: string;
  readonly devRoot?: string;
  /** How the bus is opened; default: by `i2c-bus`, else by koffi. For tests: instead of sysfs. */
  readonly openBus?: OpenI2cBus;
  readonly files?: MqueueFiles;
}

/** Pauses between looking whether the adapter is still there, or back. */
const LOOK_MS = 500;
const MAX_WRITE = 258;

export class LinuxI2cPort implements I2cPort {
  readonly name: string;
  readonly maxWrite = MAX_WRITE;
  readonly #options: LinuxI2cOptions;
  readonly #device: string;
  /** Writes begin at the beginning of a Buffer. */
  readonly #scratch = Buffer.alloc(MAX_WRITE);
  #bus: RawI2cBus | undefined;
  #queue: SlaveMqueue | undefined;
  #host: I2cPortHost | undefined;
  #own = 0;
  #hints: readonly string[] = [];
  #functionality = '';
  #present = false;
  #writing: Promise<void> | undefined;
  #timer: Timer | undefined;
  #looking: Promise<void> | undefined;

  constructor(options: LinuxI2cOptions) {
    this.name = String(options.bus);
    this.#options = options;
    this.#device = join(options.devRoot ?? '/dev', `i2c-${options.bus}`);
  }

  get capabilities(): I2cCapabilities {
    return { controller: true, target: this.#queue !== undefined };
  }

  get functionality(): string {
    return this.#functionality;
  }

  async open(host: I2cPortHost, ownAddress: number): Promise<void> {
    if (this.#host !== undefined) throw new MctpError('EBUSY', `${this.#device} is open already`);
    this.#host = host;
    this.#own = ownAddress;
    try {
      await this.#openBus();
    } catch (error) {
      this.#host = undefined;
      throw error;
    }
    this.#openQueue();
    if (this.#queue === undefined) await this.#lookForMux();
    this.#present = true;
    this.#lookLater();
  }

  write(address: number, buffer: Uint8Array, start: number, end: number): void {
    const bus = this.#bus;
    const length = end - start;
    for (let at = 0; at < length; at++) this.#scratch[at] = buffer[start + at]!;
    const writing = new Promise<void>((resolve) => {
      const done = (error?: unknown, written?: number): void => {
        if (this.#writing === writing) this.#writing = undefined;
        this.#wrote(bus, address, length, error, written);
        resolve();
      };
      if (bus === undefined) queueMicrotask(() => done({ code: 'ENODEV' }));
      else bus.i2cWrite(address, length, this.#scratch, done);
    });
    this.#writing = writing;
  }

  async close(): Promise<void> {
    this.#queue?.close();
    this.#queue = undefined;
    await this.#writing;
    this.#present = false;
    this.#host = undefined;
    await this.#looking;
    this.#timer?.cancel();
    this.#timer = undefined;
    const bus = this.#bus;
    this.#bus = undefined;
    await bus?.close();
  }

  /** Asks each address as `i2cdetect` does: an empty write, or reading a byte where a write might change a device. */
  async scan(addresses: Iterable<number>): Promise<number[]> {
    const found: number[] = [];
    for (const address of addresses) if (await this.#bus?.probe(address)) found.push(address);
    return found;
  }

  hints(): readonly string[] {
    return this.#hints;
  }

  async #openBus(): Promise<void> {
    const { bus, forceAccess = true, openBus = openI2cBus } = this.#options;
    const refused = (cause: unknown): Promise<never> =>
      Promise.reject(MctpError.is(cause) ? cause : openError(cause, this.#device));
    await access(this.#device, constants.R_OK | constants.W_OK).catch(refused);
    const opened = await openBus(bus, forceAccess).catch(refused);
    if (!opened.functions.includes('i2c')) {
      await opened.close();
      throw new MctpError('ENOTSUP', `${this.#device} can only do short SMBus transfers, not the writes MCTP needs`);
    }
    this.#functionality = opened.functions.join(' ');
    this.#bus = opened;
  }

  #openQueue(): void {
    const { bus, clock, files, sysRoot } = this.#options;
    const path = mqueuePath(bus, this.#own, sysRoot);
    const queue = new SlaveMqueue(
      path,
      clock,
      {
        message: (buffer, start, end) => this.#message(buffer, start, end),
        state: (present, reason) => {
          this.#setPresent(present && this.#bus !== undefined, reason);
          if (!present) void this.#look();
        },
        fault: (what) => this.#host?.fault(what),
      },
      files,
    );
    try {
      queue.open();
      this.#queue = queue;
      this.#hints = [];
    } catch (error) {
      queue.close();
      const { code } = error as NodeJS.ErrnoException;
      const denied = code === 'EACCES' || code === 'EPERM';
      this.#hints = [
        denied
          ? `to receive, reading ${path} must be allowed: as root: chmod a+r ${path}`
          : `to receive, the bus needs a target backend: as root: ${mqueueRemedy(bus, this.#own)}`,
        'where its driver has no target mode: an adapter that has one (pico:), or the kernel on another bus (kernel:)',
      ];
    }
  }

  /** No backend can be made on a channel of a mux. */
  async #lookForMux(): Promise<void> {
    const { bus, sysRoot } = this.#options;
    const channel = await kernelMuxChannel(bus, sysRoot);
    if (channel === undefined) return;
    const { root } = channel;
    this.#hints = [
      `i2c-${bus} is a channel of a mux: its devices write to us on i2c-${root}, in front of the mux, where the channel is not known`,
      `let the kernel do it (kernel:mctpi2c${bus}), or take the mux from its driver and switch it by i2c:${root}:70.0`,
    ];
  }

  /** The backend puts the address byte first; MCTP's command code tells when a driver does not. */
  #message(buffer: Uint8Array, start: number, end: number): void {
    const from = buffer[start] === this.#own << 1 ? start + 1 : start;
    this.#host?.received(buffer, from, end, this.#own);
  }

  #wrote(bus: RawI2cBus | undefined, address: number, length: number, error?: unknown, written?: number): void {
    const host = this.#host;
    // After a going down the write counts as lost, and the link has forgotten it.
    if (host === undefined || !this.#present || bus !== this.#bus) return;
    if (!error && written === length) {
      host.written();
      return;
    }
    const cause = error || { code: 'EIO', message: `${written} of ${length} bytes written` };
    if (isGone(cause)) this.#lost();
    else host.written(writeError(cause, this.#options.bus, address));
  }

  /** Let go of the adapter: as long as somebody has it open the kernel keeps its number, and it returns as another. */
  #lost(): void {
    const bus = this.#bus;
    if (bus === undefined) return;
    this.#bus = undefined;
    // Not before the write under way has ended: its descriptor would be somebody else's by then.
    void (this.#writing ?? Promise.resolve()).then(() => bus.close()).catch(() => {});
    this.#setPresent(false, new MctpError('ENODEV', `${this.#device} is gone`));
  }

  #lookLater(): void {
    if (this.#host === undefined) return;
    this.#timer = this.#options.clock.schedule(LOOK_MS, () => {
      this.#timer = undefined;
      void this.#look().then(() => this.#lookLater());
    });
  }

  /** Nobody tells when an adapter is pulled or back: see whether its device is there. */
  #look(): Promise<void> {
    this.#looking ??= (this.#bus === undefined ? this.#tryReturn() : this.#checkDevice(this.#bus)).finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #checkDevice(bus: RawI2cBus): Promise<void> {
    const gone = await access(this.#device, constants.F_OK).then(() => false, isGone);
    if (gone && bus === this.#bus) this.#lost();
  }

  async #tryReturn(): Promise<void> {
    const opened = await this.#openBus().then(
      () => true,
      () => false,
    );
    if (!opened || this.#host === undefined) return;
    this.#queue?.renew();
    this.#setPresent(this.#queue?.present ?? true);
  }

  #setPresent(present: boolean, reason?: MctpError): void {
    if (present === this.#present) return;
    this.#present = present;
    this.#host?.state(present, reason);
  }
}
