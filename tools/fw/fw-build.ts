/** `fw build` and `fw extract`: from files to a package, and back. */

import { rename, rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import {
  buildPackage,
  type ComponentDescription,
  type PackageDescription,
} from '../../pldm/firmware/package/build-package.js';
import { chunks } from '../../pldm/firmware/package/package-source.js';
import { imageOf } from '../../pldm/firmware/package/read-package.js';
import { MctpError } from '../../stack/errors.js';
import { inTurn } from '../../stack/util/in-turn.js';
import { EXIT, printable, refusal, usageError } from '../command-error.js';
import { localError } from '../file/local-file.js';
import { sizeText } from '../file/progress.js';
import { openFresh, openInPlace } from '../fresh-file.js';
import type { Io } from '../io.js';
import { fromBuilderJson, isBuilderJson } from './builder-json.js';
import { DESCRIPTION_KEYS, refuseUnknownKeys } from './description-keys.js';
import { count } from './fw-words.js';
import { type OpenFile, openFile, openPackage, readJson } from './package-file.js';

type Description = Omit<PackageDescription, 'components'> & {
  readonly components: readonly (ComponentDescription & { readonly file?: unknown })[];
};

/** Our own description, or one of OpenBMC's and NVIDIA's builders. @throws CommandError (usage) */
async function readDescription(from: string): Promise<Description> {
  const value = (await readJson(from)) as Readonly<Record<string, unknown>>;
  if (typeof value === 'object' && value !== null && isBuilderJson(value)) return fromBuilderJson(from, value);
  refuseUnknownKeys(from, value, DESCRIPTION_KEYS);
  const description = value as unknown as Description;
  if (
    !isObjects(description?.components) ||
    !isObjects(description.devices) ||
    typeof description.version !== 'string'
  ) {
    throw usageError(`${from}: a package has "version", "devices" and "components": mctpkit help fw shows an example`);
  }
  return description;
}

function isObjects(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'object' && one !== null);
}

/** Where the image of each component is: as the command says, else as the description does, relative to itself. */
function imagePaths(from: string, { components }: Description, images: readonly string[]): string[] {
  if (images.length > 0 && images.length !== components.length)
    throw usageError(
      `${from} has ${count(components.length, 'component')}, but ${count(images.length, 'image')} given`,
    );
  return components.map(({ file }, index) => {
    if (images.length > 0) return images[index]!;
    if (typeof file === 'string') return isAbsolute(file) ? file : join(dirname(from), file);
    throw usageError(`${from}: components[${index}] names no "file": name the images behind the package, or there`);
  });
}

/** `images`: files in the order of the components, where the description does not name them. */
export async function build(
  from: string,
  to: string,
  images: readonly string[],
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  const description = await readDescription(from);
  const { components, devices } = description;
  const files: OpenFile[] = [];
  try {
    for (const path of imagePaths(from, description, images)) files.push(await openFile(path));
    const built = await buildPackage(
      description,
      files.map(({ source }) => source),
      { signal },
    ).catch((error: unknown) => {
      throw MctpError.is(error, 'EINVAL') ? usageError(`${from}: ${error.message}`, error) : error;
    });
    await write(to, built.chunks({ signal }), (done) =>
      io.progress(`${to}: ${sizeText(done)} of ${sizeText(built.size)}`),
    );
    io.progress('');
    io.print(
      `${to}: ${sizeText(built.size)}, ${count(components.length, 'component')} for ${count(devices.length, 'device')}`,
    );
    return EXIT.done;
  } finally {
    await inTurn(files.map((file) => () => file.close()));
  }
}

/** Images as files, named by component and version. */
export async function extract(path: string, wanted: readonly string[], folder: string, io: Io, signal: AbortSignal) {
  const file = await openPackage(path);
  try {
    const { pkg } = file;
    const indices = wanted.length > 0 ? wanted.map(Number) : pkg.components.map((_, index) => index);
    const wrong = indices.findIndex((index) => pkg.components[index] === undefined);
    if (wrong >= 0) {
      throw usageError(`${path} has no component ${wanted[wrong]}: they are 0 to ${pkg.components.length - 1}`);
    }
    for (const index of indices) {
      const component = pkg.components[index]!;
      const version = component.componentVersionString.replaceAll(/[^\w.-]+/g, '_').slice(0, 60);
      const name = `${basename(path).replace(/\.\w+$/, '')}.${index}.${version || 'image'}.bin`;
      const to = join(folder, name);
      await write(to, chunks(imageOf(pkg, component), { signal }), (done) => io.progress(`${to}: ${sizeText(done)}`));
      io.progress('');
      io.print(
        `${to}: component ${index}, ${printable(component.componentVersionString)}, ${sizeText(component.componentSize)}`,
      );
    }
    return EXIT.done;
  } finally {
    await file.close();
  }
}

/** Beside the place first, so that nothing half-written has its name. */
async function write(path: string, parts: AsyncIterable<Uint8Array>, onProgress: (done: number) => void) {
  const part = `${path}.part`;
  const opened = async () => {
    const inPlace = await openInPlace(path);
    return { handle: inPlace ?? (await openFresh(part)), isInPlace: inPlace !== undefined };
  };
  const { handle, isInPlace } = await opened().catch((cause: unknown) => {
    throw localError(path, cause);
  });
  try {
    let done = 0;
    for await (const bytes of parts) {
      await handle.writeFile(bytes);
      done += bytes.length;
      onProgress(done);
    }
    await handle.close();
    if (!isInPlace) await rename(part, path);
  } catch (error) {
    await handle.close().catch(() => undefined);
    if (!isInPlace) await rm(part, { force: true });
    throw error instanceof MctpError ? refusal(`${path}: ${error.message}`, error) : localError(path, error);
  }
}
