/** The package that this file belongs to: package.json is one folder up from the sources and two from what is built. */

import { readFileSync } from 'node:fs';

export function packageVersion(): string {
  return String(found()?.manifest.version ?? 'unknown');
}

/** Where package.json is; undefined where it is not. */
export function packageFolder(): URL | undefined {
  return found()?.folder;
}

function found(): { readonly folder: URL; readonly manifest: Readonly<Record<string, unknown>> } | undefined {
  for (const place of ['../', '../../']) {
    try {
      const folder = new URL(place, import.meta.url);
      const manifest = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as Record<string, unknown>;
      if (manifest.name === 'mctpkit') return { folder, manifest };
    } catch {
      // Not here; the next place is.
    }
  }
  return undefined;
}
