/** PLDM messages, by code that is loaded with the first of them. */

import { type LazyLayer, lazyLayer } from './lazy-layer.js';
import { pldmKnown } from './pldm-known.js';

export const pldmLayer: LazyLayer = lazyLayer({ ...pldmKnown, hasForms: true }, async () =>
  pldmLayer.provide((await import('./pldm-messages.js')).pldm),
);
