/** For code which needs PLDM messages at once. */

import { pldmLayer } from './pldm-layer.js';
import { pldm } from './pldm-messages.js';

/** From then on its layer is there. */
export function providePldm(): void {
  pldmLayer.provide(pldm);
}
