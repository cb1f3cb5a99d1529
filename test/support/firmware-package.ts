/** Packages of images that differ everywhere, made by the command itself. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mctpkit } from './in-process.js';

/** A package for devices of IANA enterprise 412, version 2.0, with a component of each size, from identifier 1 on. */
export async function packageFor(folder: string, name: string, sizes: readonly number[]): Promise<string> {
  const components = sizes.map((size, index) => {
    const file = `${name}.${index}.bin`;
    writeFileSync(
      join(folder, file),
      Uint8Array.from({ length: size }, (_, at) => (7 * at + (at >> 8) + index) & 0xff),
    );
    return { file, identifier: index + 1, version: '2.0' };
  });
  const description = {
    version: '2.0',
    devices: [{ descriptors: [{ type: 'ianaEnterpriseId', data: 412 }] }],
    components,
  };
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(description));
  const path = join(folder, `${name}.pldm`);
  const { code, stderr } = await mctpkit(['fw', 'build', join(folder, `${name}.json`), path]);
  if (code !== 0) throw new Error(stderr);
  return path;
}
