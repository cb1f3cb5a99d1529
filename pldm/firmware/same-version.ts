/** Version strings of devices and packages: some count a NUL at the end or a byte order mark, which are not part of the version. */

import { withoutByteOrderMark } from '../base/shared-fields.js';

export function sameVersion(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && b !== undefined && bare(a) === bare(b);
}

function bare(version: string): string {
  return withoutNuls(withoutByteOrderMark(version));
}

export function withoutNuls(version: string): string {
  let end = version.length;
  while (end > 0 && version[end - 1] === '\0') end--;
  return version.slice(0, end);
}
