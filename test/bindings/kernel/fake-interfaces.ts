/** A machine with MCTP interfaces of a kernel which is not there: netlink, packet sockets, and abstract names. */

import type { LibC, Watch } from '../../../bindings/kernel/libc.js';
import { bytes, nested, u32 } from '../../../bindings/kernel/netlink/attributes.js';
import { decodeMessages, encodeMessage } from '../../../bindings/kernel/netlink/netlink-message.js';
import { addressBody, neighbourBody, RTM } from '../../../bindings/kernel/netlink/netlink-objects.js';

const AF_UNIX = 1;
const AF_MCTP = 45;
const AF_NETLINK = 16;
const AF_PACKET = 17;
const EADDRINUSE = 98;
const ENODEV = 19;
const EAGAIN = 11;
const ENOBUFS = 105;

export interface FakeInterface {
  readonly index: number;
  name: string;
  /** Of its address; empty: point to point. */
  readonly address: readonly number[];
  up: boolean;
  /** As the kernel counts it, with the header. */
  mtu: number;
  /** EIDs of the kernel. */
  readonly eids: number[];
  /** EIDs of others, and where they are. */
  readonly neighbours: { readonly eid: number; readonly physicalAddress: string }[];
  network: number;
}

interface Descriptor {
  readonly family: number;
  readonly answers: Uint8Array[];
  index?: number;
  ready?: () => void;
  name?: string;
}

export class FakeInterfaces implements LibC {
  readonly interfaces: FakeInterface[] = [];
  /** What was sent by packet sockets: interface, and the frame. */
  readonly sent: { readonly index: number; readonly frame: readonly number[] }[] = [];
  /** What drivers hold at most of what was sent. */
  room = Number.POSITIVE_INFINITY;
  /** Frames that packet sockets had no room for, and nobody has asked about yet. */
  lost = 0;
  /** Errno of the next sends on packet sockets. */
  readonly refusals: number[] = [];
  /** Errno of the next call of `socket` for packets. */
  noPackets = 0;
  /** What the next calls of `accept4` are told: an errno; 0: somebody has come. Then nobody has. */
  readonly comers: number[] = [];
  readonly descriptors = new Map<number, Descriptor>();
  #nextFd = 10;
  #errno = 0;

  add(index: number, name: string, address: readonly number[] = [], up = true): FakeInterface {
    const added = { index, name, address, up, mtu: 254, eids: [], neighbours: [], network: 1 };
    this.interfaces.push(added);
    this.changed();
    return added;
  }

  remove(index: number): void {
    this.interfaces.splice(
      this.interfaces.findIndex((one) => one.index === index),
      1,
    );
    this.changed();
  }

  /** The kernel tells that links have changed. */
  changed(): void {
    // Who has no address is not told.
    for (const { family, ready, name } of [...this.descriptors.values()]) {
      if (family === AF_NETLINK && name !== undefined) ready?.();
    }
  }

  /** A frame from the wire. */
  arrive(index: number, frame: readonly number[]): void {
    for (const one of [...this.descriptors.values()]) {
      if (one.family !== AF_PACKET || one.index !== index) continue;
      one.answers.push(Uint8Array.from(frame));
      one.ready?.();
    }
  }

