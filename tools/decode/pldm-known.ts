/** What can be said of PLDM messages without the code that knows them. */

import { MESSAGE_TYPE } from '../../stack/ids.js';

export const pldmKnown = {
  carries: 'messages',
  title: 'a PLDM message',
  type: MESSAGE_TYPE.pldm,
  typeByteInHex: false,
  // Nothing in its first bytes tells it from other bytes.
  looksLike: () => false,
} as const;
