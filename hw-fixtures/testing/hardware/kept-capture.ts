/** The last packets of a test, kept as a pcapng file when it fails. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CaptureStream } from '../../../bindings/capture/capture-file.js';
import { type Recorded, record } from '../../../bindings/capture/recorder.js';
import { makeFolder } from '../../../bindings/make-folder.js';
import type { HilBus } from './hil-bus.js';

/** A test which runs for hours keeps its end. */
const MOST_PACKETS = 50_000;

export class KeptCapture {
  readonly #bus: HilBus;
  readonly #packets: Recorded[] = [];
  readonly #stop: () => void;
  #oldest = 0;

  /** Hears from now on. */
  constructor(bus: HilBus) {
    this.#bus = bus;
    this.#stop = record(bus.mctp, (recorded) => this.#keep(recorded), { originMs: bus.originMs });
  }

  end(): void {
    this.#stop();
  }

  /** Write them into the folder, under the name of the test. @returns the path. @throws errors of the file system */
  async write(folder: string, testName: string): Promise<string> {
    const parts: Uint8Array[] = [];
    const links = this.#bus.mctp.links().map(({ name }) => {
      const { ownAddress } = this.#bus.mctp.linkByName(name);
      return { name, description: 'MCTP', ownAddress };
    });
    const program = { name: 'mctpkit/testing', system: `${process.platform} ${process.arch}` };
    const stream = new CaptureStream(
      () => links,
      program,
      (bytes) => void parts.push(bytes),
    );
    for (let index = 0; index < this.#packets.length; index++) {
      stream.packet(this.#packets[(this.#oldest + index) % this.#packets.length]!);
    }
    stream.end();
    makeFolder(folder);
    const path = join(folder, `${fileName(testName)}.pcapng`);
    await writeFile(path, Buffer.concat(parts));
    return path;
  }

  #keep(recorded: Recorded): void {
    if (this.#packets.length < MOST_PACKETS) this.#packets.push(recorded);
    else {
      this.#packets[this.#oldest] = recorded;
      this.#oldest = (this.#oldest + 1) % MOST_PACKETS;
    }
  }
}

/** Letters, digits and hyphens. */
function fileName(testName: string): string {
  return (
    testName
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 120) || 'test'
  );
}
