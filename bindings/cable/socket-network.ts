/** Carriers over the network of this machine: TLS 1.3 on TCP, and Unix sockets. */

import { chmodSync, rmSync } from 'node:fs';
import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { onAbort } from '../../stack/util/abort.js';
import { unixLine } from '../shared/unix-line.js';
import { type CableIdentity, clientTls, isPeer, serverTls } from './cable-identity.js';
import type { CableListener, CableNetwork } from './cable-link.js';
import { type Carrier, CHANNEL_BYTES } from './carrier.js';
import { addressOf, isUnixPlace, splitPlace } from './place-text.js';
import { acceptFailure, dialFailure, isGuess, listenFailure, lossOf } from './socket-failures.js';

/** Connections whose TLS handshake is not done, of everybody and of one address; one more is closed at once. */
const MOST_HALF_OPEN = 16;
const MOST_HALF_OPEN_EACH = 4;
const HANDSHAKE_MS = 5_000;
const CONNECT_MS = 5_000;

export class SocketNetwork implements CableNetwork {
  constructor(
    private readonly clock: Clock,
    private readonly identity: CableIdentity,
  ) {}

  isDialable(place: string): boolean {
    return !isUnixPlace(place) && splitPlace(place) !== undefined;
  }

  dial(place: string, signal?: AbortSignal): Promise<Carrier> {
    return new Promise((resolve, reject) => {
      const unix = isUnixPlace(place);
      if (!unix && this.identity.kind === 'none') throw needsKey(place);
      const socket = unix
        ? connectSocket({ path: place })
        : connectTls({ ...splitPlace(place), ...clientTls(this.identity) });
      socket.setNoDelay(true);
      let stopListening: (() => void) | undefined;
      const fail = (cause: Error): void => {
        timer.cancel();
        stopListening?.();
        socket.destroy();
        reject(dialFailure(place, cause));
      };
      const timer = this.clock.schedule(CONNECT_MS, () => fail(new MctpError('ETIMEDOUT', `${place} does not answer`)));
      socket.once('error', fail);
      socket.once('close', () => fail(new MctpError('ENOTCONN', `${place} closed the connection`)));
      socket.once(unix ? 'connect' : 'secureConnect', () => {
        timer.cancel();
        stopListening?.();
        socket.removeAllListeners('error');
        socket.removeAllListeners('close');
        const wrong = unix ? undefined : this.#wrong(socket as TLSSocket);
        if (wrong === undefined) resolve(this.#carrier(socket, place));
        else fail(new MctpError('EACCES', `${place} is not the other end: ${wrong}`));
      });
      stopListening = onAbort(signal, fail);
    });
  }

  listen(place: string, hear: CableListener): Promise<() => Promise<void>> {
    return isUnixPlace(place) ? this.#listenUnix(place, hear) : this.#listenTls(place, hear);
  }

  async #listenUnix(place: string, hear: CableListener): Promise<() => Promise<void>> {
    const server = createServer((socket) => hear.accepted(this.#carrier(socket, place)));
    await listening(server, { path: place }).catch(async (error: NodeJS.ErrnoException) => {
      // A process which was killed leaves its socket.
      if (error.code !== 'EADDRINUSE' || (await answers(place))) throw listenFailure(place, error);
      rmSync(place, { force: true });
      await listening(server, { path: place });
    });
    chmodSync(place, 0o600);
    return async () => void server.close();
  }

  async #listenTls(place: string, hear: CableListener): Promise<() => Promise<void>> {
    if (this.identity.kind === 'none') throw needsKey(place);
    const halfOpen = new Map<string, Socket>();
    const tls = createTlsServer({ ...serverTls(this.identity), handshakeTimeout: HANDSHAKE_MS });
    tls.on('secureConnection', (socket) => {
      const who = addressOf(socket);
      halfOpen.delete(who);
      const wrong = this.#wrong(socket);
      if (wrong === undefined) {
        hear.accepted(this.#carrier(socket, who));
        return;
      }
      socket.on('error', () => {});
      socket.destroy();
      hear.refused(who, wrong);
    });
    tls.on('tlsClientError', (error, socket) => {
      hear.refused(addressOf(socket), acceptFailure(error), isGuess(error));
      socket.destroy();
    });
    const server = createServer({ noDelay: true }, (socket) => {
      const who = addressOf(socket);
      const same = [...halfOpen.values()].filter(({ remoteAddress }) => remoteAddress === socket.remoteAddress).length;
      if (halfOpen.size >= MOST_HALF_OPEN || same >= MOST_HALF_OPEN_EACH) {
        socket.destroy();
        hear.refused(who, `${halfOpen.size} connections are in their TLS handshake`);
        return;
      }
      halfOpen.set(who, socket);
      socket.on('close', () => halfOpen.delete(who));
      tls.emit('connection', socket);
    });
    await listening(server, splitPlace(place)!).catch((error) => Promise.reject(listenFailure(place, error)));
    return async () => {
      server.close();
      // Those which are carriers end by themselves.
      for (const socket of [...halfOpen.values()]) socket.destroy();
    };
  }

  /** Why it is not the other end; undefined: it is. */
  #wrong(socket: TLSSocket): string | undefined {
    if (socket.getProtocol() !== 'TLSv1.3') return `it speaks ${socket.getProtocol() ?? 'no TLS'}, not TLS 1.3`;
    if (this.identity.kind === 'certificates') {
      if (!socket.authorized) return `its certificate is not one which is trusted (${socket.authorizationError})`;
      return isPeer(socket.getPeerCertificate(), this.identity) ? undefined : `it is not ${this.identity.peerName}`;
    }
    // With a key that was agreed on, TLS resumes; with a certificate it would not.
    return socket.isSessionReused() ? undefined : 'it did not use the key';
  }

  #carrier(socket: Socket | TLSSocket, name: string): Carrier {
    const line = unixLine(socket, this.clock);
    let problem: string | undefined;
    socket.on('error', (error) => {
      problem = lossOf(error);
    });
    const channel =
      'exportKeyingMaterial' in socket
        ? new Uint8Array(socket.exportKeyingMaterial(CHANNEL_BYTES, 'EXPORTER-mctpkit-cable', Buffer.alloc(0)))
        : new Uint8Array(CHANNEL_BYTES);
    return {
      name,
      channel,
      listen: (user) => line.listen(user),
      write: (bytes, taken) => line.write(bytes, taken),
      pause: () => line.pause(),
      resume: () => line.resume(),
      destroy: () => line.destroy(),
      get unsent() {
        return line.unsent;
      },
      get problem() {
        return problem;
      },
      end: () => line.end(),
    };
  }
}

function needsKey(place: string): MctpError {
  return new MctpError('EUSAGE', `${place} is reached over the network: a cable needs a key or certificates for that`);
}

function listening(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Is somebody behind this socket? */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
