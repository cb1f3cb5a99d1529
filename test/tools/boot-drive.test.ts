/** The drive of a Pico in its boot loader. */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findBootDrives, writeImage } from '../../tools/adapter/boot-drive.js';
import { mctpkit } from '../support/in-process.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mctpkit-media-'));
});
afterEach(() => rmSync(root, { recursive: true }));

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
