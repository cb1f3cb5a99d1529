/** Imported by what takes messages apart as they come, and cannot wait for a layer to be loaded. */

import './pldm-loaded.js';
import { ncsiLayer } from './ncsi-layer.js';
import { ncsiMessages } from './ncsi-messages.js';
import { nvmeMiLayer } from './nvme-mi-layer.js';
import { nvmeMiMessages } from './nvme-mi-messages.js';
import { securedLayer, spdmLayer } from './spdm-layer.js';
import { spdmMessages } from './spdm-messages.js';

ncsiLayer.provide(ncsiMessages);
nvmeMiLayer.provide(nvmeMiMessages);
spdmLayer.provide(spdmMessages);
securedLayer.provide(spdmMessages);
