/**
 * One holder for an interface that was grabbed: a socket with its name in the abstract name space, which belongs to the
 * network name space as the interface does, and is gone when its process is.
 */

import { MctpError } from '../../../stack/errors.js';
import { ERRNO, kernelError } from '../errno.js';
import { SOCK_CLOEXEC, SOCK_DGRAM } from '../kernel-numbers.js';
import type { LibC } from '../libc.js';
import { AF_UNIX, unixAddress } from '../unix-address.js';

/** Returns how to let go of it. @throws MctpError EADDRNOTAVAIL while another process, or another link of this one, has it */
export function holdInterface(libc: LibC, name: string): () => void {
  const fd = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) throw kernelError('open', libc.errno(), `a socket to hold ${name}`);
  const address = unixAddress(`@mctpkit/grab/${name}`);
  if (libc.bind(fd, address, address.length) < 0) {
    const errno = libc.errno();
    libc.close(fd);
    if (errno !== ERRNO.EADDRINUSE) throw kernelError('open', errno, `a socket to hold ${name}`);
    throw new MctpError('EADDRNOTAVAIL', `the kernel's link ${name} is grabbed already: end what holds it first`);
  }
  return () => void libc.close(fd);
}
