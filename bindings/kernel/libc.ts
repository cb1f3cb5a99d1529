/**
 * The system calls this binding makes, through the package koffi (loaded when first needed), and waiting for
 * descriptors on Node's own event loop: no thread per socket, no signals, no polling.
 */

import { MctpError } from '../../stack/errors.js';
import { optionalPackage } from '../optional.js';
import { LITTLE_ENDIAN } from './structures.js';

/** A descriptor watched by the event loop. It keeps the process alive, unless `unref` says otherwise. */
export interface Watch {
  /** Be called also when there is room to send, until told otherwise. */
  writable(wanted: boolean): void;
  unref(): void;
  /** Before the descriptor is closed. */
  close(): void;
}

/** All return -1 on failure, with the reason in `errno()`. None of them waits. */
export interface LibC {
  socket(family: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  listen(fd: number, backlog: number): number;
  /** The address of the other end is not asked for. */
  accept4(fd: number, address: null, length: null, flags: number): number;
  sendto(
    fd: number,
    data: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array | null,
    addressLength: number,
  ): number;
  /** `addressLength` is a socklen_t, in and out. */
  recvfrom(
    fd: number,
    buffer: Uint8Array,
    length: number,
    flags: number,
    address: Uint8Array | null,
    addressLength: Uint8Array | null,
  ): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, length: number): number;
  /** `length` is a socklen_t, in and out. */
  getsockopt(fd: number, level: number, option: number, value: Uint8Array, length: Uint8Array): number;
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  /** Is there room to send? Does not wait. */
  hasRoom(fd: number): boolean;
  open(path: string, flags: number): number;
  close(fd: number): number;
  /** Of the last call. */
  errno(): number;
  /**
   * Call `ready` whenever there is something to read (or room to send), as often as that is so. Called as a task of its
   * own, so that promises run after it.
   */
  watch(fd: number, ready: () => void): Watch;
}

let loaded: Promise<LibC> | undefined;

/** @throws MctpError ENOPACKAGE, ENOTSUP on other systems than Linux */
export function loadLibC(): Promise<LibC> {
  loaded ??= load();
  return loaded;
}

type Koffi = typeof import('koffi').default;

async function load(): Promise<LibC> {
  if (process.platform !== 'linux') {
    throw new MctpError('ENOTSUP', `kernel: needs Linux; this is ${process.platform}`);
  }
  const { default: koffi } = await optionalPackage('koffi', 'kernel:', () => import('koffi'));
  if (typeof koffi.node?.poll !== 'function') {
    throw new MctpError('ENOPACKAGE', `kernel: needs koffi 3 or later, not ${koffi.version}: npm install koffi`);
  }
  const libc = koffi.load(null);
  const poll = libc.func('int poll(void *, ulong, int)');
  const POLLOUT = 4;
  const entry = new DataView(new ArrayBuffer(8)); // struct pollfd
  const entryBytes = new Uint8Array(entry.buffer);
  return {
    socket: libc.func('int socket(int, int, int)'),
    bind: libc.func('int bind(int, const void *, uint32_t)'),
    connect: libc.func('int connect(int, const void *, uint32_t)'),
    listen: libc.func('int listen(int, int)'),
    accept4: libc.func('int accept4(int, void *, void *, int)'),
    sendto: libc.func('long sendto(int, const void *, size_t, int, const void *, uint32_t)'),
    recvfrom: libc.func('long recvfrom(int, void *, size_t, int, void *, void *)'),
    setsockopt: libc.func('int setsockopt(int, int, int, const void *, uint32_t)'),
    getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
    ioctl: libc.func('int ioctl(int, ulong, void *)'),
    hasRoom: (fd) => {
      entry.setInt32(0, fd, LITTLE_ENDIAN);
      entry.setInt16(4, POLLOUT, LITTLE_ENDIAN);
      return poll(entryBytes, 1, 0) === 1 && (entry.getInt16(6, LITTLE_ENDIAN) & POLLOUT) !== 0;
    },
    open: libc.func('int open(const char *, int)'),
    close: libc.func('int close(int)'),
    errno: () => koffi.errno(),
    watch: (fd, ready) => new PollWatch(koffi, fd, ready),
  };
}

/**
 * The poll callback runs outside Node's bookkeeping: promises settled in it would wait for the next event, and what it
 * throws is lost. An immediate runs in the same turn of the loop, with both in order.
 */
class PollWatch implements Watch {
  readonly #handle: import('koffi').node.PollHandle;
  readonly #noted: (status: unknown) => void;
  #due = false;
  #closed = false;
  #stopped = false;
  #writable = false;

  constructor(koffi: Koffi, fd: number, ready: () => void) {
    const run = (): void => {
      this.#due = false;
      if (this.#closed) return;
      ready();
      if (this.#stopped) this.#start();
    };
    this.#noted = (status) => {
      // Of a descriptor with an error (its interface went down, its queue ran over) libuv hears nothing any more until
      // it is started again; `ready` reads the error away.
      if (typeof status === 'number' && status < 0) this.#stopped = true;
      if (this.#due) return;
      this.#due = true;
      setImmediate(run);
    };
    this.#handle = koffi.node.poll(fd, { readable: true }, this.#noted);
  }

  writable(wanted: boolean): void {
    this.#writable = wanted;
    this.#start();
  }

  #start(): void {
    if (this.#closed) return;
    this.#stopped = false;
    this.#handle.start({ readable: true, writable: this.#writable }, this.#noted);
  }

  unref(): void {
    this.#handle.unref();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handle.close();
  }
}
