// Where built boards live, and which of them fits this checkout.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const fixtureFolder = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '');
export const checkoutFolder = join(fixtureFolder, '..', '..');

/** A built board: the kernel, its modules and the guest's programs. */
export interface BuiltBoard {
  readonly folder: string;
  /** Kernel release, such as "6.12.117". */
  readonly kernel: string;
}

export function cacheFolder(): string {
  const chosen = process.env.MCTPKIT_BOARD_CACHE;
  if (chosen) return chosen;
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mctpkit', 'linux-board');
}

function recipeFiles(): string[] {
  const all = ['build', 'guest', 'kernel', 'modules'].flatMap((folder) =>
    readdirSync(join(fixtureFolder, folder)).map((name) => join(folder, name)),
  );
  // guest/bin is used from the checkout, not built; leftovers of editors and compilers are not part of the recipe
  return all.filter((name) => /\.(c|h|sh|config|patch)$|\/Makefile$/.test(name)).sort();
}

/** Fingerprint of everything in the checkout that goes into a board. */
function recipeHash(): string {
  const hash = createHash('sha256').update(process.arch);
  for (const name of recipeFiles()) {
    const content = readFileSync(join(fixtureFolder, name));
    hash.update(`\n${name} ${content.length}\n`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

/** Folder of the board built from this checkout's recipe and that version of Debian's kernel source. */
export function targetFolder(sourceVersion: string): string {
  return join(cacheFolder(), `${recipeHash()}-${sourceVersion}`);
}

export function readBoard(folder: string): BuiltBoard | undefined {
  const manifest = join(folder, 'manifest');
  if (!existsSync(manifest)) return undefined;
  const kernel = /^kernel (.*)$/m.exec(readFileSync(manifest, 'utf8'))?.[1] ?? 'unknown';
  return { folder, kernel };
}

/** The newest board built from this checkout's recipe, whatever kernel source version it was built from. */
export function findBoard(): BuiltBoard | undefined {
  const cache = cacheFolder();
  if (!existsSync(cache)) return undefined;
  const prefix = `${recipeHash()}-`;
  const found = readdirSync(cache)
    .filter((name) => name.startsWith(prefix))
    .map((name) => readBoard(join(cache, name)))
    .filter((board) => board !== undefined);
  const age = (board: BuiltBoard) => statSync(join(board.folder, 'manifest')).mtimeMs;
  return found.sort((a, b) => age(b) - age(a))[0];
}
