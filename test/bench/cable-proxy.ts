/** A TCP connection with a hand on it: cut, held, slowed and healed, at whatever moment. */

import { connect, createServer, type Server, type Socket } from 'node:net';

interface Flow {
  readonly from: Socket;
  readonly to: Socket;
}

export class CableProxy {
  /** ms which every chunk waits, besides what it takes. */
  delayMs = 0;
  readonly #server: Server;
  readonly #flows = new Set<Flow>();
  readonly #held: (() => void)[] = [];
  #isHeld = false;
  #isCut = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** In front of a port of this machine. */
  static async open(target: number): Promise<CableProxy> {
    const server = createServer({ noDelay: true });
    const proxy = new CableProxy(server);
    server.on('connection', (socket) => proxy.#connected(socket, target));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get place(): string {
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Does it carry anything at this moment? */
  get works(): boolean {
    return !this.#isHeld && !this.#isCut && this.#flows.size > 0;
  }

  /** Its connections break, and there are no new ones. */
  cut(): void {
    this.#isCut = true;
    for (const { from, to } of this.#flows) {
      from.destroy();
      to.destroy();
    }
  }

  /** Nothing passes, and nobody is told. */
  hold(): void {
    this.#isHeld = true;
  }

  heal(): void {
    this.#isCut = false;
    this.#isHeld = false;
    for (const go of this.#held.splice(0)) go();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }

  #connected(socket: Socket, target: number): void {
    if (this.#isCut) {
      socket.destroy();
      return;
    }
    const other = connect({ port: target, host: '127.0.0.1', noDelay: true });
    this.#pass({ from: socket, to: other });
    this.#pass({ from: other, to: socket });
  }

  /** In the order in which it came, each chunk at its time and not while the connection is held. */
  #pass(flow: Flow): void {
    const { from, to } = flow;
    this.#flows.add(flow);
    const waiting: { readonly chunk: Buffer; readonly at: number }[] = [];
    const move = (): void => {
      while (waiting.length > 0) {
        if (this.#isHeld) {
          this.#held.push(move);
          return;
        }
        const wait = waiting[0]!.at - performance.now();
        if (wait > 0.5) {
          setTimeout(move, wait);
          return;
        }
        to.write(waiting.shift()!.chunk);
      }
    };
    from.on('data', (chunk: Buffer) => {
      waiting.push({ chunk, at: performance.now() + this.delayMs });
      if (waiting.length === 1) move();
    });
    from.on('error', () => {});
    from.on('close', () => {
      this.#flows.delete(flow);
      to.destroy();
    });
  }
}
