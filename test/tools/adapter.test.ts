/** The verb `adapter`: the drive of a Pico in its boot loader, the way there and back, and what is not an adapter. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FrameDecoder, payloadAt, sealFrame } from '../../bindings/i2c/adapter/frames.js';
import { ANSWER, helloAnswer, REQUEST, statusAnswer } from '../../bindings/i2c/adapter/messages.js';
import { IMAGES } from '../../hw-fixtures/pico/build-firmware.js';
import type { EmulatedPico } from '../../hw-fixtures/pico/emulator/pico.js';
import { servePico } from '../../hw-fixtures/pico/emulator/serve-pico.js';
import { startedPico } from '../../hw-fixtures/pico/emulator/started-pico.js';
import { FIRMWARE_VERSION, PICO_NAME } from '../../hw-fixtures/pico/firmware-version.js';
import { encode } from '../../stack/codec/index.js';
import { findBootDrives, writeImage } from '../../tools/adapter/boot-drive.js';
import type { Finished } from '../support/cli.js';
import { HurriedClock } from '../support/hurried-clock.js';
import { mctpkit, RunningVerb } from '../support/in-process.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mctpkit-media-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** How many times as fast time goes where nobody is going to answer. */
const HURRY = 20;

function runBy(clock: HurriedClock, args: readonly string[]): Promise<Finished> {
  const verb = new RunningVerb(args, { clock });
  verb.stdin.end();
  return verb.finished;
}

function mount(path: string, board: string): string {
  const folder = join(root, path);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'INFO_UF2.TXT'),
    `UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: ${board}\r\n`,
  );
  return folder;
}

it('is found where systems mount it, and takes the image', async () => {
  mount('someone/OTHER', 'SAMD21');
  const drive = mount('someone/RPI-RP2', 'RPI-RP2');
  expect(await findBootDrives([root, '/nowhere'])).toEqual([drive]);
  await writeImage(drive, Uint8Array.of(1, 2, 3));
  expect([...readFileSync(join(drive, 'mctpkit.uf2'))]).toEqual([1, 2, 3]);
  await expect(writeImage(join(root, 'gone'), Uint8Array.of(1))).rejects.toMatchObject({ code: 'EIO' });
});

it.each([
  [['adapter', 'flash', '--image', 'package.json'], 'not a UF2 image for an RP2040'],
  [['adapter', 'flash', '--image', 'nowhere.uf2'], 'no such file'],
  [['adapter', 'flash', '--drive', tmpdir()], 'is not the drive of a Pico'],
  [['adapter', 'play'], 'write show, test, flash'],
  [['adapter', '--link', 'i2c:1'], 'is not an adapter'],
])('%j is refused in one line, and nothing is done', async (args, why) => {
  const { code, stderr } = await mctpkit(args);
  expect(code).toBe(2);
  expect(stderr).toContain(why);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

describe('with an emulated Pico', () => {
  let folder: string;
  let pico: EmulatedPico;
  let stopServing: () => Promise<void>;
  const url = (): string => `i2c:unix:${join(folder, 'pico')}`;

  async function plug(): Promise<void> {
    pico = await startedPico();
    stopServing = await servePico(pico, join(folder, 'pico'));
  }

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mctpkit-flash-'));
    await plug();
  });
  afterEach(async () => {
    await stopServing();
    pico.stop();
    rmSync(folder, { recursive: true });
  });

  it('shows and tests itself', async () => {
    const shown = await mctpkit(['adapter', '--link', url()]);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toMatch(/^mctpkit-pico, firmware \d\.\d, serial number \w+\nsends, receives, analyses/);
    expect(await mctpkit(['adapter', 'test', '--link', url()])).toMatchObject({
      code: 0,
      stdout: 'self test: passed\n',
    });
  });

  it('restarts into its boot loader, takes the image, and is back with its version', async () => {
    const drive = join(root, 'someone/RPI-RP2');
    let copied: Promise<unknown> | undefined;
    pico.onBootLoader = () => {
      mount('someone/RPI-RP2', 'RPI-RP2');
      copied = (async () => {
        await stopServing();
        const image = readFileSync(IMAGES.adapter);
        // The real one restarts with the last block.
        const isThere = (): boolean => {
          try {
            return readFileSync(join(drive, 'mctpkit.uf2')).equals(image);
          } catch {
            return false;
          }
        };
        await new Promise<void>((resolve) => {
          const look = (): void => {
            if (!isThere()) return;
            watcher.close();
            resolve();
          };
          const watcher = watch(drive, look);
          look();
        });
        rmSync(drive, { recursive: true });
        await plug();
      })();
    };
    const { code, stdout, stderr } = await mctpkit(['adapter', 'flash', '--link', url(), '--drive', drive]);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `flashed: firmware ${FIRMWARE_VERSION}\n`,
      stderr: `copying to ${drive}\n`,
    });
    await copied;
  });

  it('leaves an adapter alone when the file is not an image, or its drive never comes', async () => {
    const clock = new HurriedClock();
    let restarted = 0;
    pico.onBootLoader = () => {
      restarted++;
      clock.hurry(HURRY);
    };
    expect((await mctpkit(['adapter', 'flash', '--link', url(), '--image', 'package.json'])).code).toBe(2);
    expect(restarted).toBe(0);
    const { code, stderr } = await runBy(clock, [
      'adapter',
      'flash',
      '--link',
      url(),
      '--drive',
      join(root, 'nowhere'),
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^mctpkit: the drive RPI-RP2 of the Pico is not mounted: .*--drive FOLDER\n$/);
    expect(restarted).toBe(1);
  });
});

