/**
 * The socket on which libmctp's mctp-demux-daemon serves its clients, so that they use a served network as they are. It has
 * a name in the abstract name space, and no mode: who may connect is decided as for a file with the mode of the network.
 */

import type { Timer } from '../../../../stack/clock.js';
import { MctpError } from '../../../../stack/errors.js';
import { ERRNO, errnoName, kernelError } from '../../../kernel/errno.js';
import { SOCK_CLOEXEC, SOCK_NONBLOCK } from '../../../kernel/kernel-numbers.js';
import { type LibC, loadLibC, type Watch } from '../../../kernel/libc.js';
import { AF_UNIX, UNIX_PATH_LONGEST, unixAddress } from '../../../kernel/unix-address.js';
import { peerGroups, peerOf } from '../credentials.js';
import type { Access } from '../network-folder.js';
import type { ServedNetwork } from '../served-network.js';
import { DemuxClient } from './demux-client.js';
import { SeqpacketLine } from './seqpacket-line.js';

const SOCK_SEQPACKET = 5;
const BACKLOG = 64;
/** Until the clients that wait are looked at again, when there was no descriptor for one. */
const AGAIN_MS = 200;
/** To send and to receive: r and w. */
const MAY_USE = 0o6;

export interface DemuxPeer {
  readonly uid: number;
  readonly groups: readonly number[];
}

/** As the system decides it for a file. */
export function mayUse({ uid, gid, mode }: Access, peer: DemuxPeer): boolean {
  if (peer.uid === 0) return true;
  const shift = peer.uid === uid ? 6 : peer.groups.includes(gid) ? 3 : 0;
  return ((mode >> shift) & MAY_USE) === MAY_USE;
}

export class DemuxServer {
  #watch: Watch | undefined;
  #again: Timer | undefined;
  /** There was no descriptor for the last one which came. */
  #isShort = false;

  private constructor(
    private readonly libc: LibC,
    private readonly fd: number,
    private readonly network: ServedNetwork,
    private readonly owner: Access,
  ) {
    this.#listen();
  }

  /** `name`: with `@` for an abstract one. @throws MctpError EADDRINUSE, ENOPACKAGE, ENOTSUP, EUSAGE */
  static async open(
    name: string,
    network: ServedNetwork,
    owner: Access,
    load: () => Promise<LibC> = loadLibC,
  ): Promise<DemuxServer> {
    const libc = await load().catch((cause: unknown) => {
      if (!MctpError.is(cause)) throw cause;
      throw new MctpError(
        cause.code,
        `demux: a socket of this kind needs Linux and the package koffi: npm install koffi`,
        {
          cause,
        },
      );
    });
    if (Buffer.byteLength(name) > UNIX_PATH_LONGEST) throw new MctpError('EUSAGE', `${name} is too long for a socket`);
    const fd = libc.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const address = unixAddress(name);
    if (fd >= 0 && libc.bind(fd, address, address.length) === 0 && libc.listen(fd, BACKLOG) === 0) {
      return new DemuxServer(libc, fd, network, owner);
    }
    const errno = libc.errno();
    if (fd >= 0) libc.close(fd);
    if (errno === ERRNO.EADDRINUSE) {
      const what = `the socket ${name} is in use: end mctp-demux-daemon or the other server, or name another with demux-socket`;
      throw new MctpError('EADDRINUSE', what);
    }
    throw new MctpError('EIO', `the socket ${name} cannot be made: ${errnoName(errno)}`);
  }

  /** Nobody else comes. */
  close(): void {
    this.#again?.cancel();
    this.#watch?.close();
    this.libc.close(this.fd);
  }

  #listen(): void {
    this.#watch = this.libc.watch(this.fd, () => this.#accept());
  }

  #accept(): void {
    for (;;) {
      const fd = this.libc.accept4(this.fd, null, null, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) {
        this.#notAccepted(this.libc.errno());
        return;
      }
      this.#isShort = false;
      const who = peerOf(this.libc, fd);
      const may =
        who !== undefined && mayUse(this.owner, { uid: who.uid, groups: [who.gid, ...peerGroups(this.libc, fd)] });
      if (!may || this.network.ending) {
        if (!may) {
          this.network.counters.refused++;
          this.network.tell('demuxFailed', { node: null, what: `user ${who?.uid} may not use ${this.network.name}` });
        }
        this.libc.close(fd);
      } else new DemuxClient(this.network, new SeqpacketLine(this.libc, fd), who).start();
    }
  }

  /** The system would tell again and again of a client which waits, and for which there is no descriptor. */
  #notAccepted(errno: number): void {
    if (errno !== ERRNO.EMFILE && errno !== ERRNO.ENFILE) return;
    if (!this.#isShort) {
      this.#isShort = true;
      const what = `a client waits: ${kernelError('socket', errno, 'a client').message}`;
      this.network.tell('demuxFailed', { node: null, what });
    }
    this.#watch?.close();
    this.#watch = undefined;
    this.#again = this.network.clock.schedule(AGAIN_MS, () => this.#listen());
  }
}
