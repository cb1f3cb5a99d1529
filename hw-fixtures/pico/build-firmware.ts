/** Builds the Pico adapter's firmware: `npm run firmware`. The image is the same wherever the compiler's version is. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeUf2, setBootChecksum } from './uf2.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
/** The image which lies in the repository. */
export const IMAGE = join(FOLDER, 'mctpkit-pico.uf2');
const SOURCES = join(FOLDER, 'firmware');

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
  'link.ld',
];

/** The compiler's version, undefined when there is none on this machine. */
export function compilerVersion(): string | undefined {
  try {
    return execFileSync(COMPILER, ['-dumpfullversion'], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

/** The firmware as a UF2 file. @throws Error when the compiler refuses */
export function buildFirmware(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'mctpkit-firmware-'));
  try {
    const elf = join(folder, 'firmware.elf');
    const raw = join(folder, 'firmware.bin');
    const files = readdirSync(SOURCES)
      .filter((name) => /\.[cS]$/.test(name))
      .sort();
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
  const file = buildFirmware();
  writeFileSync(IMAGE, file);
  console.log(`${IMAGE}: ${file.length} bytes, by ${COMPILER} ${version}`);
}
