/** The verb `adapter`: what a USB-I2C adapter is, whether it works, and new firmware for it. */

import type { AdapterConnection } from '../../bindings/i2c/adapter/adapter-connection.js';
import { CAN, configureAnswer, configureRequest, REQUEST, statusAnswer } from '../../bindings/i2c/adapter/messages.js';
import { FIRMWARE_VERSION, isOldFirmware, PICO_NAME } from '../../hw-fixtures/pico/firmware-version.js';
import { encode } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import { abilityWords, withAdapter } from '../adapter/adapter-access.js';
import { isBridgeUrl, withBridge } from '../adapter/bridge-access.js';
import { bridgeLines } from '../adapter/bridge-lines.js';
import { FIRMWARE_KINDS, flash } from '../adapter/flash.js';
import { EXIT, printable, usageError } from '../command-error.js';
import { onlyFor } from '../option-actions.js';
import type { AdapterDocument } from '../schema/table-documents.js';
import { defineVerb, JSON_OPTION, offering, textOption, valueOption } from '../verb.js';
import type { World } from '../world.js';

/** What a bridge is called in documents, as an adapter is by its HELLO. */
const BRIDGE_NAME = 'mctpkit-pico-bridge';
const ACTIONS = ['show', 'test', 'flash'] as const;
const NOTHING = new Uint8Array(0);
/** The own target of a self test: nobody else is there by SMBus's list. */
const TEST_ADDRESS = 0x10;

export const adapter = defineVerb({
  name: 'adapter',
  summary: 'a USB-I2C adapter: show it, test it, or give it new firmware',
  description:
    'test lets the adapter write to itself: its two halves must be joined on a bus with pull-ups. flash copies the ' +
    'firmware of this mctpkit; for a new Pico hold BOOTSEL while you plug it in. With the firmware "bridge" a Pico is ' +
    'an MCTP device on USB, behind which its I2C bus is: --link usb: means that one.',
  arguments: [{ name: 'action', summary: 'show (default), test or flash', required: false, many: false }],
  options: {
    link: textOption('-l, --link <url>', 'which (i2c:pico)', 'i2c:pico'),
    firmware: onlyFor(
      ['flash'],
      offering(
        valueOption(
          '--firmware <which>',
          'adapter or bridge (what it is now)',
          FIRMWARE_KINDS.join(' or '),
          (text) => FIRMWARE_KINDS.find((kind) => kind === text),
          undefined,
        ),
        () => FIRMWARE_KINDS,
      ),
    ),
    image: onlyFor(['flash'], textOption('--image <file>', 'this UF2 file instead', undefined)),
    drive: onlyFor(
      ['flash'],
      textOption('--drive <folder>', 'where the drive of the boot loader is mounted', undefined),
    ),
    json: JSON_OPTION,
  },
  does: ([word = 'show']) => (ACTIONS.some((action) => action === word) ? [word] : undefined),
  examples: [
    ['mctpkit adapter', 'what it is'],
    ['mctpkit adapter test', 'does it work'],
    ['mctpkit adapter flash', 'new firmware'],
    ['mctpkit adapter flash --firmware bridge', 'make a Pico an MCTP device on USB'],
  ],
  async run({ args, options, world }) {
    const action = ACTIONS.find((known) => known === (args[0] ?? 'show'));
    if (action === undefined) throw usageError(`adapter ${args[0]}: write ${ACTIONS.join(', ')}`);
    const { io, clock } = world;
    if (action === 'flash') {
      const { link: url, image, drive } = options;
      const kind = options.firmware ?? (isBridgeUrl(url) ? 'bridge' : 'adapter');
      const firmware = await flash({ url, firmware: kind, image, drive }, world);
      if (options.json) io.print(documentText({ flashed: true, firmware }));
      else io.print(`flashed: firmware ${firmware}`);
      return EXIT.done;
    }
    if (isBridgeUrl(options.link)) {
      if (action === 'show') return showBridge(options.link, options.json, world);
      throw usageError(
        `a bridge has no self test: mctpkit validate --link '${options.link}' asks it all it has to answer`,
      );
    }
    return withAdapter(options.link, clock, async (connection, identity) => {
      const { name, firmware, serialNumber, capabilities, largestWrite } = identity;
      const shown = { url: options.link, name, firmware, serialNumber };
      if (action === 'test') {
        await selfTest(connection, capabilities);
        io.print(options.json ? documentText({ ...shown, selfTest: 'passed' }) : 'self test: passed');
        return EXIT.done;
      }
      const status = await connection.ask(REQUEST.status, NOTHING, statusAnswer);
      const levels = { scl: (status.lines & 1) !== 0, sda: (status.lines & 2) !== 0 };
      if (options.json) {
        const can = Object.fromEntries(Object.entries(CAN).map(([word, bit]) => [word, (capabilities & bit) !== 0]));
        io.print(documentText({ ...shown, can, largestWrite, lines: levels }));
        return EXIT.done;
      }
      io.print(`${printable(name)}, firmware ${printable(firmware)}, serial number ${printable(serialNumber)}`);
      io.print(`${abilityWords(capabilities)}; writes of up to ${largestWrite} bytes`);
      if (name === PICO_NAME && isOldFirmware(firmware)) {
        io.print(
          `old firmware: ${FIRMWARE_VERSION} comes with this mctpkit: mctpkit adapter flash --link '${options.link}'`,
        );
      }
      if (!levels.scl || !levels.sda) {
        const low = [levels.scl ? '' : 'clock', levels.sda ? '' : 'data'].filter(Boolean).join(' and ');
        io.print(`low: ${low} (no pull-ups, or something holds the bus)`);
      }
      return EXIT.done;
    });
  },
});

function documentText(document: AdapterDocument): string {
  return JSON.stringify(document, null, 2);
}

function showBridge(url: string, json: boolean, { io }: World): Promise<number> {
  return withBridge(url, async (bridge) => {
    const { firmware, serialNumber } = bridge;
    const counters = await bridge.counters();
    if (json) {
      io.print(documentText({ url, name: BRIDGE_NAME, firmware, serialNumber, counters }));
    } else {
      for (const line of bridgeLines(url, firmware, serialNumber, counters)) io.print(line);
    }
    return EXIT.done;
  });
}

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
