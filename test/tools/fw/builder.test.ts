/** Descriptions of packages as other builders take them, and mistyped keys. Inputs: test/field/. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { mctpkit } from '../../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-builder-'));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string): string => join(folder, name);
const field = (name: string): string => fileURLToPath(new URL(`../../field/${name}`, import.meta.url));
writeFileSync(at('a.bin'), 'AAAA');
writeFileSync(at('b.bin'), 'BBBBBB');

/** What pldm_fwup_pkg_creator.py's layout gives for builder.json, a.bin and b.bin; made by an independent script. */
const THEIRS =
  'f018878ccb7d49439800a02f059aca0201a8000000000000351a090e03ea0700080001096c61622d312e342e32013a00030100000001050000037365742d37020010000e4f9d5c1b7a4c6e8f21003048aabbcc0100040019a20000ffff09000105426f6172640c2102000a0028000201000002000900a800000004000000010866772d312e342e3201002900ffffffff00000000ac000000060000000106626f6f742d3974cf945541414141424242424242';

type Builder = Record<string, Record<string, unknown>[]>;
const builder = (): Builder => JSON.parse(readFileSync(field('builder.json'), 'utf8')) as Builder;

async function built(description: unknown): Promise<string> {
  writeFileSync(at('builder.json'), JSON.stringify(description));
  const images = [at('a.bin'), at('b.bin')];
  const { code, stderr } = await mctpkit(['fw', 'build', at('builder.json'), at('out.pldm'), ...images]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return readFileSync(at('out.pldm')).toString('hex');
}

async function refused(description: unknown, ...images: string[]): Promise<string> {
  writeFileSync(at('wrong.json'), JSON.stringify(description));
  const { code, stdout, stderr } = await mctpkit(['fw', 'build', at('wrong.json'), at('none.pldm'), ...images]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  return stderr;
}

describe("the JSON of OpenBMC's and NVIDIA's builders", () => {
  it('gives the same bytes as theirs', async () => {
    expect(await built(builder())).toBe(THEIRS);
  });

  it('in the older form: identifiers, one initial descriptor, day before month', async () => {
    const old = builder();
    const { Descriptors, ...device } = old.FirmwareDeviceIdentificationArea![0]!;
    const [first, second, vendor] = Descriptors as Record<string, unknown>[];
    const header = old.PackageHeaderInformation as unknown as Record<string, unknown>;
    const { DescriptorType: _type, ...vendorDefined } = vendor!;
    const description = {
      ...old,
      PackageHeaderInformation: { ...header, PackageReleaseDateTime: '14/03/2026 09:26:53' },
      FirmwareDeviceIdentificationArea: [
        {
          ...device,
          ApplicableComponents: [40, 41],
          InitialDescriptor: {
            InitialDescriptorType: first!.DescriptorType,
            InitialDescriptorData: first!.DescriptorData,
          },
          AdditionalDescriptors: [
            { AdditionalDescriptorType: second!.DescriptorType, AdditionalDescriptorData: second!.DescriptorData },
            { AdditionalDescriptorType: 65535, ...vendorDefined },
          ],
        },
      ],
    };
    expect(await built(description)).toBe(THEIRS);
  });

  it('a mistyped key is refused with its place and the nearest', async () => {
    const wrong = builder();
    const { ComponentOptions, ...rest } = wrong.ComponentImageInformationArea![0]!;
    wrong.ComponentImageInformationArea![0] = { ...rest, ComponentOption: ComponentOptions };
    expect(await refused(wrong)).toContain(
      'ComponentImageInformationArea[0].ComponentOption is not known (did you mean ComponentOptions?)',
    );
  });

  it('what is missing or wrong is said with its place', async () => {
    expect(await refused({ ...builder(), FirmwareDeviceIdentificationArea: undefined })).toContain(
      'FirmwareDeviceIdentificationArea is missing',
    );
    expect(await refused(builder(), at('a.bin'))).toContain('has 2 components, but 1 image given');
    expect(await refused(builder())).toContain('components[0] names no "file"');
    const wrong = builder();
    wrong.FirmwareDeviceIdentificationArea![0]!.ApplicableComponents = [7];
    expect(await refused(wrong)).toContain('FirmwareDeviceIdentificationArea[0].ApplicableComponents: [7] are neither');
  });
});

it('a mistyped key of our own form is refused with its place and the nearest', async () => {
  const { code, stderr } = await mctpkit(['fw', 'build', field('42-typo-in-keys.json'), at('none.pldm')]);
  expect(code).toBe(2);
  expect(stderr).toContain('components[0].comparisonstamp is not known (did you mean comparisonStamp?)');
});
