/** What the bridge image answers besides MCTP, to vendor requests (firmware/bridge/usb_requests.c and counters.h). */

/** Its product string. */
export const BRIDGE_PRODUCT = 'mctpkit MCTP bridge';

/** `bRequest` of requests of the type "vendor", to the device. */
export const BRIDGE_REQUEST = { readCounters: 1, enterBootLoader: 2 } as const;
/** `wValue` and `wIndex` by which the boot loader is not entered by chance: "BOOT". */
export const BOOT_WORDS = { value: 0x4f42, index: 0x544f } as const;

/** In the order in which they come, each 32 bits, little-endian. */
export const BRIDGE_COUNTERS = [
  'usbTaken',
  'usbSent',
  'usbBadId',
  'usbBadLength',
  'usbCut',
  'usbNoRoom',
  'i2cTaken',
  'i2cSent',
  'i2cBadFrame',
  'i2cBadPec',
  'i2cLost',
  'i2cNoRoom',
  'i2cRefused',
  'i2cRetries',
  'i2cGivenUp',
  'noRoute',
  'notForUs',
] as const;
export type BridgeCounters = Readonly<Record<(typeof BRIDGE_COUNTERS)[number], number>>;

/** Counters which an older or newer image does not have are 0, or left out. */
export function bridgeCounters(answer: Uint8Array): BridgeCounters {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  const at = (index: number): number => (4 * index + 4 <= answer.length ? view.getUint32(4 * index, true) : 0);
  return Object.fromEntries(BRIDGE_COUNTERS.map((name, index) => [name, at(index)])) as BridgeCounters;
}
