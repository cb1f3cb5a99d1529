/**
 * The compiled code of the command's parts, kept from run to run in one file of the user's cache folder. V8 checks that it
 * made the code itself, and for these flags; that it belongs to these parts is in the name of the folder.
 */

import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** "MCTPKIT1", the length of the index, the index as JSON, then the code of one part after the other. */
const MAGIC = 'MCTPKIT1';
const HEADER_BYTES = MAGIC.length + 4;

interface Index {
  /** Uses of the command whose code is in the file. */
  readonly uses: readonly string[];
  readonly parts: Readonly<Record<string, { readonly at: number; readonly bytes: number }>>;
}

export interface CodeCacheEnvironment {
  readonly XDG_CACHE_HOME?: string | undefined;
  readonly HOME?: string | undefined;
  /** As in Node itself: neither read nor write compiled code. */
  readonly NODE_DISABLE_COMPILE_CACHE?: string | undefined;
}

/** Where the code of this build is kept, run by this Node; undefined: nowhere. */
export function codeCacheFolder(env: CodeCacheEnvironment, build: string): string | undefined {
  if ((env.NODE_DISABLE_COMPILE_CACHE ?? '') !== '') return undefined;
  const root = env.XDG_CACHE_HOME || (env.HOME ? join(env.HOME, '.cache') : undefined);
  return root === undefined ? undefined : join(root, 'mctpkit', 'code', build);
}

export class CodeCache {
  readonly #file: string;
  #index: Index = { uses: [], parts: {} };
  /** Open until the process ends, so that it stays the file to which the index belongs. */
  #descriptor: number | undefined;
  /** Where the code begins in it. */
  #start = 0;

  /** Never throws: without the file, or with one that is not ours, everything is compiled. */
  constructor(private readonly folder: string) {
    this.#file = join(folder, 'code.bin');
    try {
      this.#read();
    } catch {
      // There is none yet.
    }
  }

  /** Is the code in it that this use of the command needs? */
  has(use: string): boolean {
    return this.#index.uses.includes(use);
  }

  /** Compiled code of a part, read when it is asked for: a verb needs few of those which all verbs have put there. */
  get(part: string): Buffer | undefined {
    const place = this.#index.parts[part];
    if (place === undefined || this.#descriptor === undefined) return undefined;
    try {
      // What is not whole V8 refuses, and it is made again.
      return bytesAt(this.#descriptor, this.#start + place.at, place.bytes);
    } catch {
      // Another machine has replaced the file on a disk which both use.
      return undefined;
    }
  }

  /** Keep what was compiled for `use` with what was kept before. Never throws: where nothing can be written, nothing is. */
  write(use: string, compiled: ReadonlyMap<string, Buffer>): void {
    const kept = Object.keys(this.#index.parts).map((part) => [part, this.get(part)] as const);
    const parts: Record<string, { at: number; bytes: number }> = {};
    const code: Buffer[] = [];
    let at = 0;
    for (const [part, bytes] of new Map([...kept, ...compiled])) {
      if (bytes === undefined) continue;
      parts[part] = { at, bytes: bytes.length };
      code.push(bytes);
      at += bytes.length;
    }
    const index = Buffer.from(
      JSON.stringify({ uses: [...new Set([...this.#index.uses, use])], parts } satisfies Index),
    );
    const head = Buffer.alloc(HEADER_BYTES);
    head.write(MAGIC, 'latin1');
    head.writeUInt32LE(index.length, MAGIC.length);
    const unfinished = `${this.#file}.${process.pid}`;
    try {
      this.#makeFolder();
    } catch {
      return;
    }
    try {
      writeFileSync(unfinished, Buffer.concat([head, index, ...code]), { mode: 0o600, flag: 'wx' });
      renameSync(unfinished, this.#file);
    } catch {
      rmSync(unfinished, { force: true });
    }
  }

  #read(): void {
    const descriptor = openSync(this.#file, 'r');
    try {
      const { uid, mode, size } = fstatSync(descriptor);
      // Code is only taken from ourselves: `sudo` may have left the folder of somebody else in the environment.
      if (uid !== process.geteuid?.() || (mode & 0o022) !== 0) return;
      const head = bytesAt(descriptor, 0, HEADER_BYTES);
      if (head.toString('latin1', 0, MAGIC.length) !== MAGIC) return;
      const length = head.readUInt32LE(MAGIC.length);
      if (HEADER_BYTES + length > size) return;
      this.#index = JSON.parse(bytesAt(descriptor, HEADER_BYTES, length).toString()) as Index;
      this.#start = HEADER_BYTES + length;
      this.#descriptor = descriptor;
    } finally {
      if (this.#descriptor === undefined) closeSync(descriptor);
    }
  }

  /** The code of other builds is not needed any more. */
  #makeFolder(): void {
    const parent = join(this.folder, '..');
    if (existsSync(this.folder)) return;
    // The user's, and three of ours. Not with `recursive`, which never ends where a parent stays missing, as in /proc.
    for (const above of ['../../..', '../..', '..', '.']) {
      const path = join(this.folder, above);
      if (!existsSync(path)) mkdirSync(path, { mode: 0o700 });
    }
    for (const name of readdirSync(parent)) {
      if (join(parent, name) !== this.folder) rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
}

/** Fewer where the file ends. */
function bytesAt(descriptor: number, at: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  return buffer.subarray(0, readSync(descriptor, buffer, 0, bytes, at));
}
