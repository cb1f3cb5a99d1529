/** Packets of the kernel's MCTP links, as a packet socket sees them: both directions, whoever sends. Needs CAP_NET_RAW. */

import { type LibC, loadLibC } from '../../bindings/kernel/libc.js';
import { MctpError } from '../../stack/errors.js';
import { HEADER_SIZE, HEADER_VERSION } from '../../stack/packet.js';
import type { Recorded } from './recorder.js';
import { PACKET_TYPE, PROTOCOL_MCTP } from './sll2.js';

const AF_PACKET = 17;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SOCKADDR_LL_SIZE = 20;
const EPERM = 1;
const EACCES = 13;
const LONGEST_PACKET = 65_536;
/** Packets read in one go; then others have their turn. */
const READ_AT_ONCE = 256;
/** Both ends of a network device are in this machine's byte order, but the protocol is not. */
const PROTOCOL_IN_NETWORK_ORDER = ((PROTOCOL_MCTP & 0xff) << 8) | (PROTOCOL_MCTP >> 8);

export interface KernelLinkName {
  readonly index: number;
  readonly name: string;
}

/**
 * Hear every packet of these links; returns how to stop.
 * @throws MctpError EACCES, ENOPACKAGE, ENOTSUP
 */
export async function recordKernel(
  links: readonly KernelLinkName[],
  hear: (recorded: Recorded) => void,
): Promise<() => void> {
  const libc = await loadLibC();
  const fd = libc.socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, PROTOCOL_IN_NETWORK_ORDER);
  if (fd < 0) {
    const code = libc.errno();
    if (code === EPERM || code === EACCES) {
      throw new MctpError(
        'EACCES',
        'packets of the kernel may not be captured: run with sudo, or give node CAP_NET_RAW',
      );
    }
    throw new MctpError('EIO', `the kernel gives no packet socket: errno ${code}`);
  }
  const names = new Map(links.map(({ index, name }) => [index, name]));
  const watch = libc.watch(fd, () => read(libc, fd, names, hear));
  return () => {
    watch.close();
    libc.close(fd);
  };
}

const buffer = new Uint8Array(LONGEST_PACKET);
const address = new Uint8Array(SOCKADDR_LL_SIZE);
const addressView = new DataView(address.buffer);
const addressLength = new Uint8Array(4);

function read(libc: LibC, fd: number, names: ReadonlyMap<number, string>, hear: (recorded: Recorded) => void): void {
  const originNs = BigInt(Math.round(performance.timeOrigin * 1000)) * 1000n;
  for (let count = 0; count < READ_AT_ONCE; count++) {
    new DataView(addressLength.buffer).setUint32(0, SOCKADDR_LL_SIZE, true);
    const size = libc.recvfrom(fd, buffer, buffer.length, 0, address, addressLength);
    if (size < 0) return;
    const link = names.get(addressView.getInt32(4, true));
    if (link === undefined) continue;
    const bytes = buffer.slice(0, size);
    const outgoing = address[10] === PACKET_TYPE.fromUs;
    // Of a packet that leaves, the address is ours.
    const from = outgoing ? '' : Buffer.from(address.subarray(12, 12 + Math.min(8, address[11]!))).toString('hex');
    hear({
      link,
      timeNs: originNs + BigInt(Math.round(performance.now() * 1e6)),
      direction: outgoing ? 'tx' : 'rx',
      physicalAddress: from,
      bytes,
      isPacket: bytes.length > HEADER_SIZE && (bytes[0]! & 0x0f) === HEADER_VERSION,
      fault: undefined,
      linkFault: false,
    });
  }
}
