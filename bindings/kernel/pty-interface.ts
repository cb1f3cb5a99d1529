/**
 * A network interface of the kernel whose wire ends here: a pseudo terminal with the line discipline N_MCTP. What a TAP
 * device is to Ethernet.
 */

import { MctpError } from '../../stack/errors.js';
import type { BytePort } from '../serial/byte-port.js';
import { openPty } from '../serial/pty.js';
import { ERRNO, errnoName, kernelError } from './errno.js';
import { N_MCTP, TIOCSETD } from './kernel-numbers.js';
import type { KernelTables, MctpLink } from './kernel-tables.js';
import { loadLibC } from './libc.js';

const O_RDWR = 0o2;
const O_NOCTTY = 0o400;
const O_CLOEXEC = 0o2000000;
/**
 * A message of 64 KiB is 1024 packets here; the default of 1000 would lose the end of it. Every socket may have one on its
 * way, and one more packet than fits is ENOBUFS and half a message lost.
 */
const QUEUE_LENGTH = 16_384;
const INTERFACE = /^mctpserial(\d+)$/;

export interface PtyInterface {
  /** Not yet up. */
  readonly link: MctpLink;
  /** The wire, with frames as on a serial line. Closing it removes the interface. */
  readonly port: BytePort;
}

/** @throws MctpError EACCES, ENOTSUP, ENOPACKAGE, EIO */
export async function openPtyInterface(tables: KernelTables): Promise<PtyInterface> {
  const libc = await loadLibC();
  const pty = await openPty();
  try {
    const before = new Set(serialLinks(tables).map((link) => link.index));
    const fd = libc.open(pty.path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) throw kernelError('open', libc.errno(), pty.path);
    const failed = libc.ioctl(fd, TIOCSETD, new Uint8Array(Int32Array.of(N_MCTP).buffer)) < 0;
    const errno = libc.errno();
    libc.close(fd); // the pseudo terminal itself is kept open by `pty`
    if (failed) throw disciplineError(errno);
    // The kernel does not say which interface a tty became: it is the one that was not there before.
    const link = serialLinks(tables).find(({ index }) => !before.has(index));
    if (link === undefined) throw new MctpError('EIO', 'the line discipline made no interface');
    tables.changeLink(link, { queueLength: QUEUE_LENGTH });
    return { link, port: pty.port };
  } catch (error) {
    await pty.port.close();
    throw error;
  }
}

function serialLinks(tables: KernelTables): MctpLink[] {
  return tables.links().filter((link) => INTERFACE.test(link.name));
}

function disciplineError(errno: number): MctpError {
  if (errno === ERRNO.EPERM || errno === ERRNO.EACCES) {
    return new MctpError('EACCES', 'to make a serial MCTP interface needs CAP_NET_ADMIN: run as root');
  }
  if (errno === ERRNO.EINVAL) {
    return new MctpError('ENOTSUP', 'this kernel has no MCTP over serial lines: it needs CONFIG_MCTP_SERIAL');
  }
  return new MctpError('EIO', `the line discipline N_MCTP was refused with ${errnoName(errno)}`);
}
