/** For code which needs PLDM messages at once: its layer is there from the start. */

import { pldmLayer } from './pldm-layer.js';
import { pldm } from './pldm-messages.js';

pldmLayer.provide(pldm);
