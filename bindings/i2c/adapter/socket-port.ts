/** `unix:`: an adapter behind a Unix socket. */

import { connect } from 'node:net';
import { MctpError } from '../../../stack/errors.js';
import { type OpenStreams, StreamPort } from './stream-port.js';

export function socketPort(path: string): StreamPort {
  const name = `unix:${path}`;
  return new StreamPort(name, () => open(name, path));
}

async function open(name: string, path: string): Promise<OpenStreams> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (cause: NodeJS.ErrnoException) => reject(openError(name, cause)));
  });
  const ended = new Promise<MctpError>((resolve) => {
    let cause: Error | undefined;
    socket.once('error', (error) => {
      cause = error;
    });
    socket.once('end', () => socket.destroy());
    socket.once('close', () => resolve(new MctpError('ENODEV', `${name} has hung up`, cause && { cause })));
  });
  return {
    input: socket,
    output: socket,
    ended,
    close: async () => {
      socket.destroy();
      await ended;
    },
  };
}

function openError(name: string, cause: NodeJS.ErrnoException): MctpError {
  if (cause.code === 'ENOENT') return new MctpError('ENODEV', `${name} does not exist`, { cause });
  if (cause.code === 'EACCES') return new MctpError('EACCES', `${name}: permission denied`, { cause });
  if (cause.code === 'ECONNREFUSED') return new MctpError('ENODEV', `no program listens at ${name}`, { cause });
  return new MctpError('EIO', `${name} cannot be opened: ${cause.message}`, { cause });
}
