/** A firmware package which a browser sends: into a file, within a bound, and looked at before anything is done with it. */

import { mkdtemp, open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { checkPackage } from '../../pldm/firmware/package/check-package.js';
import type { FirmwarePackage } from '../../pldm/firmware/package/read-package.js';
import { printable, refusal } from '../command-error.js';
import { openPackage } from '../fw/package-file.js';

export interface UploadedPackage {
  readonly name: string;
  readonly pkg: FirmwarePackage;
  /** Its file is taken away, too. */
  close(): Promise<void>;
}

const MOST_BYTES = 512 * 1024 * 1024;
const LONGEST_NAME = 100;

/** `folder`: where temporary files are. @throws CommandError: too long, no package, or a broken one */
export async function takePackage(request: IncomingMessage, name: string, folder: string): Promise<UploadedPackage> {
  const own = await mkdtemp(join(folder, 'mctpkit-'));
  const remove = (): Promise<void> => rm(own, { recursive: true, force: true });
  try {
    const path = join(own, 'package');
    await write(request, path);
    const file = await openPackage(path).catch((cause: unknown) => {
      // Of its place on our disk nobody wants to know.
      throw cause instanceof Error ? refusal(cause.message.replace(`${path}: `, ''), cause) : cause;
    });
    const close = async (): Promise<void> => {
      await file.close();
      await remove();
    };
    const { findings } = await checkPackage(file.pkg, {});
    const error = findings.find(({ severity }) => severity === 'error');
    if (error !== undefined) {
      await file.close();
      throw refusal(`the package is broken: ${error.where}: ${error.what}`);
    }
    return { name: printable(name).slice(0, LONGEST_NAME), pkg: file.pkg, close };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function write(request: IncomingMessage, path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) throw refusal(`a package may have ${MOST_BYTES / 1024 / 1024} MiB at most`);
      await file.write(chunk);
    }
  } finally {
    await file.close();
  }
}
