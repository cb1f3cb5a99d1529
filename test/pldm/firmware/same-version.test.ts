/** Versions that end in NULs. */

import { expect, it } from 'vitest';
import { sameVersion, withoutNuls } from '../../../pldm/firmware/same-version.js';

it('NULs at the end of a version do not count', () => {
  expect(sameVersion('1.2\0', '1.2')).toBe(true);
  expect(sameVersion('1.2', '1.2\0\0')).toBe(true);
  expect(sameVersion('1.2\0x', '1.2')).toBe(false);
  expect(sameVersion(undefined, '')).toBe(false);
  expect(withoutNuls('\0\0')).toBe('');
});

it('a byte order mark in front of a version does not count (DSP0267, string type UTF-16)', () => {
  expect(sameVersion('\ufeff1.2', '1.2')).toBe(true);
  expect(sameVersion('1.2\ufeff', '1.2')).toBe(false);
});