describe('something else behind the URL', () => {
  let folder: string;
  let server: Server;
  const sockets: Socket[] = [];
  const answering = async (answer: (socket: Socket) => void): Promise<string> => {
    folder = mkdtempSync(join(tmpdir(), 'mctpkit-other-'));
    server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      answer(socket);
    });
    await new Promise<void>((resolve) => server.listen(join(folder, 'other'), resolve));
    return `i2c:unix:${join(folder, 'other')}`;
  };
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true });
  });

  /** HELLO's answer of an adapter whose firmware is older. */
  function hello(version: number, firmware: string): Uint8Array {
    const frame = new Uint8Array(200);
    const payload = encode(helloAnswer, {
      result: 0,
      version,
      capabilities: 0x7f,
      largestWrite: 1040,
      writesHeld: 8,
      targetAddresses: 1,
      time: 0,
      name: PICO_NAME,
      firmware,
      serialNumber: 'E6',
      more: new Uint8Array(0),
    });
    frame.set(payload, payloadAt(0));
    return frame.slice(0, sealFrame(frame, 0, REQUEST.hello | ANSWER, 0, payload.length));
  }

  it.each([
    ['silence', () => {}, /does not answer: is it an I2C adapter of mctpkit\?/],
    ['garbage', (socket: Socket) => void socket.write('login: '.repeat(9)), /is not an I2C adapter of mctpkit/],
    [
      'an older protocol',
      (socket: Socket) => void socket.write(hello(0, '0.9')),
      /speaks protocol 0, .*: update it with mctpkit adapter flash/,
    ],
    ['a hang-up', (socket: Socket) => void socket.end(), /has hung up/],
  ])('%s is told in one line', async (_what, answer, why) => {
    const url = await answering(answer);
    for (const args of [
      ['adapter', '--link', url],
      ['discover', '--link', url],
    ]) {
      const { code, stderr } = await runBy(new HurriedClock(HURRY), args);
      expect(code).toBeGreaterThan(0);
      expect(stderr).toMatch(why);
      expect(stderr.trim().split('\n')).toHaveLength(1);
    }
  });

  it('an older firmware is shown with what to do', async () => {
    const url = await answering((socket) => {
      const requests = new FrameDecoder((kind, id) => {
        if (kind === REQUEST.hello) socket.write(hello(1, '1.0'));
        else if (kind === REQUEST.status) socket.write(status(id));
      });
      socket.on('data', (bytes) => requests.push(bytes, 0, bytes.length));
    });
    const { stdout, code, stderr } = await mctpkit(['adapter', '--link', url]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(
      `old firmware: ${FIRMWARE_VERSION} comes with this mctpkit: mctpkit adapter flash --link '${url}'`,
    );
  });
});

/** STATUS: all is well. */
function status(id: number): Uint8Array {
  const frame = new Uint8Array(64);
  const fields = { result: 0, time: 1, receivedLost: 0, sniffedLost: 0, badFrames: 0, lines: 3 };
  const payload = encode(statusAnswer, fields);
  frame.set(payload, payloadAt(0));
  return frame.slice(0, sealFrame(frame, 0, REQUEST.status | ANSWER, id, payload.length));
}
