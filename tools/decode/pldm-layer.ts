/** PLDM messages, by code that is loaded with the first of them. */

import { lazyLayer } from './lazy-layer.js';
import { pldmKnown, pldmSlot } from './pldm-known.js';

export const pldm = lazyLayer(pldmKnown, pldmSlot, () => import('./pldm-messages.js'));
