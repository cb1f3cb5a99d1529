/** What a driver does: the bytes of an emulated Pico's serial port, on a Unix socket, for `i2c:unix:PATH`. */

import { createServer, type Socket } from 'node:net';
import type { EmulatedPico } from './pico.js';

/** One host at a time; the last one has it. Returns how to stop. */
export async function servePico(pico: EmulatedPico, path: string): Promise<() => Promise<void>> {
  const { usb } = pico;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {}); // it is closed, too
    usb.onData = (bytes) => void socket.write(bytes);
    usb.onUnplugged = () => socket.destroy();
    socket.on('data', (chunk) => usb.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  };
}
