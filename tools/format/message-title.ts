/** What a message is called by its type: of vendors' messages the vendor is said, too. */

import { messageTypeName } from '../../stack/ids.js';
import { isVendorType, readVendorId, vendorText } from '../../stack/vendor/index.js';
import type { DecodedMessage } from '../decode/layer.js';

/** "PLDM"; "acme" where its messages are declared; "vendor (PCI) 0x8086 (Intel)". `bytes`: the message, its type byte first. */
export function typeTitle(type: number, bytes: Uint8Array, decoded?: DecodedMessage | undefined): string {
  const name = messageTypeName(type);
  if (!isVendorType(type)) return name;
  if (typeof decoded?.extra?.vendor === 'string') return decoded.extra.vendor;
  const id = readVendorId(type, bytes.subarray(1));
  return id === undefined ? name : `${name} ${vendorText(type, id)}`;
}
