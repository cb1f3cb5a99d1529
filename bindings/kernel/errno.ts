/** What the kernel says, in our words: a code of the one error family and a sentence that helps. */

import { constants } from 'node:os';
import { MctpError, type MctpErrorCode } from '../../stack/errors.js';

export const ERRNO = constants.errno;

export type Call =
  | 'socket'
  | 'bind'
  | 'connect'
  | 'send'
  | 'receive'
  | 'allocate a tag'
  | 'release a tag'
  | 'netlink'
  | 'open';

const BUILD_OPTION = 'it needs CONFIG_MCTP, and a driver such as CONFIG_MCTP_SERIAL or CONFIG_MCTP_TRANSPORT_I2C';

/** By call, then by errno. `what` is the object of the call, e.g. "EID 9" or "MCTP type 5". */
const SENTENCES: Partial<Record<Call, Readonly<Record<number, readonly [MctpErrorCode, (what: string) => string]>>>> = {
  socket: {
    [ERRNO.EAFNOSUPPORT]: ['EAFNOSUPPORT', () => `this kernel has no MCTP: ${BUILD_OPTION}`],
    [ERRNO.EMFILE]: ['ENOBUFS', () => 'this process has no more descriptors: close sockets or raise ulimit -n'],
    [ERRNO.ENFILE]: ['ENOBUFS', () => 'the system has no more descriptors'],
    [ERRNO.EACCES]: ['EACCES', () => 'the system does not let this process make MCTP sockets'],
    [ERRNO.EPERM]: ['EACCES', () => 'the system does not let this process make MCTP sockets'],
  },
  bind: {
    [ERRNO.EACCES]: [
      'EACCES',
      (what) =>
        `binding to ${what} needs CAP_NET_BIND_SERVICE: run as root, or setcap cap_net_bind_service,cap_net_raw+ep`,
    ],
    [ERRNO.EADDRINUSE]: ['EADDRINUSE', (what) => `${what} is bound already, by this or another program`],
  },
  connect: {
    [ERRNO.EOPNOTSUPP]: [
      'ENOTSUP',
      () => 'this kernel cannot connect MCTP sockets (Linux 6.17 and later can): bind, and look at the source',
    ],
    [ERRNO.EADDRINUSE]: ['EADDRINUSE', () => 'the socket is bound or connected already'],
  },
  send: {
    [ERRNO.EACCES]: [
      'EACCES',
      () => 'sending needs CAP_NET_RAW: run as root, or setcap cap_net_bind_service,cap_net_raw+ep on node',
    ],
    [ERRNO.EHOSTUNREACH]: [
      'EHOSTUNREACH',
      (what) => `the kernel cannot reach ${what}: it has no route, no neighbour, or no EID of its own on that link`,
    ],
    [ERRNO.EBUSY]: ['EBUSY', (what) => `all eight tags towards ${what} are in use`],
    [ERRNO.ENODEV]: ['ENODEV', (what) => `the link to ${what} is gone, or does not carry MCTP`],
    [ERRNO.ENOENT]: ['ENOENT', (what) => `the tag was not allocated by this socket for ${what}`],
    [ERRNO.EMSGSIZE]: ['EMSGSIZE', (what) => `too long for the way to ${what}, or its MTU is too small for anything`],
    [ERRNO.ENETDOWN]: ['ENETDOWN', (what) => `the link to ${what} is down`],
    [ERRNO.ENOBUFS]: ['ENOBUFS', (what) => `the transmit queue towards ${what} is full: part of the message is lost`],
    [ERRNO.EAGAIN]: ['EAGAIN', () => 'the send buffer is full'],
    [ERRNO.EINVAL]: ['EINVAL', (what) => `the kernel does not take the address of ${what}`],
  },
  'allocate a tag': {
    [ERRNO.EBUSY]: ['EBUSY', (what) => `all eight tags towards ${what} are in use`],
    [ERRNO.EINVAL]: ['ENOTSUP', () => 'this kernel has no preallocated tags: Linux 5.18 or later has'],
    [ERRNO.ENOTTY]: ['ENOTSUP', () => 'this kernel has no preallocated tags: Linux 5.18 or later has'],
  },
  'release a tag': { [ERRNO.EINVAL]: ['ENOENT', (what) => `no tag of this socket towards ${what}`] },
  netlink: {
    [ERRNO.EPERM]: ['EACCES', (what) => `to ${what} needs CAP_NET_ADMIN: run as root`],
    [ERRNO.EACCES]: ['EACCES', (what) => `to ${what} needs CAP_NET_ADMIN: run as root`],
    [ERRNO.EEXIST]: ['EEXIST', (what) => `cannot ${what}: there is one already`],
    [ERRNO.ENOENT]: ['ENOENT', (what) => `cannot ${what}: there is none`],
    [ERRNO.ESRCH]: ['ENOENT', (what) => `cannot ${what}: there is none`],
    [ERRNO.ENODEV]: ['ENODEV', (what) => `cannot ${what}: no such link, or it does not carry MCTP`],
    [ERRNO.EADDRNOTAVAIL]: ['ENOENT', (what) => `cannot ${what}: there is none`],
    [ERRNO.EINVAL]: ['EINVAL', (what) => `the kernel refuses to ${what}: a value is out of its range`],
    [ERRNO.EOPNOTSUPP]: ['ENOTSUP', (what) => `this kernel cannot ${what}`],
  },
  open: {
    [ERRNO.EACCES]: ['EACCES', (what) => `no permission to open ${what}`],
    [ERRNO.ENOENT]: ['ENODEV', (what) => `${what} does not exist`],
  },
};

const NAMES = new Map(Object.entries(ERRNO).map(([name, value]) => [value, name]));

export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `errno ${errno}`;
}

/** The error of a failed call. Anything without a name of its own is EIO, with the errno in the sentence. */
export function kernelError(call: Call, errno: number, what: string): MctpError {
  const name = errnoName(errno);
  const cause = Object.assign(new Error(`${call}: ${name}`), { errno, code: name, syscall: call });
  const known = SENTENCES[call]?.[errno];
  if (known !== undefined) return new MctpError(known[0], known[1](what), { cause });
  return new MctpError('EIO', `${call} failed with ${name} (${what})`, { cause });
}
