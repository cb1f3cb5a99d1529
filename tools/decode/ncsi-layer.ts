/** What can be said of NC-SI packets without the code that knows them. */

import { MESSAGE_TYPE } from '../../stack/ids.js';
import { type LazyLayer, lazyLayer } from './lazy-layer.js';

export const ncsiLayer: LazyLayer = lazyLayer(
  {
    carries: 'messages',
    title: 'an NC-SI control packet',
    type: MESSAGE_TYPE.ncsi,
    typeByteInHex: true,
    // Type, MC ID 0, header revision 1, reserved 0; no MCTP packet begins like this.
    looksLike: (bytes) => bytes.length >= 21 && bytes[0] === MESSAGE_TYPE.ncsi && bytes[2] === 1 && bytes[3] === 0,
  },
  async () => ncsiLayer.provide((await import('./ncsi-messages.js')).ncsiMessages),
);
