/** The drive that a Pico in its boot loader is: found by the file in it, written as a file is. */

import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MctpError } from '../../stack/errors.js';

/** Every RP2040 in its boot loader has it. */
const INFO = 'INFO_UF2.TXT';
const BOARD = /^Board-ID: RPI-RP2\b/m;

/** Where systems mount drives, for people and by themselves: below one of these, or below a folder in it. */
const MOUNT_ROOTS: readonly string[] = ['/media', '/run/media', '/mnt', '/Volumes'];

/** Folders of mounted boot loader drives. */
export async function findBootDrives(roots: readonly string[] = MOUNT_ROOTS): Promise<string[]> {
  const found: string[] = [];
  for (const root of roots) {
    for (const folder of await foldersOf(root)) {
      if (await isBootDrive(folder)) found.push(folder);
      else for (const inner of await foldersOf(folder)) if (await isBootDrive(inner)) found.push(inner);
    }
  }
  return found;
}

async function foldersOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}

export async function isBootDrive(folder: string): Promise<boolean> {
  return BOARD.test(await readFile(join(folder, INFO), 'utf8').catch(() => ''));
}

/**
 * Copy the image; the Pico restarts when it has the last block.
 * @throws MctpError EIO, EACCES
 */
export async function writeImage(drive: string, image: Uint8Array): Promise<void> {
  try {
    const file = await open(join(drive, 'mctpkit.uf2'), 'w');
    try {
      await file.write(image);
      await file.sync().catch(() => {}); // it may be gone already: the last block restarts it
    } finally {
      await file.close().catch(() => {});
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EROFS') {
      throw new MctpError('EACCES', `${drive} cannot be written: is it mounted for you?`, { cause });
    }
    throw new MctpError('EIO', `the image could not be copied to ${drive}: ${message}`, { cause });
  }
}
