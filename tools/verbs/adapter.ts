/** The verb `adapter`: what a USB-I2C adapter is, whether it works, and new firmware for it. */

import { readFile } from 'node:fs/promises';
import type { AdapterConnection } from '../../bindings/i2c/adapter/adapter-connection.js';
import { findAdapters } from '../../bindings/i2c/adapter/find-adapters.js';
import { CAN, configureAnswer, configureRequest, REQUEST, statusAnswer } from '../../bindings/i2c/adapter/messages.js';
import { readUf2 } from '../../hw-fixtures/pico/uf2.js';
import { encode } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import { abilityWords, withAdapter } from '../adapter/adapter-access.js';
import { findBootDrives, isBootDrive, writeImage } from '../adapter/boot-drive.js';
import { EXIT, fileProblem, printable, refusal, usageError } from '../command-error.js';
import { defineVerb, JSON_OPTION, textOption } from '../verb.js';
import type { World } from '../world.js';

const ACTIONS = ['show', 'test', 'flash'] as const;
const IMAGE = 'hw-fixtures/pico/mctpkit-pico.uf2';
const BOOT_WORD = new TextEncoder().encode('BOOT');
const NOTHING = new Uint8Array(0);
/** The own target of a self test: nobody else is there by SMBus's list. */
const TEST_ADDRESS = 0x10;
/** The system mounts the drive, and knows the Pico again, within some seconds. */
const WAIT_MS = 15_000;
const LOOK_MS = 250;

export const adapter = defineVerb({
  name: 'adapter',
  summary: 'a USB-I2C adapter: show it, test it, or give it new firmware',
  description:
    'test lets the adapter write to itself: its two halves must be joined on a bus with pull-ups. flash copies the ' +
    'firmware of this mctpkit; for a new Pico hold BOOTSEL while you plug it in.',
  arguments: [{ name: 'action', summary: 'show (default), test or flash', required: false, many: false }],
  options: {
    link: textOption('-l, --link <url>', 'which (i2c:pico)', 'i2c:pico'),
    image: textOption('--image <file>', 'flash this UF2 file instead', undefined),
    drive: textOption('--drive <folder>', 'where the drive of the boot loader is mounted', undefined),
    json: JSON_OPTION,
  },
  examples: [
    ['mctpkit adapter', 'what it is'],
    ['mctpkit adapter test', 'does it work'],
    ['mctpkit adapter flash', 'new firmware'],
  ],
  async run({ args, options, world }) {
    const action = ACTIONS.find((known) => known === (args[0] ?? 'show'));
    if (action === undefined) throw usageError(`adapter ${args[0]}: write ${ACTIONS.join(', ')}`);
    const { io, clock } = world;
    if (action === 'flash') {
      const firmware = await flash(options.link, options.image, options.drive, world);
      io.print(options.json ? JSON.stringify({ flashed: true, firmware }, null, 2) : `flashed: firmware ${firmware}`);
      return EXIT.done;
    }
    return withAdapter(options.link, clock, async (connection, identity) => {
      const { name, firmware, serialNumber, capabilities, largestWrite } = identity;
      const shown = { url: options.link, name, firmware, serialNumber };
      if (action === 'test') {
        await selfTest(connection, capabilities);
        io.print(options.json ? JSON.stringify({ ...shown, selfTest: 'passed' }, null, 2) : 'self test: passed');
        return EXIT.done;
      }
      const status = await connection.ask(REQUEST.status, NOTHING, statusAnswer);
      const levels = { scl: (status.lines & 1) !== 0, sda: (status.lines & 2) !== 0 };
      if (options.json) {
        const can = Object.fromEntries(Object.entries(CAN).map(([word, bit]) => [word, (capabilities & bit) !== 0]));
        io.print(JSON.stringify({ ...shown, can, largestWrite, lines: levels }, null, 2));
        return EXIT.done;
      }
      io.print(`${printable(name)}, firmware ${printable(firmware)}, serial number ${printable(serialNumber)}`);
      io.print(`${abilityWords(capabilities)}; writes of up to ${largestWrite} bytes`);
      if (!levels.scl || !levels.sda) {
        const low = [levels.scl ? '' : 'clock', levels.sda ? '' : 'data'].filter(Boolean).join(' and ');
        io.print(`low: ${low} (no pull-ups, or something holds the bus)`);
      }
      return EXIT.done;
    });
  },
});

async function selfTest(connection: AdapterConnection, capabilities: number): Promise<void> {
  if ((capabilities & CAN.selfTest) === 0) throw new MctpError('ENOTSUP', `${connection.name} has no self test`);
  const request = { speed: 100_000, timeout: 100_000, addresses: [TEST_ADDRESS] };
  await connection.ask(REQUEST.configure, encode(configureRequest, request), configureAnswer);
  await connection.request(REQUEST.selfTest).catch((cause: MctpError) => {
    throw new MctpError(
      cause.code,
      `self test failed: ${cause.message} (GP4 with GP6, GP5 with GP7, pull-ups to 3.3 V?)`,
      {
        cause,
      },
    );
  });
}

/** Nothing is touched before the image is known to be one. The version that answers afterwards. */
async function flash(url: string, file: string | undefined, drive: string | undefined, world: World): Promise<string> {
  const image = await readImage(file);
  readUf2(image);
  if (drive !== undefined && !(await isBootDrive(drive))) {
    throw usageError(`${drive} is not the drive of a Pico in its boot loader`);
  }
  let target = drive ?? (await oneDrive());
  if (target === undefined) {
    await restartIntoBootLoader(url, world);
    target = await waitFor(world, oneDrive);
    if (target === undefined) {
      throw refusal('the drive RPI-RP2 of the Pico is not mounted: mount it and name it with --drive FOLDER');
    }
  }
  world.io.note(`copying to ${target}`);
  await writeImage(target, image);
  const found = await waitFor(world, async () => ((await findAdapters()).length > 0 ? true : undefined));
  if (found === undefined) throw refusal('the image was copied, and the Pico did not come back: plug it in again');
  return withAdapter(url, world.clock, async (_connection, { firmware }) => firmware);
}

/** In the package the image has the place that it has in the sources, seen from the verb and from what it is built into. */
async function readImage(file: string | undefined): Promise<Uint8Array> {
  return readFile(file ?? new URL(`../../${IMAGE}`, import.meta.url)).catch((cause: unknown) => {
    throw usageError(`${file ?? IMAGE}: ${fileProblem(cause)}`, cause);
  });
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

/** Look again and again, for a time. */
async function waitFor<T>({ clock }: World, look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (let waited = 0; waited < WAIT_MS; waited += LOOK_MS) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise<void>((resolve) => {
      clock.schedule(LOOK_MS, resolve);
    });
  }
  return undefined;
}
