/** System calls that a test answers: what a kernel would say, without one. */

import type { LibC, Watch } from '../../../bindings/kernel/libc.js';

export class FakeKernel implements LibC {
  /** Errnos that calls fail with, by name of the call, used up from the front; 0: succeeds. */
  readonly failures: Partial<Record<string, number[]>> = {};
  /** Calls made, as text. */
  readonly calls: string[] = [];
  readonly open_ = new Set<number>();
  watches = 0;
  /** Bytes that drivers still have of a socket. */
  unsent = 0;
  #nextFd = 100;
  #errno = 0;

  socket(): number {
    if (this.#fails('socket')) return -1;
    this.open_.add(++this.#nextFd);
    return this.#nextFd;
  }

  bind(): number {
    return this.#fails('bind') ? -1 : 0;
  }

  connect(): number {
    return this.#fails('connect') ? -1 : 0;
  }

  listen(): number {
    return -1;
  }

  accept4(): number {
    return -1;
  }

  sendto(_fd: number, _data: Uint8Array, length: number): number {
    return this.#fails('sendto') ? -1 : length;
  }

  recvfrom(): number {
    this.#errno = 11;
    return -1;
  }

  setsockopt(): number {
    return 0;
  }

  getsockopt(_fd: number, _level: number, _option: number, value: Uint8Array): number {
    new Uint32Array(value.buffer)[2] = this.unsent;
    return 0;
  }

  ioctl(_fd: number, request: number, argument: Uint8Array): number {
    if (this.#fails(request.toString(16))) return -1;
    if (request === 0x89e2) argument[8] = 0x18;
    if (request === 0x89e0) argument[1] = 0x19;
    return 0;
  }

  hasRoom(): boolean {
    return true;
  }

  open(): number {
    return -1;
  }

  close(fd: number): number {
    this.open_.delete(fd);
    return 0;
  }

  errno(): number {
    return this.#errno;
  }

  watch(): Watch {
    this.watches++;
    return {
      writable() {},
      unref() {},
      close: () => {
        this.watches--;
      },
    };
  }

  #fails(call: string): boolean {
    this.calls.push(call);
    this.#errno = this.failures[call]?.shift() ?? 0;
    return this.#errno !== 0;
  }
}
