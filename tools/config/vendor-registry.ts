/** The vendors' messages that the verb which runs was told of: by its configuration, and by files of its `--vendor`. */

import type { VendorProtocol } from '../../stack/vendor/index.js';

let known: readonly VendorProtocol[] = [];

/** In place of those of the verb before. */
export function useVendors(protocols: readonly VendorProtocol[]): void {
  known = protocols;
}

export function knownVendors(): readonly VendorProtocol[] {
  return known;
}
