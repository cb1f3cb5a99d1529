/**
 * A UART of this machine as a `BytePort`, by the `serialport` package. Works on pseudo terminals too.
 *
 * The package opens and configures the line, says when it is readable, and writes what does not fit at once. What fits
 * is written here: the descriptor does not block, and the package's own write takes a thread of the pool for each frame.
 * To wake that thread, and the event loop after it, costs more than the write, and on a busy machine both wait for a
 * processor: that was the slow end (p99) of the turnaround.
 */

import { constants, writeSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { MctpError } from '../../stack/errors.js';
import { optionalPackage } from '../optional.js';
import type { BytePort, BytePortHost } from './byte-port.js';
import { latencyTimerHint } from './latency-timer.js';
import { readFrom, type UartDevice } from './uart-reader.js';

export interface UartOptions {
  /** `/dev/ttyUSB0`; a path below `/dev/serial/by-id/` stays the same device when others come and go. */
  readonly path: string;
  /** Bits per second; default 115200. */
  readonly baudRate?: number;
  /** Hardware flow control; default off. */
  readonly rtscts?: boolean;
  /** Refuse to share the device; default true. */
  readonly lock?: boolean;
  /** Where sysfs is mounted; default `/sys`. */
  readonly sysRoot?: string;
}

export class UartPort implements BytePort {
  readonly name: string;
  readonly #options: UartOptions;
  #device: UartDevice | undefined;
  #host: BytePortHost | undefined;
  #hints: readonly string[] = [];

  constructor(options: UartOptions) {
    this.name = options.path;
    this.#options = options;
  }

  async open(host: BytePortHost): Promise<void> {
    const { path, baudRate = 115200, rtscts = false, lock = true, sysRoot } = this.#options;
    const { SerialPort } = await optionalPackage('serialport', `serial:${path}`, () => import('serialport'));
    const refused = (cause: unknown): Promise<never> => Promise.reject(openError(path, cause));
    // The package reports errors as sentences; access() has the errno.
    await access(path, constants.R_OK | constants.W_OK).catch(refused);
    // 8 data bits, no parity, one stop bit, raw (DSP0253): the package's defaults, said here all the same.
    const device: UartDevice = await SerialPort.binding
      .open({
        path,
        baudRate,
        rtscts,
        lock,
        dataBits: 8,
        parity: 'none',
        stopBits: 1,
        xon: false,
        xoff: false,
        xany: false,
      })
      .catch(refused);
    await device.flush().catch(async (cause) => {
      await device.close();
      return refused(cause);
    });
    const hint = await latencyTimerHint(path, sysRoot);
    this.#hints = hint === undefined ? [] : [hint];
    this.#device = device;
    this.#host = host;
    readFrom(device, {
      data: (chunk, start, end) => {
        if (this.#device === device) host.data(chunk, start, end);
      },
      ended: (cause) => this.#lost(device, cause),
    });
  }

  write(buffer: Uint8Array, start: number, end: number): boolean {
    const device = this.#device;
    if (device === undefined) return true; // gone: `closed` has been told
    const at = writeNow(device, buffer, start, end);
    if (at === end) return true;
    device.write(Buffer.from(buffer.buffer, buffer.byteOffset + at, end - at)).then(
      () => {
        if (this.#device === device) this.#host?.written();
      },
      (cause) => this.#lost(device, cause),
    );
    return false;
  }

  async close(): Promise<void> {
    const device = this.#device;
    this.#device = undefined;
    this.#host = undefined;
    if (device?.isOpen) await device.close().catch(() => {});
  }

  hints(): readonly string[] {
    return this.#hints;
  }

  #lost(device: UartDevice, cause: unknown): void {
    const host = this.#host;
    if (this.#device !== device) return;
    void this.close();
    host?.closed(new MctpError('ENODEV', `${this.name} is gone: unplugged, or its other end hung up`, { cause }));
  }
}

/**
 * Write what the line takes at once; returns how far it came. An error is not told from here: the package's write, which
 * takes the rest, meets it again, and tells it when nobody is inside `write`.
 */
function writeNow({ fd, poller }: UartDevice, buffer: Uint8Array, start: number, end: number): number {
  if (typeof fd !== 'number' || poller === undefined) return start;
  try {
    return start + writeSync(fd, buffer, start, end - start);
  } catch {
    return start;
  }
}

/** What opening a tty failed with, as something to act on. */
export function openError(path: string, cause: unknown): MctpError {
  const { code, message = '' } = (cause ?? {}) as { code?: string; message?: string };
  const says = (...words: string[]): boolean => words.some((word) => code === word || message.includes(word));
  if (says('ENOENT', 'ENODEV', 'ENXIO', 'No such')) {
    return new MctpError('ENODEV', `${path} does not exist: is the adapter plugged in?`, { cause });
  }
  if (says('EACCES', 'EPERM', 'Permission denied', 'not permitted')) {
    return new MctpError('EACCES', `${path}: permission denied; add yourself to the dialout group and log in again`, {
      cause,
    });
  }
  if (says('EBUSY', 'EAGAIN', 'Cannot lock port', 'busy')) {
    return new MctpError('EBUSY', `${path} is in use by another program`, { cause });
  }
  if (says('Inappropriate ioctl', 'Is a directory')) {
    return new MctpError('ENODEV', `${path} is not a serial device`, { cause });
  }
  if (says('baud rate')) return new MctpError('EINVAL', `${path} does not do this baud rate`, { cause });
  return new MctpError('EIO', `${path} cannot be opened: ${message}`, { cause });
}
