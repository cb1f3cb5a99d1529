/** Packages that some links need and many installations do without. */

import { MctpError } from '../stack/errors.js';

/**
 * Load an optional package by `load` (a dynamic import, so that the type follows).
 * @throws MctpError ENOPACKAGE naming the remedy
 */
export async function optionalPackage<T>(name: string, purpose: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException | undefined)?.code === 'ERR_MODULE_NOT_FOUND';
    const why = missing ? 'is not installed' : 'does not load here';
    throw new MctpError('ENOPACKAGE', `${purpose} needs the package ${name}, which ${why}: npm install ${name}`, {
      cause,
    });
  }
}
