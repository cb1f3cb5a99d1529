/** For what takes messages apart as they come, and cannot wait for a layer to be loaded. */

import { ncsiLayer } from './ncsi-layer.js';
import { ncsiMessages } from './ncsi-messages.js';
import { nvmeMiLayer } from './nvme-mi-layer.js';
import { nvmeMiMessages } from './nvme-mi-messages.js';
import { providePldm } from './pldm-loaded.js';
import { securedLayer, spdmLayer } from './spdm-layer.js';
import { spdmMessages } from './spdm-messages.js';

/** From then on every layer is there. */
export function provideLayers(): void {
  providePldm();
  ncsiLayer.provide(ncsiMessages);
  nvmeMiLayer.provide(nvmeMiMessages);
  spdmLayer.provide(spdmMessages);
  securedLayer.provide(spdmMessages);
}
