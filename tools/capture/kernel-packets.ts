/** Packets of the kernel's MCTP links, as packet sockets see them: both directions, whoever sends. Needs CAP_NET_RAW. */

import type { Recorded } from '../../bindings/capture/recorder.js';
import { PACKET_TYPE, PROTOCOL_MCTP } from '../../bindings/capture/sll2.js';
import type { LibC } from '../../bindings/kernel/libc.js';
import { lostPackets } from '../../bindings/kernel/lost-packets.js';
import { LITTLE_ENDIAN } from '../../bindings/kernel/structures.js';
import { MctpError } from '../../stack/errors.js';
import { HEADER_SIZE, HEADER_VERSION } from '../../stack/packet.js';

const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
/** A socket of one protocol hears only what arrives; what leaves is shown to those that hear all protocols. */
const ETH_P_ALL = 0x0003;
const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const RECEIVE_BUFFER = 8 * 1024 * 1024;
/** When the packet that was read last had passed: two numbers of 64 bits, seconds and nanoseconds. */
const SIOCGSTAMPNS_NEW = 0x80108907;
const EPERM = 1;
const EACCES = 13;
const LONGEST_PACKET = 65_536;
/** Packets read in one go; then others have their turn. */
const READ_AT_ONCE = 256;
/** So often at the end, however fast more arrives. */
const MOST_ROUNDS = 64;

export interface KernelLinkName {
  readonly index: number;
  readonly name: string;
}

/**
 * Hear every packet of these links from now on; returns how to stop. A link may go down and come back.
 * `time`: ms since 1970, for kernels that do not say when a packet passed.
 * @throws MctpError EACCES, EIO
 */
export function recordKernel(
  libc: LibC,
  links: readonly KernelLinkName[],
  hear: (recorded: Recorded) => void,
  time: () => number,
): () => void {
  const stops: (() => void)[] = [];
  const stop = (): void => {
    for (const one of stops) one();
  };
  try {
    for (const link of links) stops.push(recordLink(libc, link, hear, time));
    return stop;
  } catch (error) {
    stop();
    throw error;
  }
}

function recordLink(
  libc: LibC,
  { index, name }: KernelLinkName,
  hear: (recorded: Recorded) => void,
  time: () => number,
): () => void {
  // No protocol yet: nothing of other interfaces may come before it is bound to its own.
  const fd = libc.socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) throw refused(libc.errno(), name);
  const address = socketAddress(ETH_P_ALL, index);
  if (libc.bind(fd, address, address.length) < 0) {
    const code = libc.errno();
    libc.close(fd);
    throw refused(code, name);
  }
  const size = new Uint8Array(Int32Array.of(RECEIVE_BUFFER).buffer);
  libc.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, size, size.length);
  libc.ioctl(fd, SIOCGSTAMPNS_NEW, passed); // asked once, the kernel notes times from now on
  const watch = libc.watch(fd, () => read(libc, fd, name, hear, time));
  return () => {
    // What has passed until now counts, although nobody has told us yet that it is there.
    for (let round = 0; round < MOST_ROUNDS && read(libc, fd, name, hear, time) === READ_AT_ONCE; round++);
    watch.close();
    libc.close(fd);
  };
}

function refused(code: number, name: string): MctpError {
  if (code === EPERM || code === EACCES) {
    return new MctpError(
      'EACCES',
      'packets of the kernel may not be captured: run with sudo, or give node CAP_NET_RAW',
    );
  }
  return new MctpError('EIO', `the kernel gives no packet socket for ${name}: errno ${code}`);
}

const ADDRESS_SIZE = 20;

/** struct sockaddr_ll: the protocol is in network order, the rest in the machine's. */
function socketAddress(protocol: number, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(ADDRESS_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_PACKET, LITTLE_ENDIAN);
  view.setUint16(2, protocol);
  view.setInt32(4, interfaceIndex, LITTLE_ENDIAN);
  return bytes;
}

// One for all: what is read is copied before anything else happens.
const buffer = new Uint8Array(LONGEST_PACKET);
const source = new Uint8Array(ADDRESS_SIZE);
const sourceView = new DataView(source.buffer);
const sourceLength = new Uint8Array(4);
const sourceLengthView = new DataView(sourceLength.buffer);
const passed = new Uint8Array(16);
const passedView = new DataView(passed.buffer);

/** How many packets there were, up to so many. What there was no room for is told behind them. */
function read(libc: LibC, fd: number, link: string, hear: (recorded: Recorded) => void, time: () => number): number {
  const count = readPackets(libc, fd, link, hear, time);
  const lost = lostPackets(libc, fd);
  if (lost > 0) {
    hear({
      link,
      timeNs: now(time),
      direction: 'rx',
      physicalAddress: '',
      bytes: new Uint8Array(0),
      isPacket: false,
      fault: `${lost} packets were lost`,
      linkFault: true,
    });
  }
  return count;
}

function readPackets(
  libc: LibC,
  fd: number,
  link: string,
  hear: (recorded: Recorded) => void,
  time: () => number,
): number {
  for (let count = 0; count < READ_AT_ONCE; count++) {
    sourceLengthView.setUint32(0, ADDRESS_SIZE, LITTLE_ENDIAN);
    const size = libc.recvfrom(fd, buffer, buffer.length, 0, source, sourceLength);
    // Nothing more; or the link went down, which reading has taken note of.
    if (size < 0) return count;
    if (sourceView.getUint16(2) !== PROTOCOL_MCTP) continue;
    const bytes = buffer.slice(0, size);
    const outgoing = source[10] === PACKET_TYPE.fromUs;
    // Of a packet that leaves, the address is ours.
    const from = outgoing ? '' : Buffer.from(source.subarray(12, 12 + Math.min(8, source[11]!))).toString('hex');
    hear({
      link,
      timeNs: timeOfLast(libc, fd, time),
      direction: outgoing ? 'tx' : 'rx',
      physicalAddress: from,
      bytes,
      isPacket: bytes.length > HEADER_SIZE && (bytes[0]! & 0x0f) === HEADER_VERSION,
      fault: undefined,
      linkFault: false,
    });
  }
  return READ_AT_ONCE;
}

/** A kernel before 5.1 does not say: then it was just now. */
function timeOfLast(libc: LibC, fd: number, time: () => number): bigint {
  if (libc.ioctl(fd, SIOCGSTAMPNS_NEW, passed) < 0) return now(time);
  return passedView.getBigInt64(0, LITTLE_ENDIAN) * 1_000_000_000n + passedView.getBigInt64(8, LITTLE_ENDIAN);
}

function now(time: () => number): bigint {
  return BigInt(Math.round(time())) * 1_000_000n;
}
