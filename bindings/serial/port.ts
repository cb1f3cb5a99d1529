/** A UART of this machine as a `BytePort`, by the `serialport` package. Works on pseudo terminals too. */

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { SerialPort } from 'serialport';
import { MctpError } from '../../stack/errors.js';
import { optionalPackage } from '../optional.js';
import type { BytePort, BytePortHost } from './byte-port.js';
import { latencyTimerHint } from './latency-timer.js';

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
  #port: SerialPort | undefined;
  #host: BytePortHost | undefined;
  #hints: readonly string[] = [];

  constructor(options: UartOptions) {
    this.name = options.path;
    this.#options = options;
  }

  async open(host: BytePortHost): Promise<void> {
    const { path, baudRate = 115200, rtscts = false, lock = true, sysRoot } = this.#options;
    const { SerialPort } = await optionalPackage('serialport', `serial:${path}`, () => import('serialport'));
    // The package reports errors as sentences; access() has the errno.
    await access(path, constants.R_OK | constants.W_OK).catch((cause) => Promise.reject(openError(path, cause)));
    // 8 data bits, no parity, one stop bit, raw (DSP0253): the package's defaults, said here all the same.
    const port = new SerialPort({
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
      autoOpen: false,
    });
    await called((done) => port.open(done)).catch((cause) => Promise.reject(openError(path, cause)));
    try {
      await called((done) => port.flush(done));
    } catch (cause) {
      port.on('error', () => {});
      port.close();
      throw openError(path, cause);
    }
    const hint = await latencyTimerHint(path, sysRoot);
    this.#hints = hint === undefined ? [] : [hint];
    this.#port = port;
    this.#host = host;
    port.on('data', (chunk: Uint8Array) => host.data(chunk, 0, chunk.length));
    // A failed read or write closes the port; 'close' tells, so 'error' has nothing to add.
    port.on('error', () => {});
    port.on('close', (cause: unknown) => {
      if (this.#port !== port) return;
      this.#port = undefined;
      host.closed(new MctpError('ENODEV', `${path} is gone: unplugged, or its other end hung up`, { cause }));
    });
  }

  write(buffer: Uint8Array, start: number, end: number): boolean {
    const port = this.#port;
    if (port === undefined) return true; // gone: `closed` has been or is being told
    port.write(buffer.subarray(start, end), undefined, (error: unknown) => {
      if (this.#port === port && !error) this.#host?.written();
    });
    return false;
  }

  async close(): Promise<void> {
    const port = this.#port;
    this.#port = undefined;
    this.#host = undefined;
    if (port?.isOpen) await called((done) => port.close(done)).catch(() => {});
  }

  hints(): readonly string[] {
    return this.#hints;
  }
}

function called(start: (done: (error: Error | null | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
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
  if (says('baud rate')) return new MctpError('EINVAL', `${path} does not do this baud rate`, { cause });
  return new MctpError('EIO', `${path} cannot be opened: ${message}`, { cause });
}
