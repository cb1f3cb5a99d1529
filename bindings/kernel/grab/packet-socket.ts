/** A packet socket on one interface (packet(7)): what its driver receives and sends, below the kernel's MCTP stack. */

import { MctpError } from '../../../stack/errors.js';
import { ERRNO, kernelError } from '../errno.js';
import { MSG_DONTWAIT, MSG_TRUNC, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_RAW } from '../kernel-numbers.js';
import type { LibC, Watch } from '../libc.js';
import { lostPackets } from '../lost-packets.js';
import { LITTLE_ENDIAN } from '../structures.js';

const AF_PACKET = 17;
const ETH_P_MCTP = 0x00fa;
/** struct sockaddr_ll: family, protocol (in network order), interface, hardware type, kind of packet, address. */
const SOCKADDR_LL = 20;
const KIND_OFFSET = 10;
/** One that this machine sent. */
const PACKET_OUTGOING = 4;
/** More than drivers send up; what is longer yet is told. */
const LONGEST = 65_536;
/** So that a flood on one interface lets others have their turn. */
const READ_AT_ONCE = 64;

export interface PacketSocketUser {
  /** A frame as the driver has it, only valid during the call. */
  received(buffer: Uint8Array, end: number): void;
  /** One of so many bytes, of which only buffer[0, end) could be read. */
  tooLong(buffer: Uint8Array, end: number, size: number): void;
  /** The kernel had no room for so many frames. */
  lost(count: number): void;
}

export class PacketSocket {
  readonly #fd: number;
  readonly #watch: Watch;
  readonly #buffer = new Uint8Array(LONGEST);
  readonly #from = new Uint8Array(SOCKADDR_LL);
  readonly #fromLength = new Uint8Array(4);

  /** @throws MctpError EACCES, ENODEV, EIO */
  constructor(
    private readonly libc: LibC,
    index: number,
    name: string,
    private readonly user: PacketSocketUser,
  ) {
    // Nothing is received before it is bound: the protocol comes with the interface.
    this.#fd = libc.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (this.#fd < 0) throw refused(libc.errno(), name);
    const address = new Uint8Array(SOCKADDR_LL);
    const view = new DataView(address.buffer);
    view.setUint16(0, AF_PACKET, LITTLE_ENDIAN);
    view.setUint16(2, ETH_P_MCTP, false);
    view.setInt32(4, index, LITTLE_ENDIAN);
    if (libc.bind(this.#fd, address, address.length) < 0) {
      const errno = libc.errno();
      libc.close(this.#fd);
      throw errno === ERRNO.ENODEV
        ? new MctpError('ENODEV', `the kernel's link ${name} is gone`)
        : kernelError('open', errno, `a packet socket on ${name}`);
    }
    this.#watch = libc.watch(this.#fd, () => this.#read());
  }

  /** The errno; 0 when the driver's queue has it. */
  send(frame: Uint8Array): number {
    return this.libc.sendto(this.#fd, frame, frame.length, MSG_DONTWAIT, null, 0) >= 0 ? 0 : this.libc.errno();
  }

  close(): void {
    this.#watch.close();
    this.libc.close(this.#fd);
  }

  #read(): void {
    for (let i = 0; i < READ_AT_ONCE && this.#readOne(); i++);
    const lost = lostPackets(this.libc, this.#fd);
    if (lost > 0) this.user.lost(lost);
  }

  /** False: there is nothing more. */
  #readOne(): boolean {
    new DataView(this.#fromLength.buffer).setUint32(0, SOCKADDR_LL, LITTLE_ENDIAN);
    const flags = MSG_DONTWAIT | MSG_TRUNC;
    const size = this.libc.recvfrom(this.#fd, this.#buffer, LONGEST, flags, this.#from, this.#fromLength);
    // Another errno: the interface went down; reading it took it away.
    if (size < 0) return this.libc.errno() !== ERRNO.EAGAIN;
    if (this.#from[KIND_OFFSET] === PACKET_OUTGOING) return true;
    if (size > LONGEST) this.user.tooLong(this.#buffer, LONGEST, size);
    else this.user.received(this.#buffer, size);
    return true;
  }
}

function refused(errno: number, name: string): MctpError {
  if (errno === ERRNO.EPERM || errno === ERRNO.EACCES) {
    return new MctpError('EACCES', `to grab ${name} needs CAP_NET_RAW: run as root`);
  }
  if (errno === ERRNO.EAFNOSUPPORT) {
    return new MctpError('EAFNOSUPPORT', 'this kernel has no packet sockets: it needs CONFIG_PACKET');
  }
  return kernelError('open', errno, `a packet socket on ${name}`);
}
