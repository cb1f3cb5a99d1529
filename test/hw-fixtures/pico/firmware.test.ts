/** The image in the repository is what its sources build, and UF2 files are taken apart with care. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildFirmware, compilerVersion, IMAGES } from '../../../hw-fixtures/pico/build-firmware.js';
import { BRIDGE_FIRMWARE_VERSION, FIRMWARE_VERSION } from '../../../hw-fixtures/pico/firmware-version.js';
import { bootChecksum, makeUf2, readUf2 } from '../../../hw-fixtures/pico/uf2.js';

/** Another compiler makes other code. */
const MADE_BY = '12.2.1';

const VERSIONS = {
  adapter: `VERSION_TEXT "${FIRMWARE_VERSION}"`,
  bridge: `VERSION_MAJOR ${BRIDGE_FIRMWARE_VERSION.replace('.', '\n#define VERSION_MINOR ')}`,
} as const;

describe.each(['adapter', 'bridge'] as const)('the firmware of the %s', (name) => {
  const image = readFileSync(IMAGES[name]);
  const version = compilerVersion();
  const because = version === undefined ? 'no arm-none-eabi-gcc here' : `made by ${MADE_BY}, here is ${version}`;

  it.skipIf(version !== MADE_BY)(`builds to the same image (${because})`, () => {
    expect(Buffer.from(buildFirmware(name)).equals(image)).toBe(true);
  });

  it('has the version which the tools compare with', () => {
    const header = new URL(`../../../hw-fixtures/pico/firmware/${name}/version.h`, import.meta.url);
    expect(readFileSync(header, 'utf8')).toContain(VERSIONS[name]);
  });

  it('has the checksum that the boot ROM wants', () => {
    const flash = readUf2(image);
    expect(new DataView(flash.buffer).getUint32(252, true)).toBe(bootChecksum(flash));
  });
});

describe('a UF2 file', () => {
  const good = makeUf2(Uint8Array.from({ length: 700 }, (_, index) => index));
  const changed = (at: number): Uint8Array => Uint8Array.from(good, (byte, index) => (index === at ? byte ^ 1 : byte));

  it('holds the image in whole blocks', () => {
    expect(good).toHaveLength(3 * 512);
    expect([...readUf2(good).subarray(0, 700)]).toEqual(Array.from({ length: 700 }, (_, index) => index & 0xff));
  });

  it.each([
    ['nothing', new Uint8Array(0), /0 bytes are not whole blocks/],
    ['half a block', good.subarray(0, 700), /not whole blocks/],
    ['text', new TextEncoder().encode('x'.repeat(512)), /no UF2 magic/],
    ['another chip', changed(28), /it is for family/],
    ['blocks out of order', changed(512 + 20), /block 1 is out of order/],
    ['too much', new Uint8Array(512 * 8193), /more than 2 MiB/],
  ])('is refused: %s', (_what, file, why) => {
    expect(() => readUf2(file)).toThrow(why);
  });
});
