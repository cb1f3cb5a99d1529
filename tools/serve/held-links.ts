/** Links which a running server holds: a verb which names one of them uses the server instead. */

import { readdir, readFile, realpath } from 'node:fs/promises';
import { parseLinkUrl } from '../../bindings/link-url.js';
import { type Environment, linksFile, networksFolder, socketPath } from '../../bindings/shared/shared-folder.js';
import { connectUnix } from '../../bindings/shared/unix-line.js';
import { MctpError } from '../../stack/errors.js';
import { isNobodys, kindOf } from '../link-kinds.js';

export interface Holder {
  /** `shared:lab` */
  readonly url: string;
  /** Its names for the links that were named. */
  readonly links: readonly string[];
}

/**
 * The served network which holds one of these links, all of which it must then hold. Undefined: nobody does.
 * @throws MctpError EUSAGE: a part of the links is held; EACCES: it lets us not in
 */
export async function holderOf(urls: readonly string[], env: Environment): Promise<Holder | undefined> {
  const wanted = await Promise.all(urls.filter(canBeHeld).map(async (url) => ({ url, name: await nameOf(url) })));
  if (wanted.length === 0) return undefined;
  const usual = networksFolder(env);
  for (const parent of new Set([usual, '/run/mctpkit'])) {
    for (const network of (await readdir(parent).catch(() => [])).sort()) {
      const folder = `${parent}/${network}`;
      const held = new Map<string, string>();
      for (const link of await linksIn(folder)) held.set(await nameOf(link), link);
      const ours = wanted.filter(({ name }) => held.has(name));
      if (ours.length === 0 || !(await isServed(folder))) continue;
      const url = `shared:${parent === usual ? network : folder}`;
      if (ours.length < urls.length) {
        const what = `${ours[0]!.url} is held by ${url}, and other links are not: name them in two commands, or use --alone`;
        throw new MctpError('EUSAGE', what);
      }
      return { url, links: ours.map(({ name }) => held.get(name)!) };
    }
  }
  return undefined;
}

/** The bench is every process' own. */
function canBeHeld(url: string): boolean {
  return kindOf(url).stack === undefined && !isNobodys(url);
}

/** The same text for all names of a link: without options, and with the device file that a symbolic link means. */
async function nameOf(url: string): Promise<string> {
  const { scheme, place } = parseLinkUrl(url);
  return `${scheme}:${place.startsWith('/') ? await realpath(place).catch(() => place) : place}`;
}

async function linksIn(folder: string): Promise<readonly string[]> {
  const text = await readFile(linksFile(folder), 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line !== '');
}

/** A server which was killed leaves its files. @throws MctpError EACCES */
async function isServed(folder: string): Promise<boolean> {
  try {
    (await connectUnix(socketPath(folder, 'use'))).destroy();
    return true;
  } catch (error) {
    if (MctpError.is(error, 'EACCES') || !MctpError.is(error)) throw error;
    return false;
  }
}
