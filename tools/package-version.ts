/** The version in package.json, which is one folder up from the sources and two from what is built. */

import { readFileSync } from 'node:fs';

export function packageVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as Record<string, unknown>;
      if (manifest.name === 'mctpkit') return String(manifest.version);
    } catch {
      // Not here; the next place is.
    }
  }
  return 'unknown';
}
