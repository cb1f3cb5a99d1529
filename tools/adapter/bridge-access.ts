/** A Pico with the bridge image, by the requests which it answers besides MCTP. */

import { parseLinkUrl } from '../../bindings/link-url.js';
import { selectorOf } from '../../bindings/usb/host/usb-url.js';
import { withVendorDevice } from '../../bindings/usb/host/vendor-requests.js';
import {
  BOOT_WORDS,
  BRIDGE_COUNTERS,
  BRIDGE_PRODUCT,
  BRIDGE_REQUEST,
  type BridgeCounters,
  bridgeCounters,
} from '../../hw-fixtures/pico/bridge-requests.js';
import { MctpError } from '../../stack/errors.js';

export interface Bridge {
  readonly firmware: string;
  readonly serialNumber: string;
  counters(): Promise<BridgeCounters>;
  /** It leaves, and is a drive a moment later. */
  enterBootLoader(): Promise<void>;
}

/** Is the adapter of this URL a bridge on USB? */
export function isBridgeUrl(url: string): boolean {
  return parseLinkUrl(url).scheme === 'usb';
}

/** Use the bridge of a `usb:` URL, for as long as `use` runs. @throws MctpError ENODEV when another device is there */
export function withBridge<T>(url: string, use: (bridge: Bridge) => Promise<T>): Promise<T> {
  return withVendorDevice(selectorOf(parseLinkUrl(url).place), (device) => {
    const { path, product, serialNumber, release: firmware } = device;
    if (product !== BRIDGE_PRODUCT) {
      throw new MctpError('ENODEV', `USB device ${path} is not a Pico with mctpkit's bridge firmware`);
    }
    return use({
      firmware,
      serialNumber,
      counters: async () => bridgeCounters(await device.read(BRIDGE_REQUEST.readCounters, 4 * BRIDGE_COUNTERS.length)),
      enterBootLoader: () => device.order(BRIDGE_REQUEST.enterBootLoader, BOOT_WORDS.value, BOOT_WORDS.index),
    });
  });
}
