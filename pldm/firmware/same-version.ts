/** Version strings of devices and packages: some devices count a NUL at the end, which is not part of the version. */

export function sameVersion(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && withoutNuls(a) === withoutNuls(b);
}

export function withoutNuls(version: string): string {
  let end = version.length;
  while (end > 0 && version[end - 1] === '\0') end--;
  return version.slice(0, end);
}
