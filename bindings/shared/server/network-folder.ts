/** The folder of a served network: its sockets, made with the mode of each right, and taken away in the end. */

import { chmodSync, chownSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { lstat, rmdir, unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { Clock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { makeFolder } from '../../make-folder.js';
import { linksFile, METRICS_SOCKET, type SocketName, socketPath } from '../shared-folder.js';
import { RIGHTS, type Right } from '../shared-protocol.js';
import { connectUnix, unixLine } from '../unix-line.js';
import { credentialsReader } from './credentials.js';
import { acceptClient } from './served-client.js';
import type { ServedNetwork } from './served-network.js';
import { idOf } from './user-ids.js';

/** Bits of a mode which let a class of users connect by the socket of a right: in each of three classes. */
const NEEDED: Readonly<Record<Right, number>> = { receive: 0o4, use: 0o6, manage: 0o1 };
const CLASSES = [6, 3, 0];
/** Of metrics, at the same time. */
const MOST_READERS = 16;
const READ_WITHIN_MS = 10_000;
/** To connect is to write. */
const MAY_CONNECT = 0o6;

/** Mode of the socket of a right, for a network with this mode. */
export function socketMode(mode: number, right: Right): number {
  const needed = NEEDED[right];
  return CLASSES.reduce((sum, shift) => sum | ((((mode >> shift) & needed) === needed ? MAY_CONNECT : 0) << shift), 0);
}

/** The user and the group which own the sockets; undefined: those of the server's process. */
interface Owner {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** The owners of the sockets, and the mode of the network with the umask taken away. */
export interface Access {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

export class NetworkFolder {
  readonly #servers: Server[] = [];
  /** Of metrics, which have not come to their end. */
  readonly #readers = new Set<Socket>();
  /** Above it, made for it, the uppermost first. */
  #above: readonly string[] = [];
  #mode = 0;

  private constructor(
    readonly path: string,
    private readonly owner: Owner,
  ) {}

  /**
   * Let clients in. Sockets which a dead server left are taken over.
   * @throws MctpError EADDRINUSE when the network is served already, EACCES, EUSAGE: nothing is left behind
   */
  static async open(path: string, network: ServedNetwork): Promise<NetworkFolder> {
    for (const right of RIGHTS) socketPath(path, right);
    const { owner, group } = network.values;
    const folder = new NetworkFolder(path, {
      uid: owner === '' ? undefined : await idOf('user', owner),
      gid: group === '' ? undefined : await idOf('group', group),
    });
    const who = await credentialsReader();
    folder.#above = makeNetworkFolder(path).filter((made) => made !== path);
    try {
      const { values, clock } = network;
      for (const right of RIGHTS) {
        await folder.#listen(right, right, values.mode, (socket) =>
          acceptClient(network, unixLine(socket, clock), right, who(socket)),
        );
      }
      if (network.hasMetrics) {
        await folder.#listen(METRICS_SOCKET, 'receive', values.mode, (socket) =>
          folder.#giveText(socket, network, clock),
        );
      }
      folder.tellLinks(network);
      return folder;
    } catch (error) {
      await folder.close();
      throw error;
    }
  }

  /** Who may do what, for sockets which have no mode of their own. */
  get access(): Access {
    const { uid, gid } = this.owner;
    return { uid: uid ?? process.getuid?.() ?? 0, gid: gid ?? process.getgid?.() ?? 0, mode: this.#mode };
  }

  /** Write down which links the network has now. */
  tellLinks(network: ServedNetwork): void {
    const names = network.linkList().map(({ name }) => `${name}\n`);
    writeFileSync(linksFile(this.path), names.join(''), { mode: 0o644 });
  }

  /** Nobody else comes; the sockets are gone, and the folders which were made for them unless they have become another's. */
  async close(): Promise<void> {
    if (this.#servers.length > 0) rmSync(linksFile(this.path), { force: true });
    // What they have not read yet stays theirs, as far as the system has taken it.
    for (const reader of this.#readers) reader.destroy();
    await Promise.all(this.#servers.splice(0).map((server) => new Promise<void>((done) => server.close(() => done()))));
    for (const path of [this.path, ...[...this.#above].reverse()]) await rmdir(path).catch(() => {});
  }

  /** As a file: all of it, and its end. A client that does not read it is not waited for. */
  #giveText(socket: Socket, network: ServedNetwork, clock: Clock): void {
    this.#readers.add(socket);
    // A client that leaves early wants no more of it.
    socket.on('error', () => {});
    const timer = clock.schedule(READ_WITHIN_MS, () => void socket.destroy());
    socket.on('close', () => {
      timer.cancel();
      this.#readers.delete(socket);
    });
    socket.resume();
    socket.end(network.metrics());
  }

  /** @throws MctpError EACCES */
  #give(path: string): void {
    const { uid, gid } = this.owner;
    if (uid === undefined && gid === undefined) return;
    const { uid: ownUid, gid: ownGid } = statSync(path);
    try {
      chownSync(path, uid ?? ownUid, gid ?? ownGid);
    } catch (cause) {
      const owner = uid === undefined ? `group ${gid}` : `user ${uid}`;
      throw new MctpError('EACCES', `you may not give ${path} to ${owner}: be root, or a member of the group`, {
        cause,
      });
    }
  }

  async #listen(name: SocketName, right: Right, mode: number, accept: (socket: Socket) => void): Promise<void> {
    const path = socketPath(this.path, name);
    await clearStale(path);
    const server = createServer(accept);
    if (name === METRICS_SOCKET) server.maxConnections = MOST_READERS;
    // Between bind and listen nobody must come who may not: the umask of the process would let them.
    const umask = process.umask(0o777);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen({ path }, resolve);
        process.umask(umask);
        this.#give(path);
        this.#mode = mode & ~umask;
        chmodSync(path, socketMode(this.#mode, right));
      });
      this.#servers.push(server);
    } catch (cause) {
      server.close();
      if (MctpError.is(cause)) throw cause;
      throw new MctpError('EACCES', `${path} cannot be made: ${(cause as Error).message}`, { cause });
    } finally {
      process.umask(umask);
    }
  }
}

/** Those which were made. @throws MctpError EUSAGE, EACCES */
function makeNetworkFolder(path: string): string[] {
  try {
    return makeFolder(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw new MctpError('EUSAGE', `${path} is not a folder: choose another with --dir, or take the file away`, {
        cause,
      });
    }
    const why = code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'you may not write there' : message;
    throw new MctpError('EACCES', `the folder ${path} cannot be made: ${why}; choose another with --dir`, { cause });
  }
}

/** @throws MctpError EADDRINUSE, EUSAGE, EACCES */
async function clearStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket())
    throw new MctpError('EUSAGE', `${path} is there and is not a socket: take it away, or use --dir`);
  try {
    (await connectUnix(path)).destroy();
  } catch (error) {
    if (!MctpError.is(error, 'ENOTCONN')) throw error;
    await unlink(path).catch((cause: unknown) => {
      throw new MctpError('EACCES', `${path} of a server which is gone cannot be taken away: you may not write there`, {
        cause,
      });
    });
    return;
  }
  throw new MctpError(
    'EADDRINUSE',
    `${path} is in use: the network is served already; use it with --link shared:${dirname(path)}`,
  );
}
