/** What `mctpkit adapter` shows of a Pico with the bridge image. */

import type { BridgeCounters } from '../../hw-fixtures/pico/bridge-requests.js';
import { BRIDGE_FIRMWARE_VERSION, isOldFirmware } from '../../hw-fixtures/pico/firmware-version.js';
import { printable } from '../command-error.js';

const WORDS: Readonly<Record<Exclude<keyof BridgeCounters, 'usbTaken' | 'usbSent' | 'i2cTaken' | 'i2cSent'>, string>> =
  {
    usbBadId: 'transfers without the ID of the DMTF',
    usbBadLength: 'transfers with a bad length',
    usbCut: 'packets cut by the end of their transfer',
    usbNoRoom: 'packets dropped because the host takes none',
    i2cBadFrame: 'writes which are not MCTP',
    i2cBadPec: 'writes with a bad PEC',
    i2cLost: 'writes for which there was no room',
    i2cNoRoom: 'answers dropped because the bus is too slow',
    i2cRefused: 'writes to addresses without a device',
    i2cRetries: 'writes tried again',
    i2cGivenUp: 'packets given up',
    noRoute: 'packets to unknown EIDs',
    notForUs: 'packets to the bridge which it cannot take',
  };

export function bridgeLines(url: string, firmware: string, serialNumber: string, counters: BridgeCounters): string[] {
  const old = isOldFirmware(firmware, BRIDGE_FIRMWARE_VERSION)
    ? [`old firmware: ${BRIDGE_FIRMWARE_VERSION} comes with this mctpkit: mctpkit adapter flash --link '${url}'`]
    : [];
  const faults = Object.entries(WORDS)
    .map(([name, words]) => [counters[name as keyof BridgeCounters], words] as const)
    .filter(([count]) => count > 0);
  return [
    `mctpkit MCTP bridge, firmware ${printable(firmware)}, serial number ${printable(serialNumber)}`,
    `USB: ${counters.usbTaken} packets from the host, ${counters.usbSent} to it; ` +
      `I2C: ${counters.i2cTaken} packets from devices, ${counters.i2cSent} to them`,
    ...old,
    ...faults.map(([count, words]) => `${count} ${words}`),
  ];
}
