/** A Unix socket as a `ByteLine`. */

import { connect, type Socket } from 'node:net';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { systemClock } from '../system-clock.js';
import type { ByteLine, ByteLineUser } from './byte-line.js';

/** What was written before the end has this long to leave: a reader which does not read would hold the line forever. */
const LINGER_MS = 1_000;

/** A socket which is connected. */
export function unixLine(socket: Socket, clock: Clock): ByteLine {
  let user: ByteLineUser | undefined;
  const chunks: Buffer[] = [];
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => (user === undefined ? void chunks.push(chunk) : user.data(chunk)));
  // What broke it is told by its end.
  socket.on('error', () => {});
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    isClosed = true;
    user?.closed();
  });
  return {
    listen: (given) => {
      user = given;
      for (const chunk of chunks.splice(0)) given.data(chunk);
      if (isClosed) given.closed();
    },
    write: (bytes, taken) => {
      if (socket.destroyed || socket.writableEnded) return;
      socket.write(bytes, (error) => {
        if (!error) taken?.();
        if (socket.isPaused() && socket.writableLength === 0) socket.resume();
      });
    },
    get unsent() {
      return socket.writableLength;
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    end: () => {
      if (socket.destroyed) return;
      const timer = clock.schedule(LINGER_MS, () => socket.destroy());
      socket.once('close', () => timer.cancel());
      socket.destroySoon();
    },
    destroy: () => void socket.destroy(),
  };
}

/** @throws MctpError ENOENT, EACCES, ENOTCONN, by rejection: why the socket cannot be connected */
export function connectUnix(path: string, clock: Clock = systemClock): Promise<ByteLine> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const failed = (cause: NodeJS.ErrnoException): void => reject(connectFailure(path, cause));
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      resolve(unixLine(socket, clock));
    });
  });
}

function connectFailure(path: string, cause: NodeJS.ErrnoException): MctpError {
  const options = { cause };
  if (cause.code === 'ENOENT' || cause.code === 'ENOTDIR') {
    return new MctpError('ENOENT', `there is no ${path}: start a server with mctpkit serve`, options);
  }
  if (cause.code === 'EACCES' || cause.code === 'EPERM') {
    return new MctpError(
      'EACCES',
      `you may not connect to ${path}: join the group which owns it (ls -l ${path})`,
      options,
    );
  }
  if (cause.code === 'ECONNREFUSED') {
    return new MctpError('ENOTCONN', `${path} is no longer served: start mctpkit serve again`, options);
  }
  return new MctpError('ENOTCONN', `${path} cannot be connected: ${cause.message}`, options);
}
