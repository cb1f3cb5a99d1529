/** Packages of all revisions, those of an independent builder first; broken ones are refused with the reason. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../pldm/base/crc.js';
import {
  type ByteSource,
  buildPackage,
  bytesSource,
  checkPackage,
  type FirmwarePackage,
  imageOf,
  type PackageDescription,
  packageJson,
  readPackage,
} from '../../../pldm/firmware/index.js';
import { MctpError } from '../../../stack/errors.js';
import { bytesOf } from '../vector-files.js';

const FOLDER = new URL('../../vectors/packages/', import.meta.url);
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.pldm'));
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, FOLDER)));
const json = (name: string) => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));

/** What we say of what is wrong with the packages of pldm-packages-negative.json. */
const WHY: Readonly<Record<string, RegExp>> = {
  'bitmap length not a multiple of 8': /^firmware package at byte 39: a component bitmap of 7 bits: .* multiple of 8$/,
  'cut after the identifier': /^firmware package at byte 0: 16 bytes are not a firmware package$/,
  'cut inside the header': /packageHeaderSize at byte 17: the header has \d+ bytes, but the file ends after \d+$/,
  'device record length one too long': /firmwareDeviceIdRecords\[0\] at byte \d+: 1 byte left over$/,
  'device record length too small': /firmwareDeviceIdRecords\[0\]\.deviceUpdateOptionFlags .*: 4 bytes needed, 2 left$/,
  'format revision 0': /^firmware package at byte 16: header format revision 0 is unknown: it should be [1-4]$/,
  'format revision 5': /^firmware package at byte 16: header format revision 5 is unknown: it should be [1-4]$/,
  'header checksum wrong': /the header checksum is 0x[0-9a-f]{8}, but the header has 0x[0-9a-f]{8}$/,
  'header size too small': /packageReleaseDateTime at byte 19: 13 bytes needed, 11 left$/,
  'image lies beyond the end of the file': /components\[0\]: the image ends at \d+, but the file has \d+ bytes$/,
  'payload checksum wrong': /the payload checksum is 0x[0-9a-f]{8}, but the payload has 0x[0-9a-f]{8}$/,
  'payload cut short': /components\[0\]: the image ends at 181, but the file has 176 bytes$/,
  'unknown identifier': /^firmware package at byte 0: 0{32} is not an identifier of a firmware package$/,
  'version string type 6': /packageVersionStringType at byte 34: 6 is not a string type$/,
};

async function inspect(bytes: Uint8Array) {
  const pkg = await readPackage(bytesSource(bytes));
  const { findings, imageCrc32 } = await checkPackage(pkg);
  const error = findings.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw new MctpError('EBADMSG', `${error.where}: ${error.what}`);
  return { pkg, imageCrc32, fields: packageJson(pkg, imageCrc32) };
}

async function refusal(bytes: Uint8Array): Promise<MctpError | undefined> {
  const outcome = await tryInspect(bytes);
  return outcome instanceof MctpError ? outcome : undefined;
}

/** What is in it, or the refusal. Anything else that is thrown is thrown on. */
async function tryInspect(bytes: Uint8Array) {
  try {
    return await inspect(bytes);
  } catch (error) {
    // Thousands of times: without an expect, which costs more than the reading.
    if (!MctpError.is(error, 'EBADMSG')) throw error;
    return error;
  }
}

describe('packages of the shared vectors', () => {
  it('are all there', () => expect(NAMES).toHaveLength(5));

  it.each(NAMES)('%s has the fields listed beside it', async (name) => {
    const { file: _file, size, sha256, source: _source, ...expected } = json(name.replace(/pldm$/, 'json'));
    const bytes = read(name);
    expect(bytes).toHaveLength(size);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    expect((await inspect(bytes)).fields).toEqual(expected);
  });

  it.each(json('pldm-packages-negative.json') as { name: string; hex: string; reason: string }[])(
    'refuses, and says why: $name',
    async ({ hex, reason }) => {
      expect(Object.keys(WHY)).toContain(reason);
      expect((await refusal(bytesOf(hex)))?.message).toMatch(WHY[reason]!);
    },
  );
});

