/**
 * A pseudo terminal: a tty at `path` that is not a device, and the other end of its line here as a `BytePort`. For tests of
 * the real serial path, and to join user space and the kernel on one machine (Linux).
 */

import { closeSync, openSync, writeSync } from 'node:fs';
import type { ConnectOpts, SocketConstructorOpts } from 'node:net';
import { ReadStream } from 'node:tty';
import { MctpError } from '../../stack/errors.js';
import { optionalPackage } from '../optional.js';
import type { BytePort, BytePortHost } from './byte-port.js';

const O_RDWR = 0o2;
const O_NOCTTY = 0o400;
const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
/** Pauses between two tries when the tty's input queue is full, doubling from the first to the longest; ms. */
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 16;
const CHUNK_BYTES = 16384;

export interface Pty {
  /** The tty: for `UartPort`, for the kernel's line discipline, for another program. */
  readonly path: string;
  /** The line's other end; one `open` in its life. Closing it is what unplugging the device is: the tty hangs up. */
  readonly port: PtyMasterPort;
}

/**
 * Make a pseudo terminal. It stays quiet and raw while nobody has the tty open, so that programs may come and go.
 * @throws MctpError ENOPACKAGE (koffi), ENOTSUP, EIO
 */
export async function openPty(): Promise<Pty> {
  const { default: koffi } = await optionalPackage('koffi', 'a pseudo terminal', () => import('koffi'));
  const libc = loadLibc(koffi.load);
  const call = (definition: string, ...values: number[]): number => {
    const result: unknown = libc.func(definition)(...values);
    if (typeof result !== 'number' || result < 0) {
      throw new MctpError('EIO', `${definition} failed with errno ${koffi.errno()}`);
    }
    return result;
  };
  const master = call('int posix_openpt(int)', O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  try {
    call('int grantpt(int)', master);
    call('int unlockpt(int)', master);
    const path: unknown = libc.func('const char *ptsname(int)')(master);
    if (typeof path !== 'string') throw new MctpError('EIO', 'ptsname failed');
    // Held open: when the last user of a tty closes it, the other end reads EIO.
    const holder = openSync(path, O_RDWR | O_NOCTTY);
    return { path, port: new PtyMasterPort(path, master, holder) };
  } catch (error) {
    closeSync(master);
    throw error;
  }
}

function loadLibc<T>(load: (path: string) => T): T {
  try {
    return load('libc.so.6');
  } catch (cause) {
    throw new MctpError('ENOTSUP', 'pseudo terminals are made by the GNU C library, which is not here', { cause });
  }
}

class PtyMasterPort implements BytePort {
  readonly name: string;
  readonly #master: number;
  readonly #holder: number;
  readonly #stream: ReadStream;
  #host: BytePortHost | undefined;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;
  readonly #gone: Promise<void>;

  constructor(path: string, master: number, holder: number) {
    this.name = `${path}#master`;
    this.#master = master;
    this.#holder = holder;
    // One buffer for all reads; a stream of its own makes one of 64 KiB for each.
    const options: SocketConstructorOpts & ConnectOpts = {
      onread: {
        buffer: new Uint8Array(CHUNK_BYTES),
        callback: (length, chunk) => {
          this.#host?.data(chunk, 0, length);
          return true;
        },
      },
    };
    this.#stream = new ReadStream(master, options);
    // Without this the tty echoes and waits for line ends until its user makes it raw.
    this.#stream.setRawMode(true);
    this.#stream.on('error', () => this.#hangUp());
    this.#gone = new Promise((resolve) => this.#stream.once('close', resolve));
  }

  async open(host: BytePortHost): Promise<void> {
    if (this.#closed) throw new MctpError('ENODEV', `${this.name} is closed`);
    if (this.#host !== undefined) throw new MctpError('EBUSY', `${this.name} is in use`);
    this.#host = host;
    this.#stream.resume();
  }

  /**
   * Never waits: when the tty's input queue is full, the rest is tried again from time to time. Nothing would wake a
   * writer that waits if the tty is the kernel's (N_MCTP takes bytes without telling), nor a poll for room.
   */
  write(buffer: Uint8Array, start: number, end: number): boolean {
    if (this.#closed) return true;
    const at = this.#put(buffer, start, end);
    if (at === end) return true;
    // A broken line is found out there again, and told from there.
    this.#writeLater(buffer, at ?? start, end, FIRST_PAUSE_MS);
    return false;
  }

  async close(): Promise<void> {
    this.#host = undefined;
    if (!this.#closed) {
      this.#closed = true;
      clearTimeout(this.#retry);
      closeSync(this.#holder);
      this.#stream.destroy();
    }
    await this.#gone;
  }

  #writeLater(buffer: Uint8Array, start: number, end: number, pauseMs: number): void {
    this.#retry = setTimeout(() => {
      const at = this.#put(buffer, start, end);
      if (at === undefined) this.#hangUp();
      else if (at === end) this.#host?.written();
      else this.#writeLater(buffer, at, end, at > start ? FIRST_PAUSE_MS : Math.min(2 * pauseMs, LONGEST_PAUSE_MS));
    }, pauseMs);
  }

  /** How far it came; undefined when the line is broken. */
  #put(buffer: Uint8Array, start: number, end: number): number | undefined {
    try {
      return start + writeSync(this.#master, buffer, start, end - start);
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? start : undefined;
    }
  }

  #hangUp(): void {
    const host = this.#host;
    if (this.#closed) return;
    void this.close();
    host?.closed(new MctpError('ENODEV', `${this.name} hung up`));
  }
}
