/** What can be said of PLDM messages without the code that knows them. */

import { MESSAGE_TYPE } from '../../stack/ids.js';
import { lazyLayer } from './lazy-layer.js';

export const pldmLayer = lazyLayer(
  {
    carries: 'messages',
    title: 'a PLDM message',
    type: MESSAGE_TYPE.pldm,
    typeByteInHex: false,
    hasForms: true,
    // Nothing in its first bytes tells it from other bytes.
    looksLike: () => false,
  },
  () => import('./pldm-messages.js'),
);
