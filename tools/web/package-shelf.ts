/** The firmware packages which the server keeps, within a bound; those of an earlier run are found again. */

import { accessSync, constants, readdirSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { makeFolder } from '../../bindings/make-folder.js';
import { fileProblem } from '../../bindings/read-own-file.js';
import { MctpError } from '../../stack/errors.js';
import { isPackageFolder, type KeptDevice, KeptPackage } from './kept-package.js';

export interface Shelved {
  readonly kept: KeptPackage;
  /** Updates with it which run now. */
  running: number;
}

export interface ShelfOptions {
  /** Where packages are kept over a restart; it is made when it is needed. */
  readonly folder: string;
  /** Where they are when that is not possible. */
  readonly temporary: string;
}

/** Packages which are kept; of more the oldest one that is not in use goes. */
const MOST_PACKAGES = 4;

export class PackageShelf {
  readonly #options: ShelfOptions;
  readonly #packages = new Map<number, Shelved>();
  #numbers = 0;

  constructor(options: ShelfOptions) {
    this.#options = options;
  }

  /** What an earlier run left unfinished; of the rest nothing stays. `problem`: something there makes no sense. */
  find(problem: (what: string) => void): { readonly number: number; readonly devices: readonly KeptDevice[] }[] {
    const { folder } = this.#options;
    const found: { number: number; devices: readonly KeptDevice[] }[] = [];
    for (const name of namesIn(folder)) {
      if (!isPackageFolder(name)) continue;
      const own = join(folder, name);
      try {
        const kept = KeptPackage.found(own);
        const devices = kept?.unfinished ?? [];
        if (kept !== undefined && devices.length > 0) found.push({ number: this.#put(kept), devices });
        else rmSync(own, { recursive: true, force: true });
      } catch (error) {
        problem(`an update cannot go on: ${(error as Error).message}`);
        rmSync(own, { recursive: true, force: true });
      }
    }
    return found;
  }

  get(number: number): Shelved | undefined {
    return this.#packages.get(number);
  }

  /** `note`: why its updates do not go on after a restart; '' where they do. @throws CommandError; MctpError EBUSY */
  async take(
    request: IncomingMessage,
    { name, force }: { readonly name: string; readonly force: boolean },
  ): Promise<{ readonly number: number; readonly kept: KeptPackage; readonly note: string }> {
    await this.#makeRoom();
    const { temporary } = this.#options;
    const note = this.#unusable();
    const folder = note === '' ? this.#options.folder : temporary;
    const kept = await KeptPackage.take(request, { name, force, folder, lasts: note === '' });
    return { number: this.#put(kept), kept, note };
  }

  async close(): Promise<void> {
    for (const { kept } of this.#packages.values()) await kept.close();
    this.#packages.clear();
  }

  #put(kept: KeptPackage): number {
    this.#packages.set(++this.#numbers, { kept, running: 0 });
    return this.#numbers;
  }

  #unusable(): string {
    const { folder } = this.#options;
    try {
      makeFolder(folder, 0o700);
      accessSync(folder, constants.W_OK);
      return '';
    } catch (cause) {
      return `updates would not go on after a restart of the server: ${folder}: ${fileProblem(cause)}`;
    }
  }

  async #makeRoom(): Promise<void> {
    for (const [number, { kept, running }] of this.#packages) {
      if (this.#packages.size < MOST_PACKAGES) return;
      if (running > 0 || kept.unfinished.length > 0) continue;
      this.#packages.delete(number);
      await kept.close();
    }
    if (this.#packages.size < MOST_PACKAGES) return;
    const what = `${MOST_PACKAGES} packages are in use already: wait for their updates, or go on with what was interrupted or forget it`;
    throw new MctpError('EBUSY', what);
  }
}

/** There is nothing before the first package. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
