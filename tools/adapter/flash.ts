/** New firmware for a Pico: into the boot loader, onto its drive, and back. Nothing is touched before all is known. */

import { readFile } from 'node:fs/promises';
import { CAN, REQUEST } from '../../bindings/i2c/adapter/messages.js';
import { FIRMWARE_VERSION } from '../../hw-fixtures/pico/firmware-version.js';
import { readUf2 } from '../../hw-fixtures/pico/uf2.js';
import { MctpError } from '../../stack/errors.js';
import { wait } from '../../stack/util/async.js';
import { fileProblem, refusal, usageError } from '../command-error.js';
import type { World } from '../world.js';
import { withAdapter } from './adapter-access.js';
import { findBootDrives, isBootDrive, writeImage } from './boot-drive.js';

const IMAGE = 'hw-fixtures/pico/mctpkit-pico.uf2';
const BOOT_WORD = new TextEncoder().encode('BOOT');
/** The system mounts the drive, and knows the Pico again, within some seconds. */
const WAIT_MS = 15_000;
const LOOK_MS = 250;

export interface FlashOptions {
  /** Of the adapter. */
  readonly url: string;
  /** A UF2 file; undefined: the one that is shipped. */
  readonly image: string | undefined;
  /** Where the drive of the boot loader is, or is going to be, mounted; undefined: where systems mount drives. */
  readonly drive: string | undefined;
}

/** The version that answers afterwards. @throws CommandError, MctpError */
export async function flash(options: FlashOptions, world: World): Promise<string> {
  const image = await readImage(options.image);
  readUf2(image);
  const drive = await driveOf(options, world);
  world.io.note(`copying to ${drive}`);
  await writeImage(drive, image);
  const firmware = await waitFor(world, () => versionOf(options.url, world));
  if (firmware === undefined) throw refusal('the image was copied, and the Pico did not come back: plug it in again');
  if (options.image === undefined && firmware !== FIRMWARE_VERSION) {
    throw refusal(
      `the Pico answers with firmware ${firmware}, not ${FIRMWARE_VERSION}: is it the one that was flashed?`,
    );
  }
  return firmware;
}

/** In the package the image has the place that it has in the sources, seen from here and from what it is built into. */
async function readImage(file: string | undefined): Promise<Uint8Array> {
  return readFile(file ?? new URL(`../../${IMAGE}`, import.meta.url)).catch((cause: unknown) => {
    throw usageError(`${file ?? IMAGE}: ${fileProblem(cause)}`, cause);
  });
}

/** The drive of the Pico that is meant, which is restarted into its boot loader where it is not in it. */
async function driveOf({ url, drive }: FlashOptions, world: World): Promise<string> {
  const look = async (): Promise<string | undefined> =>
    drive === undefined ? oneDrive() : (await isBootDrive(drive)) ? drive : undefined;
  const there = await look();
  if (there !== undefined) {
    if (drive === undefined && (await versionOf(url, world)) !== undefined) {
      throw usageError(
        `a Pico is in its boot loader (${there}), and ${url} is another one: name the drive with --drive, or unplug one`,
      );
    }
    return there;
  }
  try {
    await restartIntoBootLoader(url, world);
  } catch (error) {
    if (drive === undefined || !MctpError.is(error, 'ENODEV')) throw error;
    throw usageError(`${drive} is not the drive of a Pico in its boot loader, and ${error.message}`, error);
  }
  const found = await waitFor(world, look);
  if (found !== undefined) return found;
  throw refusal('the drive RPI-RP2 of the Pico is not mounted: mount it and name it with --drive FOLDER');
}

async function oneDrive(): Promise<string | undefined> {
  const drives = await findBootDrives();
  if (drives.length > 1) throw usageError(`several Picos are in their boot loader: use --drive: ${drives.join(', ')}`);
  return drives[0];
}

async function restartIntoBootLoader(url: string, { clock }: World): Promise<void> {
  await withAdapter(url, clock, async (connection, { capabilities }) => {
    if ((capabilities & CAN.bootLoader) === 0) {
      throw new MctpError('ENOTSUP', `${connection.name} is not flashed by mctpkit`);
    }
    await connection.request(REQUEST.bootLoader, BOOT_WORD);
  });
}

/** Undefined while it does not answer. */
async function versionOf(url: string, { clock }: World): Promise<string | undefined> {
  try {
    return await withAdapter(url, clock, async (_connection, { firmware }) => firmware);
  } catch (error) {
    if (MctpError.is(error) && error.code !== 'EUSAGE') return undefined;
    throw error;
  }
}

/** Look again and again, for a time. */
async function waitFor<T>({ clock, signal }: World, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const end = clock.now() + WAIT_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined || clock.now() >= end) return found;
    await wait(clock, LOOK_MS, signal);
  }
}