describe('damage', () => {
  it.each(NAMES)('%s cut at any byte is refused', async (name) => {
    const bytes = read(name);
    const { pkg } = await inspect(bytes);
    const used = Math.max(...pkg.components.map((c) => c.componentLocationOffset + c.componentSize));
    const taken: number[] = [];
    for (let length = 0; length < used; length++) {
      if ((await refusal(bytes.subarray(0, length))) === undefined) taken.push(length);
    }
    expect(taken).toEqual([]);
  });

  it.each(NAMES)('%s with any byte flipped is refused, or only an image differs', async (name) => {
    const bytes = read(name);
    const { pkg, imageCrc32, fields } = await inspect(bytes);
    const same = (one: unknown, text: string): boolean => JSON.stringify(one) === text;
    const [fieldsText, withoutImages] = [JSON.stringify(fields), JSON.stringify(packageJson(pkg))];
    const taken: number[] = [];
    const wrong: number[] = [];
    for (let at = 0; at < bytes.length; at++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1 << (at % 8);
      const after = await tryInspect(damaged);
      if (after instanceof MctpError) continue;
      taken.push(at);
      const others = after.imageCrc32.filter((crc, index) => crc !== imageCrc32[index]).length;
      const onlyAnImage =
        same(packageJson(after.pkg), withoutImages) && !same(after.fields, fieldsText) && others === 1;
      if (!onlyAnImage) wrong.push(at);
    }
    // Revisions 1 to 3 have no checksum over images: the device verifies those.
    expect(wrong).toEqual([]);
    expect(taken.filter((at) => at < pkg.packageHeaderSize)).toEqual([]);
    if (pkg.packageHeaderFormatRevision >= 4) expect(taken).toEqual([]);
    else expect(taken).toHaveLength(bytes.length - pkg.packageHeaderSize);
  });

  it('never throws anything but a refusal, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...NAMES),
        fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        async (name, changes) => {
          const bytes = read(name);
          for (const [at, value] of changes) bytes[at] = value;
          await refusal(bytes);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses images that overlap, but not one image for two components', async () => {
    const built = await bytesOfBuilt(SMALL, [pattern(100), pattern(100)]);
    const { pkg } = await inspect(built);
    const entry = (index: number) => pkg.components[index]!.componentLocationOffset;
    const moved = async (offset: number) => {
      const { encode } = await import('../../../stack/codec/index.js');
      const { packageHeader } = await import('../../../pldm/firmware/package/package-header.js');
      const components = pkg.components.map((c, index) =>
        index === 1 ? { ...c, componentLocationOffset: offset } : c,
      );
      const bytes = built.slice();
      bytes.set(encode(packageHeader, { ...pkg, components }));
      return bytes;
    };
    expect((await refusal(await moved(entry(0) + 1)))?.message).toMatch(/components\[0\] and components\[1\].*overlap/);
    expect((await refusal(await moved(3)))?.message).toMatch(/inside the header/);
    expect(await refusal(await moved(entry(0)))).toBeUndefined();
  });
});

const SMALL: PackageDescription = {
  version: '2.0',
  devices: [{ descriptors: [{ type: 'ianaEnterpriseId', data: 412 }] }],
  components: [
    { identifier: 1, version: '2.0' },
    { identifier: 2, version: '2.1' },
  ],
};

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (7 * at + (at >> 8)) & 0xff);
}

async function bytesOfBuilt(description: PackageDescription, images: Uint8Array[]): Promise<Uint8Array> {
  const built = await buildPackage(description, images.map(bytesSource));
  const parts: Uint8Array[] = [];
  for await (const chunk of built.chunks()) parts.push(chunk);
  const bytes = new Uint8Array(Buffer.concat(parts));
  expect(bytes).toHaveLength(built.size);
  return bytes;
}

describe('building', () => {
  it('makes what reading understands, of every revision', async () => {
    for (const revision of [1, 2, 3, 4] as const) {
      const images = [pattern(1000), pattern(65)];
      const { pkg, fields } = await inspect(await bytesOfBuilt({ ...SMALL, revision, date: '2026-11-21' }, images));
      expect(pkg.packageHeaderFormatRevision).toBe(revision);
      expect(fields.packageReleaseDateTime).toBe('0000000000000000150bea0700');
      for (const [index, component] of pkg.components.entries()) {
        expect(await imageOf(pkg, component).read(0, component.componentSize)).toEqual(images[index]);
      }
    }
  });

  it('takes the least revision that has what is asked for', async () => {
    const revision = async (change: Partial<PackageDescription>) =>
      (await inspect(await bytesOfBuilt({ ...SMALL, ...change }, [pattern(32), pattern(32)]))).pkg
        .packageHeaderFormatRevision;
    const uuid = { type: 'uuid', data: '00112233-4455-6677-8899-aabbccddeeff' } as const;
    expect(await revision({})).toBe(1);
    expect(await revision({ downstream: [{ descriptors: [uuid], minVersion: '1', minVersionStamp: 7 }] })).toBe(2);
    expect(await revision({ components: SMALL.components.map((c) => ({ ...c, opaqueData: '0102' })) })).toBe(3);
    expect(await revision({ devices: [{ ...SMALL.devices[0]!, referenceManifest: 'beef' }] })).toBe(4);
  });

  it('builds the shared packages again from what it read of them', async () => {
    const { encode } = await import('../../../stack/codec/index.js');
    const { packageHeader } = await import('../../../pldm/firmware/package/package-header.js');
    for (const name of NAMES) {
      const bytes = read(name);
      const pkg = await readPackage(bytesSource(bytes));
      expect(encode(packageHeader, pkg)).toEqual(bytes.slice(0, pkg.packageHeaderSize));
    }
  });

  it('says what is wrong in a description', async () => {
    const build = (change: object) => buildPackage({ ...SMALL, ...change }, [pattern(1), pattern(1)].map(bytesSource));
    await expect(build({ date: 'today' })).rejects.toThrow(/is not a date/);
    await expect(build({ revision: 9 })).rejects.toThrow(/revision 9 of packages is unknown/);
    await expect(build({ devices: [{ descriptors: [] }] })).rejects.toThrow(/without descriptors/);
    await expect(build({ devices: [{ descriptors: [{ type: 'uid', data: '' }] }] })).rejects.toThrow(
      /no descriptor type/,
    );
    await expect(build({ devices: [{ descriptors: [{ type: 'uuid', data: '00' }] }] })).rejects.toThrow(
      /16 bytes, not 1/,
    );
    await expect(build({ devices: [{ ...SMALL.devices[0], components: [2] }] })).rejects.toThrow(/no component 2/);
    const manifest = { ...SMALL.devices[0], referenceManifest: '00' };
    await expect(build({ revision: 1, devices: [manifest] })).rejects.toThrow(/use 4/);
  });
});

