/** The files of the page, as they were built: read once, by their names, so that no path of a request reaches a disk. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { usageError } from '../command-error.js';
import { packageFolder } from '../package-version.js';

export interface PageFile {
  readonly type: string;
  readonly body: Buffer;
  readonly etag: string;
}

const FILES = {
  'index.html': 'text/html; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const;

/** By their path in a URL. @throws CommandError where they were not built */
export async function pageFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const folder = new URL('dist/page/', packageFolder());
  const files = new Map<string, PageFile>();
  for (const [name, type] of Object.entries(FILES)) {
    const body = await readFile(new URL(name, folder)).catch((cause: unknown) => {
      throw usageError('the web page was not built in this clone: npm run build', cause);
    });
    const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 32)}"`;
    files.set(name === 'index.html' ? '/' : `/${name}`, { type, body, etag });
  }
  return files;
}
