/** All groups of checks. A new group is one file in `groups/` and one line here. */

import type { Check, GroupDeclaration } from './declaration.js';
import { BIOS_GROUP } from './groups/bios-group.js';
import { CONTROL_GROUP } from './groups/control-group.js';
import { FILE_GROUP } from './groups/file-group.js';
import { FIRMWARE_GROUP } from './groups/firmware-group.js';
import { FRU_GROUP } from './groups/fru-group.js';
import { NVME_MI_GROUP } from './groups/nvme-group.js';
import { PLATFORM_GROUP } from './groups/platform-group.js';
import { PLDM_BASE_GROUP } from './groups/pldm-base-group.js';
import { SERIAL_GROUP } from './groups/serial-group.js';
import { SMBUS_GROUP } from './groups/smbus-group.js';
import { TRANSPORT_GROUP } from './groups/transport-group.js';
import { USB_GROUP } from './groups/usb-group.js';

export const GROUPS: readonly GroupDeclaration[] = [
  TRANSPORT_GROUP,
  CONTROL_GROUP,
  PLDM_BASE_GROUP,
  PLATFORM_GROUP,
  FRU_GROUP,
  BIOS_GROUP,
  FIRMWARE_GROUP,
  FILE_GROUP,
  NVME_MI_GROUP,
  // The last, as a device which loses its place on the line is not there for what comes behind them.
  SMBUS_GROUP,
  SERIAL_GROUP,
  USB_GROUP,
];

export function allChecks(groups: readonly GroupDeclaration[] = GROUPS): Check[] {
  return groups.flatMap(({ name, checks }) => checks.map((check) => ({ ...check, group: name })));
}
