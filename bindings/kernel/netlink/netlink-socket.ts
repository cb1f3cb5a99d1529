/**
 * An rtnetlink socket. The kernel answers while the request is being sent, so that every exchange is done at once and
 * nothing waits.
 */

import { MctpError } from '../../../stack/errors.js';
import { ERRNO, kernelError } from '../errno.js';
import { AF_NETLINK, MSG_DONTWAIT, MSG_TRUNC, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW } from '../kernel-numbers.js';
import type { LibC, Watch } from '../libc.js';
import { LITTLE_ENDIAN } from '../structures.js';
import type { Attribute } from './attributes.js';
import {
  decodeMessages,
  decodeVerdict,
  encodeMessage,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
} from './netlink-message.js';
import { dumpFixed } from './netlink-objects.js';

const NETLINK_ROUTE = 0;
const SOL_NETLINK = 270;
const NETLINK_ADD_MEMBERSHIP = 1;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const BUFFER = 65_536;
/** struct sockaddr_nl: family, padding, address (0: the kernel chooses), groups. */
const SOCKADDR_NL = 12;

export class NetlinkSocket {
  readonly #libc: LibC;
  readonly #fd: number;
  readonly #buffer = new Uint8Array(BUFFER);
  #sequence = 0;
  #watch: Watch | undefined;

  /** @throws MctpError EIO, ENOBUFS, EACCES */
  constructor(libc: LibC) {
    this.#libc = libc;
    this.#fd = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (this.#fd < 0) throw kernelError('socket', libc.errno(), 'netlink');
    // Explanations in words; kernels that have none do without.
    this.#option(NETLINK_EXT_ACK, 1);
    this.#option(NETLINK_CAP_ACK, 1);
  }

  /** Change something. `what` for messages: "add EID 9 to mctpi2c0". @throws MctpError */
  change(what: string, type: number, flags: number, fixed: Uint8Array, attributes: readonly Attribute[]): void {
    const sequence = ++this.#sequence;
    this.#send(what, encodeMessage({ type, flags: NLM_F_REQUEST | NLM_F_ACK | flags, sequence, fixed, attributes }));
    for (;;) {
      for (const message of this.#receive(what)) {
        if (message.sequence !== sequence || message.type !== NLMSG_ERROR) continue;
        const { errno, explanation } = decodeVerdict(message);
        if (errno === 0) return;
        throw kernelError('netlink', errno, explanation === undefined ? what : `${what} (${explanation})`);
      }
    }
  }

  /** All objects of a kind; `decode` gives undefined for what is not wanted. @throws MctpError */
  dump<T>(what: string, type: number, family: number, decode: (body: Uint8Array) => T | undefined): T[] {
    // A dump during which something changed is not whole (NLM_F_DUMP_INTR); a few tries nearly always give one that is.
    for (let tries = 0; ; tries++) {
      const found: T[] = [];
      if (this.#dump(what, type, family, decode, found) || tries === 3) return found;
    }
  }

  /** Be told when objects of these groups change. Does not keep the process alive. */
  onChange(groups: readonly number[], changed: () => void): void {
    // Without an address of its own the kernel takes the socket for the one that told, and tells it nothing.
    const address = new Uint8Array(SOCKADDR_NL);
    new DataView(address.buffer).setUint16(0, AF_NETLINK, LITTLE_ENDIAN);
    this.#libc.bind(this.#fd, address, address.length);
    for (const group of groups) this.#option(NETLINK_ADD_MEMBERSHIP, group);
    this.#watch = this.#libc.watch(this.#fd, () => {
      // What it says does not matter, nor that there was more than the buffer holds: read the tables again.
      const libc = this.#libc;
      while (libc.recvfrom(this.#fd, this.#buffer, BUFFER, MSG_DONTWAIT, null, null) > 0);
      changed();
    });
    this.#watch.unref();
  }

  close(): void {
    this.#watch?.close();
    this.#libc.close(this.#fd);
  }

  #dump<T>(what: string, type: number, family: number, decode: (body: Uint8Array) => T | undefined, found: T[]) {
    const NLM_F_DUMP_INTR = 0x10;
    const sequence = ++this.#sequence;
    const fixed = dumpFixed(type, family);
    this.#send(what, encodeMessage({ type, flags: NLM_F_REQUEST | NLM_F_DUMP, sequence, fixed }));
    let whole = true;
    for (;;) {
      for (const message of this.#receive(what)) {
        if (message.sequence !== sequence) continue;
        if ((message.flags & NLM_F_DUMP_INTR) !== 0) whole = false;
        if (message.type === NLMSG_DONE) return whole;
        if (message.type === NLMSG_ERROR) throw kernelError('netlink', decodeVerdict(message).errno, what);
        const object = decode(message.body);
        if (object !== undefined) found.push(object);
      }
    }
  }

  #send(what: string, message: Uint8Array): void {
    if (this.#libc.sendto(this.#fd, message, message.length, 0, null, 0) < 0) {
      throw kernelError('netlink', this.#libc.errno(), what);
    }
  }

  #receive(what: string) {
    const size = this.#libc.recvfrom(this.#fd, this.#buffer, BUFFER, MSG_DONTWAIT | MSG_TRUNC, null, null);
    if (size >= 0 && size <= BUFFER) return decodeMessages(this.#buffer.subarray(0, size));
    const errno = this.#libc.errno();
    if (size >= 0 || errno === ERRNO.ENOBUFS) return []; // notifications were lost, or one was too long: not ours
    if (errno === ERRNO.EAGAIN) throw new MctpError('EPROTO', `the kernel gave no answer when asked to ${what}`);
    throw kernelError('netlink', errno, what);
  }

  #option(option: number, value: number): void {
    const bytes = new Uint8Array(Int32Array.of(value).buffer);
    this.#libc.setsockopt(this.#fd, SOL_NETLINK, option, bytes, bytes.length);
  }
}
