/** Where a capture goes: a file, a row of files in turn, a pipe, or standard output. Never holds more than it may. */

import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { type CapturedLink, CaptureStream, type CapturingProgram } from '../../bindings/capture/capture-file.js';
import type { Recorded } from '../../bindings/capture/recorder.js';
import { usageError } from '../command-error.js';

export interface Rotation {
  /** Begin a new file when one has so many bytes... */
  readonly bytes?: number | undefined;
  /** ...or is so old. */
  readonly ms?: number | undefined;
  /** Keep so many, the oldest go. Default: all. */
  readonly files?: number | undefined;
}

export interface CaptureOutputOptions {
  /** A path, or `-`. */
  readonly target: string;
  /** Those that are there now. */
  readonly links: () => readonly CapturedLink[];
  readonly program: CapturingProgram;
  readonly rotation?: Rotation;
  readonly stdout: Writable;
  /** The reader went away, or the disk is full: nothing more can be written. */
  readonly failed: (error: Error) => void;
}

/** Bytes that wait for a slow disk or reader; beyond it packets are dropped, and counted. */
const MOST_WAITING = 32 * 1024 * 1024;

export class CaptureOutput {
  packets = 0;
  bytes = 0;
  /** Packets lost because the reader was too slow. */
  dropped = 0;
  readonly #options: CaptureOutputOptions;
  readonly #files: string[] = [];
  /** Packets from before the beginning. */
  readonly #early: Recorded[] = [];
  /** Their bytes; later those which the system has not taken, of all files: those that are ended wait for it, too. */
  #waitingBytes = 0;
  #sink: Writable | undefined;
  #stream!: CaptureStream;
  #fileNumber = 0;
  #fileBytes = 0;
  #fileSince: bigint | undefined;
  #ended: Promise<void>[] = [];

  constructor(options: CaptureOutputOptions) {
    this.#options = options;
    const { rotation = {}, target } = options;
    if (target === '-' && (rotation.bytes ?? rotation.ms) !== undefined) {
      throw usageError('standard output cannot be rotated: name a file with --write');
    }
  }

  /** Names of the files so far, those that were removed not among them. */
  get files(): readonly string[] {
    return this.#files;
  }

  /** Waits in memory until there is a file. */
  packet(recorded: Recorded): void {
    if (this.#waitingBytes > MOST_WAITING) {
      this.dropped++;
      return;
    }
    if (this.#sink === undefined) {
      this.#early.push(recorded);
      this.#waitingBytes += recorded.bytes.length;
      return;
    }
    if (this.#isFull(recorded)) this.#next();
    this.#fileSince ??= recorded.timeNs;
    this.packets++;
    this.#stream.packet(recorded);
  }

  /**
   * Make the file: what has its name is replaced now, not before. Resolves when it has its beginning; rejects with why it
   * cannot be written.
   */
  begin(): Promise<void> {
    const sink = this.#open();
    this.#waitingBytes = 0;
    for (const recorded of this.#early.splice(0)) this.packet(recorded);
    return new Promise((resolve, reject) => {
      sink.once('error', reject);
      sink.write('', (error) => {
        sink.off('error', reject);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** Everything is with the system when this resolves. */
  async close(): Promise<void> {
    this.#end();
    await Promise.all(this.#ended);
  }

  #open(): Writable {
    const { target, links, program, stdout, failed } = this.#options;
    this.#fileNumber++;
    this.#fileBytes = 0;
    this.#fileSince = undefined;
    let sink = stdout;
    if (target !== '-') {
      const path = this.#rotates() ? numbered(target, this.#fileNumber) : target;
      this.#files.push(path);
      sink = createWriteStream(path);
      sink.on('error', failed);
      this.#removeOld();
    }
    this.#sink = sink;
    this.#stream = new CaptureStream(links, program, (bytes) => {
      this.bytes += bytes.length;
      this.#fileBytes += bytes.length;
      this.#waitingBytes += bytes.length;
      sink.write(bytes, () => {
        this.#waitingBytes -= bytes.length;
      });
    });
    return sink;
  }

  #next(): void {
    this.#end();
    this.#open();
  }

  #end(): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    this.#stream.end(this.dropped);
    if (this.#options.target === '-') return;
    this.#ended.push(
      new Promise((resolve) => {
        if (sink.closed) return resolve();
        sink.once('close', resolve);
        sink.end();
      }),
    );
  }

  #rotates(): boolean {
    const { bytes, ms } = this.#options.rotation ?? {};
    return bytes !== undefined || ms !== undefined;
  }

  #isFull({ timeNs }: Recorded): boolean {
    const { bytes, ms } = this.#options.rotation ?? {};
    if (this.#fileSince === undefined) return false;
    if (bytes !== undefined && this.#fileBytes >= bytes) return true;
    return ms !== undefined && timeNs - this.#fileSince >= BigInt(ms) * 1_000_000n;
  }

  #removeOld(): void {
    const most = this.#options.rotation?.files;
    if (most === undefined) return;
    while (this.#files.length > most) {
      // One that is gone already is what was wanted.
      this.#ended.push(rm(this.#files.shift()!, { force: true }));
    }
  }
}

/** `a.pcapng`, 3: `a-00003.pcapng` */
export function numbered(path: string, number: number): string {
  const [, stem = path, ending = ''] = /^(.*?)(\.[^./]*)?$/s.exec(path) ?? [];
  return `${stem}-${String(number).padStart(5, '0')}${ending}`;
}
