/** New firmware for a Pico: into the boot loader, onto its drive, and back. Nothing is touched before all is known. */

import { fileURLToPath } from 'node:url';
import { CAN, REQUEST } from '../../bindings/i2c/adapter/messages.js';
import { readOwnFile } from '../../bindings/read-own-file.js';
import { BRIDGE_FIRMWARE_VERSION, FIRMWARE_VERSION } from '../../hw-fixtures/pico/firmware-version.js';
import { readUf2 } from '../../hw-fixtures/pico/uf2.js';
import { MctpError } from '../../stack/errors.js';
import { wait } from '../../stack/util/async.js';
import { refusal, usageError } from '../command-error.js';
import type { World } from '../world.js';
import { withAdapter } from './adapter-access.js';
import { findBootDrives, isBootDrive, writeImage } from './boot-drive.js';
import { isBridgeUrl, withBridge } from './bridge-access.js';

/** What comes with this mctpkit: the image, its version, and where a Pico with it is found. */
const FIRMWARE = {
  adapter: { image: 'hw-fixtures/pico/mctpkit-pico.uf2', version: FIRMWARE_VERSION, url: 'i2c:pico' },
  bridge: { image: 'hw-fixtures/pico/mctpkit-pico-bridge.uf2', version: BRIDGE_FIRMWARE_VERSION, url: 'usb:' },
} as const;
export type FirmwareKind = keyof typeof FIRMWARE;
export const FIRMWARE_KINDS = Object.keys(FIRMWARE) as readonly FirmwareKind[];
const BOOT_WORD = new TextEncoder().encode('BOOT');
/** The system mounts the drive, and knows the Pico again, within some seconds. */
const WAIT_MS = 15_000;
const LOOK_MS = 250;

export interface FlashOptions {
  /** Of the Pico as it is now. */
  readonly url: string;
  readonly firmware: FirmwareKind;
  /** A UF2 file; undefined: the one that is shipped. */
  readonly image: string | undefined;
  /** Where the drive of the boot loader is, or is going to be, mounted; undefined: where systems mount drives. */
  readonly drive: string | undefined;
}

/** The version that answers afterwards. @throws CommandError, MctpError */
export async function flash(options: FlashOptions, world: World): Promise<string> {
  const { image: shipped, version, url: usual } = FIRMWARE[options.firmware];
  const image = await readImage(options.image, shipped);
  readUf2(image);
  const drive = await driveOf(options, world);
  world.io.note(`copying to ${drive}`);
  await writeImage(drive, image);
  // With the other firmware it is another device to this machine.
  const stays = isBridgeUrl(options.url) === (options.firmware === 'bridge');
  const firmware = await waitFor(world, () => versionOf(stays ? options.url : usual, world));
  if (firmware === undefined) throw refusal('the image was copied, and the Pico did not come back: plug it in again');
  if (options.image === undefined && firmware !== version) {
    throw refusal(`the Pico answers with firmware ${firmware}, not ${version}: is it the one that was flashed?`);
  }
  return firmware;
}

/** In the package the image has the place that it has in the sources, seen from here and from what it is built into. */
async function readImage(file: string | undefined, shipped: string): Promise<Uint8Array> {
  return readOwnFile(file ?? fileURLToPath(new URL(`../../${shipped}`, import.meta.url)));
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
  if (isBridgeUrl(url)) return withBridge(url, (bridge) => bridge.enterBootLoader());
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
    if (isBridgeUrl(url)) return await withBridge(url, async ({ firmware }) => firmware);
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
