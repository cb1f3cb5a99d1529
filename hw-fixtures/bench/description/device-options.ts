/** From the description of a device to the device, wherever it is to sit: on a bench, or on a real link. */

import { MESSAGE_TYPE } from '../../../stack/ids.js';
import type { DeviceApp, DeviceOptions } from '../device/device.js';
import { echoApp } from '../device/echo-app.js';
import { SPDM_TYPE, spdmApp } from '../device/spdm-app.js';
import { vendorApp } from '../device/vendor-app.js';
import { driveApp } from '../nvme/drive-app.js';
import { filesApp, filesExtension } from '../pldm/device-files.js';
import { firmwareExtension } from '../pldm/device-firmware.js';
import { type PldmExtension, pldmApp } from '../pldm/pldm-app.js';
import type { DeviceDescription } from './bench-description.js';

/** All of a device but its place: add `clock` and `port`, and `bridge` for one that has a bus below. */
export function deviceOptions(
  device: DeviceDescription,
  apps: readonly DeviceApp[] = [],
  extensions: readonly PldmExtension[] = [],
): Omit<DeviceOptions, 'clock' | 'port' | 'bridge'> {
  const { name, uuid, eid, bootMs } = device;
  const behaviours = device.behaviours();
  const all = [
    ...(device.files ? [filesExtension()] : []),
    ...firmwareExtension(device.pldm?.more.firmware, name),
    ...extensions,
  ];
  return {
    name,
    types: [
      ...device.types.map(({ type, versions }) => ({ type, ...(versions.length > 0 && { versions }) })),
      ...(device.spdm ? [SPDM_TYPE] : []),
    ],
    vendorSets: device.vendorSets,
    behaviours,
    apps: [
      // One application answers all messages of a type.
      ...(device.echo && !speaksPci(device) ? [echoApp] : []),
      ...(device.speaks.length > 0 ? [vendorApp(device.speaks, device.echo)] : []),
      ...(device.spdm ? [spdmApp] : []),
      ...(device.pldm !== undefined ? [pldmApp(device.pldm, all)] : device.files ? [filesApp()] : []),
      ...(device.nvme === undefined ? [] : [driveApp(device.nvme, { behaviours })]),
      ...apps,
    ],
    ...(uuid !== undefined && { uuid }),
    ...(eid !== undefined && { eid }),
    ...(bootMs !== undefined && { bootMs }),
  };
}

function speaksPci({ speaks }: DeviceDescription): boolean {
  return speaks.some(({ vendor }) => vendor.protocol.messageType === MESSAGE_TYPE.vendorPci);
}
