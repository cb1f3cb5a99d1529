/** Links of a bench by URL: `bench:`, `bench:smbus0`, `bench:my-bench.toml?seed=7`. */

import { readFile } from 'node:fs/promises';
import { type LinkUrl, parseLinkUrl, readOptions, wholeNumber } from '../../bindings/link-url.js';
import { fileProblem } from '../../bindings/read-own-file.js';
import { MctpError } from '../../stack/errors.js';
import type { Link } from '../../stack/link.js';
import type { VendorProtocol } from '../../stack/vendor/index.js';
import { type Bench, type BenchOptions, openBench } from './bench.js';
import { isBenchFile } from './bench-url.js';
import { didYouMean } from './description/did-you-mean.js';
import { parseBench } from './description/parse-bench.js';

const URL_OPTIONS = { seed: wholeNumber(0, 0xffffffff) };

export interface BenchLinks {
  readonly bench: Bench;
  /** All links of the bench, or the one the URL names. */
  readonly links: readonly Link[];
}

/**
 * Open the bench a URL describes. After the colon: nothing (the default bench), a wire of the default bench, or the path
 * of a description (with a slash, or ending in .toml).
 * @throws MctpError EUSAGE, ENOENT
 */
export async function openBenchLinks(
  url: string | LinkUrl,
  options: Omit<BenchOptions, 'description'> & {
    /** Those whose messages its devices may speak. */
    readonly vendors?: readonly VendorProtocol[];
  },
): Promise<BenchLinks> {
  const parsed = typeof url === 'string' ? parseLinkUrl(url) : url;
  const { seed } = readOptions(parsed, URL_OPTIONS);
  const isFile = isBenchFile(parsed.place);
  const description = isFile
    ? parseBench(await readDescription(parsed.place), parsed.place, options.vendors)
    : undefined;
  const bench = await openBench({
    ...options,
    ...(description !== undefined && { description }),
    ...(seed !== undefined && { seed }),
  });
  const all = bench.hostLinks();
  if (isFile || parsed.place === '') return { bench, links: all };
  const link = all.find(({ name }) => name === `bench:${parsed.place}`);
  if (link !== undefined) return { bench, links: [link] };
  await bench.close();
  const wires = all.map(({ name }) => name.slice('bench:'.length));
  throw new MctpError(
    'EUSAGE',
    `${parsed.text}: the bench has no wire "${parsed.place}": ${didYouMean(parsed.place, wires)}`,
  );
}

async function readDescription(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const [, wire, address] = /^(\w+)\/([0-9a-f]{1,2})$/i.exec(path) ?? [];
    const place = wire === undefined ? '' : `; a device at an address is bench:${wire}/0x${address}`;
    throw new MctpError('ENOENT', `${path} cannot be read: ${fileProblem(cause)}${place}`, { cause });
  }
}