  socket(family: number): number {
    if (family === AF_PACKET && this.noPackets !== 0) return this.#fail(this.noPackets);
    this.descriptors.set(++this.#nextFd, { family, answers: [] });
    return this.#nextFd;
  }

  bind(fd: number, address: Uint8Array): number {
    const one = this.descriptors.get(fd)!;
    if (one.family === AF_PACKET) {
      one.index = new DataView(address.buffer).getInt32(4, true);
      return this.interfaces.some(({ index }) => index === one.index) ? 0 : this.#fail(ENODEV);
    }
    const name = one.family === AF_NETLINK ? `netlink ${fd}` : new TextDecoder().decode(address.subarray(2));
    if ([...this.descriptors.values()].some((other) => other.name === name)) return this.#fail(EADDRINUSE);
    one.name = name;
    return 0;
  }

  sendto(fd: number, data: Uint8Array, length: number): number {
    const one = this.descriptors.get(fd)!;
    if (one.family === AF_NETLINK) this.#asked(one, data);
    else {
      const refusal = this.refusals.shift() ?? (this.sent.length < this.room ? 0 : ENOBUFS);
      if (refusal !== 0) return this.#fail(refusal);
      this.sent.push({ index: one.index!, frame: [...data] });
    }
    return length;
  }

  recvfrom(fd: number, buffer: Uint8Array, length: number): number {
    const next = this.descriptors.get(fd)!.answers.shift();
    if (next === undefined) return this.#fail(EAGAIN);
    buffer.set(next.subarray(0, length));
    return next.length;
  }

  /** PACKET_STATISTICS: asking begins anew. */
  getsockopt(_fd: number, level: number, option: number, value: Uint8Array): number {
    if (level !== 263 || option !== 6) return 0;
    new DataView(value.buffer).setUint32(4, this.lost, true);
    this.lost = 0;
    return 0;
  }

  watch(fd: number, ready: () => void): Watch {
    const one = this.descriptors.get(fd)!;
    one.ready = ready;
    return { writable() {}, unref() {}, close: () => delete one.ready };
  }

  connect = (): number => 0;
  listen = (): number => 0;
  accept4 = (): number => {
    const errno = this.comers.shift() ?? EAGAIN;
    return errno === 0 ? this.socket(AF_UNIX) : this.#fail(errno);
  };
  setsockopt = (): number => 0;
  ioctl = (): number => 0;
  hasRoom = (): boolean => true;
  open = (): number => -1;
  errno = (): number => this.#errno;
  close = (fd: number): number => (this.descriptors.delete(fd) ? 0 : -1);

  #asked(one: Descriptor, request: Uint8Array): void {
    const [message] = decodeMessages(request);
    const { type, sequence, body } = message!;
    const answer = (
      kind: number,
      fixed: Uint8Array,
      attributes: Parameters<typeof encodeMessage>[0]['attributes'] = [],
    ) => one.answers.push(encodeMessage({ type: kind, flags: 2, sequence, fixed, attributes }));
    if (type === RTM.NEWLINK) {
      const view = new DataView(body.buffer, body.byteOffset);
      const link = this.interfaces.find(({ index }) => index === view.getInt32(4, true));
      if (link !== undefined && view.getUint32(12, true) === 1) link.up = view.getUint32(8, true) === 1;
      // The only attribute is the network: nested twice.
      if (link !== undefined && body.length > 16) link.network = view.getUint32(body.length - 4, true);
      answer(2, new Uint8Array(20));
      return;
    }
    if (type === RTM.GETLINK) {
      for (const { index, name, address, up, mtu, network } of this.interfaces) {
        const fixed = new Uint8Array(16);
        const view = new DataView(fixed.buffer);
        view.setUint16(2, 290, true);
        view.setInt32(4, index, true);
        view.setUint32(8, up ? 1 : 0, true);
        answer(RTM.NEWLINK, fixed, [
          bytes(1, Uint8Array.from(address)),
          bytes(3, new TextEncoder().encode(`${name}\0`)),
          u32(4, mtu),
          nested(26, [nested(AF_MCTP, [u32(1, network)])]),
        ]);
      }
    }
    if (type === RTM.GETADDR) {
      for (const { index, eids } of this.interfaces) {
        for (const eid of eids) {
          const { fixed, attributes } = addressBody({ index, eid });
          answer(RTM.NEWADDR, fixed, attributes);
        }
      }
    }
    if (type === RTM.GETNEIGH) {
      for (const { index, neighbours } of this.interfaces) {
        for (const { eid, physicalAddress } of neighbours) {
          const { fixed, attributes } = neighbourBody({ index, eid, physicalAddress });
          answer(RTM.NEWNEIGH, fixed, attributes);
        }
      }
    }
    answer(3, new Uint8Array(4));
  }

  #fail(errno: number): number {
    this.#errno = errno;
    return -1;
  }
}
