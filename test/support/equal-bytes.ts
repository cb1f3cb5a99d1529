/** Byte arrays of one kind are compared at once, and not element by element: some tests compare megabytes. */

import { expect } from 'vitest';

expect.addEqualityTesters([
  (one: unknown, other: unknown): boolean | undefined => {
    if (!(one instanceof Uint8Array) || !(other instanceof Uint8Array)) return undefined;
    // Whether a Buffer is as good as a Uint8Array depends on the assertion.
    if (one.constructor !== other.constructor) return undefined;
    return Buffer.compare(one, other) === 0;
  },
]);
