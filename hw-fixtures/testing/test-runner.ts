/**
 * vitest, where it runs: the suites and fixtures need it, virtual time and the ports in memory do not. So it is no static
 * import, which would keep them from programs and from other test runners.
 */

import type * as Vitest from 'vitest';
import { isNotInstalled } from '../../bindings/optional.js';
import { MctpError } from '../../stack/errors.js';

// Of vitest 3, importing it fails outside of its own runs.
const loaded: { readonly vitest: typeof Vitest } | { readonly cause: unknown } = await import('vitest').then(
  (vitest) => ({ vitest }),
  (cause: unknown) => ({ cause }),
);

/**
 * What vitest exports.
 * @throws MctpError ENOPACKAGE naming what needs it, and the remedy
 */
export function vitestFor(what: string): typeof Vitest {
  if ('vitest' in loaded) return loaded.vitest;
  const { cause } = loaded;
  const why = isNotInstalled(cause, 'vitest')
    ? 'which is not installed: npm install --save-dev vitest'
    : 'which does not load here: run the tests with npx vitest';
  throw new MctpError('ENOPACKAGE', `${what} needs the package vitest, ${why}`, { cause });
}
