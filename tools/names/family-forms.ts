/** Addresses that name their family: `kernel:9`, `kernel:2:9`, `shared:lab/9`, `shared:/run/mctpkit/lab/2:9`. */

import { readFamilyEid } from '../../stack/names/address-text.js';
import type { ResolverModule } from '../../stack/names/resolver.js';

/** EIDs in decimal only: `kernel:mctpi2c0/0x1d` and `shared:lab/0x1d` are places. */
export const FAMILY_FORMS: ResolverModule = {
  name: 'families',
  read(text) {
    const [, kernel] = /^kernel:((?:\d+:)?\d+)$/.exec(text) ?? [];
    if (kernel !== undefined) return readFamilyEid(kernel, 'kernel:');
    const [, network, shared] = /^(shared:.+)\/((?:\d+:)?\d+)$/.exec(text) ?? [];
    return shared === undefined ? undefined : readFamilyEid(shared, network!);
  },
};
