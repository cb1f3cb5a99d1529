/** Two ttys joined back to back, as by a null-modem cable: for two programs that each want a tty. */

import { openPty, type Pty } from '../../bindings/serial/pty.js';

export interface NullModem {
  /** Paths of the ttys. */
  readonly ends: readonly [string, string];
  close(): Promise<void>;
}

export async function nullModem(): Promise<NullModem> {
  const [a, b] = await Promise.all([openPty(), openPty()]);
  const toA = new Writer(a);
  const toB = new Writer(b);
  await Promise.all([connect(a, toB, toA), connect(b, toA, toB)]);
  return {
    ends: [a.path, b.path],
    close: async () => {
      await Promise.all([a.port.close(), b.port.close()]);
    },
  };
}

/** One write at a time, in order. */
class Writer {
  readonly #waiting: Uint8Array[] = [];
  #busy = false;

  constructor(private readonly pty: Pty) {}

  write(chunk: Uint8Array): void {
    this.#waiting.push(chunk);
    if (!this.#busy) this.written();
  }

  written(): void {
    const chunk = this.#waiting.shift();
    this.#busy = chunk !== undefined;
    if (chunk !== undefined && this.pty.port.write(chunk, 0, chunk.length)) this.written();
  }
}

async function connect(pty: Pty, peer: Writer, own: Writer): Promise<void> {
  await pty.port.open({
    data: (buffer, start, end) => peer.write(buffer.slice(start, end)),
    written: () => own.written(),
    closed: () => {},
  });
}
