/** Packages that some links need and many installations do without. */

import { MctpError } from '../stack/errors.js';

const standIns = new Map<string, unknown>();

/** Until the function that comes back is called, `optionalPackage` gives this in place of the package: a library of a test's. */
export function standInFor(name: string, module: unknown): () => void {
  standIns.set(name, module);
  return () => standIns.delete(name);
}

/**
 * Load an optional package by `load` (a dynamic import, so that the type follows).
 * @throws MctpError ENOPACKAGE naming the remedy
 */
export async function optionalPackage<T>(name: string, purpose: string, load: () => Promise<T>): Promise<T> {
  try {
    return standIns.has(name) ? (standIns.get(name) as T) : await load();
  } catch (cause) {
    const why = isNotInstalled(cause, name) ? 'is not installed' : 'does not load here';
    throw new MctpError('ENOPACKAGE', `${purpose} needs the package ${name}, which ${why}: npm install ${name}`, {
      cause,
    });
  }
}

/** Says so an error of loading it: from an ES module, or from the built command, whose parts are CommonJS. */
export function isNotInstalled(error: unknown, name: string): boolean {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (code === 'ERR_MODULE_NOT_FOUND') return true;
  // Of something inside of the package it would be another name.
  return code === 'MODULE_NOT_FOUND' && String(message).includes(`'${name}'`);
}
