/** What stands behind `bench:` in a URL: nothing, a wire of the default bench, or a file that describes another one. */

const SCHEME = 'bench:';

/** A description: with a slash, or ending in .toml. */
export function isBenchFile(place: string): boolean {
  return place.includes('/') || place.endsWith('.toml');
}

/** A link of a stack, `bench:smbus0`. */
export function isOfBench(link: string): boolean {
  return link.startsWith(SCHEME);
}

/** `bench:` and `bench:my-bench.toml` are all links of a bench. */
export function isWholeBench(link: string): boolean {
  const place = link.slice(SCHEME.length);
  return isOfBench(link) && (place === '' || isBenchFile(place));
}
