/** Builds the Pico's images: `npm run firmware`. They are the same wherever the compiler's version is. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeUf2, setBootChecksum } from './uf2.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
/** A USB-I2C adapter, or a DSP0283 device which bridges to I2C: the folders of their sources. */
export type FirmwareName = 'adapter' | 'bridge';
/** The images which lie in the repository. */
export const IMAGES: Readonly<Record<FirmwareName, string>> = {
  adapter: join(FOLDER, 'mctpkit-pico.uf2'),
  bridge: join(FOLDER, 'mctpkit-pico-bridge.uf2'),
};
const SOURCES = join(FOLDER, 'firmware');
const COMMON = 'common';

const COMPILER = 'arm-none-eabi-gcc';
const FLAGS = [
  '-mcpu=cortex-m0plus',
  '-mthumb',
  '-Os',
  '-std=c17',
  '-ffreestanding',
  '-fno-tree-loop-distribute-patterns',
  '--param=min-pagesize=0',
  '-nostdlib',
  '-Wall',
  '-Wextra',
  '-Werror',
  '-ffunction-sections',
  '-fdata-sections',
  '-Wl,--gc-sections',
  '-Wl,--build-id=none',
  '-T',
  join(COMMON, 'link.ld'),
  `-I${COMMON}`,
];

/** The compiler's version, undefined when there is none on this machine. */
export function compilerVersion(): string | undefined {
  try {
    return execFileSync(COMPILER, ['-dumpfullversion'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** An image as a UF2 file. @throws Error when the compiler refuses */
export function buildFirmware(name: FirmwareName): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'mctpkit-firmware-'));
  try {
    const elf = join(folder, 'firmware.elf');
    const raw = join(folder, 'firmware.bin');
    const files = [COMMON, name].flatMap((part) =>
      readdirSync(join(SOURCES, part))
        .filter((file) => /\.[cS]$/.test(file))
        .sort()
        .map((file) => join(part, file)),
    );
    execFileSync(COMPILER, [...FLAGS, ...files, '-lgcc', '-o', elf], { cwd: SOURCES, stdio: 'inherit' });
    execFileSync('arm-none-eabi-objcopy', ['-O', 'binary', elf, raw], { stdio: 'inherit' });
    const image = new Uint8Array(readFileSync(raw));
    setBootChecksum(image);
    return makeUf2(image);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const version = compilerVersion();
  if (version === undefined) {
    console.error(`no ${COMPILER} here: apt-get install --no-install-recommends gcc-arm-none-eabi`);
    process.exit(1);
  }
  for (const name of ['adapter', 'bridge'] as const) {
    const file = buildFirmware(name);
    writeFileSync(IMAGES[name], file);
    console.log(`${IMAGES[name]}: ${file.length} bytes, by ${COMPILER} ${version}`);
  }
}