it('memory does not grow with the package: 256 MiB are read in small pieces', async () => {
  const MIB = 1024 * 1024;
  const block = pattern(MIB);
  let largest = 0;
  let live = 0;
  const huge: ByteSource = {
    size: 256 * MIB,
    read: (offset, length) => {
      largest = Math.max(largest, length);
      live++;
      return block.subarray(offset % MIB, (offset % MIB) + length);
    },
  };
  const description = { ...SMALL, revision: 4 as const, components: [SMALL.components[0]!] };
  const built = await buildPackage(description, [huge]);
  const source: ByteSource = {
    size: built.size,
    read: (offset, length) => {
      largest = Math.max(largest, length);
      if (offset < built.header.length) return built.header.subarray(offset, offset + length);
      const out = new Uint8Array(length);
      for (let at = 0; at < length; ) {
        const from = (offset + at - built.header.length) % MIB;
        const count = Math.min(length - at, MIB - from);
        out.set(block.subarray(from, from + count), at);
        at += count;
      }
      return out;
    },
  };
  const before = process.memoryUsage().arrayBuffers;
  const pkg = await readPackage(source);
  const { findings } = await checkPackage(pkg);
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(live).toBe(1024);
  expect(largest).toBeLessThanOrEqual(MIB / 4);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MIB);
});

describe('what packages of others have', () => {
  const description: PackageDescription = {
    version: '1',
    date: '2026-02-28',
    devices: [{ descriptors: [{ type: 'ianaEnterpriseId', data: 412 }] }],
    components: [{ identifier: 1, version: '1' }],
  };

  /** A package of one image with its header changed, the checksum right again. */
  async function changed(change: (header: Uint8Array) => Uint8Array): Promise<FirmwarePackage> {
    const image = Uint8Array.of(1, 2, 3);
    const { header } = await buildPackage(description, [bytesSource(image)]);
    const body = change(header.slice(0, -4));
    const view = new DataView(body.buffer);
    view.setUint16(17, body.length + 4, true);
    const place = header.length - 4 - 1 - 2 - 8;
    view.setUint32(place, body.length + 4, true);
    const sum = new Uint8Array(4);
    new DataView(sum.buffer).setUint32(0, crc32(body, 0, body.length), true);
    return readPackage(bytesSource(Uint8Array.from([...body, ...sum, ...image])));
  }

  it('a header longer than its contents: the checksum is at the end that its size names', async () => {
    const pkg = await changed((header) => Uint8Array.from([...header, 0, 0, 0]));
    expect(pkg).toMatchObject({ packageHeaderSurplus: 3, components: [{ componentVersionString: '1' }] });
    const { findings } = await checkPackage(pkg);
    expect(findings).toMatchObject([{ severity: 'warning', where: 'packageHeaderSize' }]);
  });

  it('a date that no calendar has is a warning, and refused in a description', async () => {
    const pkg = await changed((header) => {
      header[19 + 8] = 31;
      return header;
    });
    const { findings } = await checkPackage(pkg);
    expect(findings).toEqual([
      { severity: 'warning', where: 'packageReleaseDateTime', what: 'month 2 of 2026 has no day 31' },
    ]);
    const wrong = buildPackage({ ...description, date: '2026-02-30' }, [bytesSource(new Uint8Array(1))]);
    await expect(wrong).rejects.toThrow('month 2 of 2026 has no day 30');
  });
});
