/** One AF_MCTP descriptor: made, bound, written, read, watched and closed. Knows nothing of what is waited for. */

import type { Clock, Timer } from '../../stack/clock.js';
import { copyOf } from '../../stack/util/slab.js';
import { ERRNO, kernelError } from './errno.js';
import {
  AF_MCTP,
  MCTP_OPT_ADDR_EXT,
  MESSAGE_MAX,
  MSG_DONTWAIT,
  MSG_TRUNC,
  SK_MEMINFO_WMEM_ALLOC,
  SO_MEMINFO,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOL_MCTP,
  SOL_SOCKET,
} from './kernel-numbers.js';
import type { LibC, Watch } from './libc.js';
import {
  decodeExtendedAddress,
  type ExtendedAddress,
  encodeSocketAddress,
  LITTLE_ENDIAN,
  SOCKADDR_EXT_SIZE,
  type SocketAddress,
} from './structures.js';

/** The kernel counts some 700 bytes per packet: room for ten of the longest messages in packets of 64 bytes. */
const RECEIVE_BUFFER = 4 * 1024 * 1024;
const SEND_BUFFER = 212_992;
/**
 * What may be sent before asking whether there is room. Linux (6.12, at least) loses a reference to the route, and so
 * the interface forever, when a send fails because the buffer is full: so that must not happen. Half of the buffer is
 * free when the kernel says there is room.
 */
const SEND_BUDGET = SEND_BUFFER / 2;
/** More than the kernel counts for a message in packets of 64 bytes. */
const sendCost = (length: number): number => (Math.ceil((length + 1) / 64) + 1) * 1024;
/** Between two looks at whether a closed socket has sent everything. */
const LINGER_LOOK_MS = 10;
/** The longest message at 100 kHz takes some six seconds; what is not sent then is given up. */
const LINGER_MOST_MS = 7_000;
/** Messages read in one go, so that a flood on one socket lets others have their turn. */
const READ_AT_ONCE = 64;

// One for all: what is read is copied before anything else happens.
const buffer = new Uint8Array(MESSAGE_MAX);
const source = new Uint8Array(SOCKADDR_EXT_SIZE);
const sourceLength = new Uint8Array(4);
const sourceLengthView = new DataView(sourceLength.buffer);

/** Closed by their users, and not yet by us. */
const lingering = new Set<Descriptor>();

/** Close what still sends, now: the program will not look at it any more. */
export function closeLingering(): void {
  for (const descriptor of [...lingering]) descriptor.close();
}

export class Descriptor {
  readonly fd: number;
  readonly #libc: LibC;
  #watch: Watch | undefined;
  #budget = SEND_BUDGET;
  #lingerTimer: Timer | undefined;
  #closed = false;

  /** @throws MctpError EAFNOSUPPORT, EACCES, ENOBUFS */
  constructor(libc: LibC) {
    this.#libc = libc;
    this.fd = libc.socket(AF_MCTP, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (this.fd < 0) throw kernelError('socket', libc.errno(), 'MCTP');
    this.#option(SOL_MCTP, MCTP_OPT_ADDR_EXT, 1);
    this.#option(SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
    // The first needs CAP_NET_ADMIN, the second stops at net.core.rmem_max.
    if (this.#option(SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER) < 0) {
      this.#option(SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
    }
  }

  /** @throws MctpError EACCES, EADDRINUSE, EINVAL */
  bind(address: SocketAddress, name: string): void {
    const bytes = encodeSocketAddress(address);
    if (this.#libc.bind(this.fd, bytes, bytes.length) < 0) throw kernelError('bind', this.#libc.errno(), name);
  }

  /** @throws MctpError ENOTSUP, EADDRINUSE, EINVAL */
  connect(address: SocketAddress, name: string): void {
    const bytes = encodeSocketAddress(address);
    if (this.#libc.connect(this.fd, bytes, bytes.length) < 0) throw kernelError('connect', this.#libc.errno(), name);
  }

  /** The errno; 0 when the kernel took all of it. */
  send(payload: Uint8Array, address: Uint8Array): number {
    if (this.#budget <= 0) {
      if (!this.#libc.hasRoom(this.fd)) return ERRNO.EAGAIN;
      this.#budget = SEND_BUDGET;
    }
    this.#budget -= sendCost(payload.length);
    const sent = this.#libc.sendto(this.fd, payload, payload.length, MSG_DONTWAIT, address, address.length);
    return sent >= 0 ? 0 : this.#libc.errno();
  }

  /**
   * Read what is there, a bounded number of messages. `message` gets a payload of its own, or undefined for one that
   * was longer than any may be.
   */
  read(message: (from: ExtendedAddress, payload: Uint8Array | undefined) => boolean): void {
    for (let i = 0; i < READ_AT_ONCE; i++) {
      sourceLengthView.setUint32(0, SOCKADDR_EXT_SIZE, LITTLE_ENDIAN);
      const flags = MSG_DONTWAIT | MSG_TRUNC;
      const size = this.#libc.recvfrom(this.fd, buffer, buffer.length, flags, source, sourceLength);
      if (size < 0) {
        if (this.#libc.errno() === ERRNO.EAGAIN) return;
        continue; // an error left behind by a link that went away; reading it took it away
      }
      const payload = size <= buffer.length ? copyOf(buffer, 0, size) : undefined;
      if (!message(decodeExtendedAddress(source), payload)) return;
    }
  }

  get watched(): boolean {
    return this.#watch !== undefined;
  }

  watch(ready: () => void): void {
    this.#watch ??= this.#libc.watch(this.fd, ready);
  }

  /** `ready` is called for room to send too. */
  writable(wanted: boolean): void {
    this.#watch?.writable(wanted);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    lingering.delete(this);
    this.#lingerTimer?.cancel();
    this.#watch?.close();
    this.#libc.close(this.fd);
  }

  /**
   * Nothing is read or sent any more, and the descriptor is closed once everything has been sent. With it the kernel
   * takes back the tags, and drivers (mctp-i2c) drop what is queued for a tag that is gone.
   */
  closeWhenSent(clock: Clock): void {
    this.#watch?.close();
    this.#watch = undefined;
    lingering.add(this);
    const until = clock.now() + LINGER_MOST_MS;
    const look = (): void => {
      if (this.#unsent() === 0 || clock.now() >= until) this.close();
      else this.#lingerTimer = clock.schedule(LINGER_LOOK_MS, look);
    };
    look();
  }

  /** Bytes, as the kernel counts them: with its own for each packet. */
  #unsent(): number {
    const numbers = new Uint32Array(16);
    const size = new Uint8Array(Uint32Array.of(numbers.byteLength).buffer);
    const bytes = new Uint8Array(numbers.buffer);
    if (this.#libc.getsockopt(this.fd, SOL_SOCKET, SO_MEMINFO, bytes, size) < 0) return 0;
    return numbers[SK_MEMINFO_WMEM_ALLOC]!;
  }

  #option(level: number, option: number, value: number): number {
    return this.#libc.setsockopt(this.fd, level, option, new Uint8Array(Int32Array.of(value).buffer), 4);
  }
}
