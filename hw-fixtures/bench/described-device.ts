/** From the description of a device to the device, wherever it is to sit: on a bench, or on a real link. */

import type { DeviceDescription } from './description.js';
import type { DeviceApp, DeviceOptions } from './device.js';
import { filesApp } from './device-files.js';
import { echoApp } from './echo.js';

/** All of a device but its place: add `clock` and `port`, and `bridge` for one that has a bus below. */
export function deviceOptions(
  device: DeviceDescription,
  apps: readonly DeviceApp[] = [],
): Omit<DeviceOptions, 'clock' | 'port' | 'bridge'> {
  const { name, uuid, eid, bootMs } = device;
  return {
    name,
    types: device.types.map(({ type, versions }) => ({ type, ...(versions.length > 0 && { versions }) })),
    vendorSets: device.vendorSets,
    behaviours: device.behaviours(),
    // A terminus that the description has more of brings the files itself: PLDM is answered once.
    apps: [
      ...(device.echo ? [echoApp] : []),
      ...(device.files && device.pldm === undefined ? [filesApp()] : []),
      ...apps,
    ],
    ...(uuid !== undefined && { uuid }),
    ...(eid !== undefined && { eid }),
    ...(bootMs !== undefined && { bootMs }),
  };
}
