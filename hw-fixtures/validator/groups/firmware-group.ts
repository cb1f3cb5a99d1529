/** The group `firmware`: PLDM firmware update (DSP0267). */

import type { GroupDeclaration } from '../declaration.js';
import { FIRMWARE_COMPLETION_CHECKS } from './firmware-completion.js';
import { FIRMWARE_INVENTORY_CHECKS } from './firmware-inventory.js';
import { FIRMWARE_STATE_CHECKS } from './firmware-states.js';

const fwup = (first: number, last = first) => ({
  checks: Array.from({ length: last - first + 1 }, (_, index) => `PLDM-FWUP-${String(first + index).padStart(3, '0')}`),
});

const TOML = `[devices.dut.pldm]
tid = 3

[devices.dut.pldm.firmware]
version = "1.4.2"
pciVendor = 0x1ab4
pciDevice = 0x3840
components = [{ id = 1, version = "1.4.2" }, { id = 2, version = "2.0.1" }]
verifyMs = 3000
applyMs = 3000`;

export const FIRMWARE_GROUP: GroupDeclaration = {
  name: 'firmware',
  title: 'PLDM firmware update',
  about:
    'What a firmware device says of itself, and its state machine: with `--allow update` up to VERIFY, with `--allow apply` to the end, with an image of zeros that makes a device useless which takes it in earnest: DSP0267.',
  bench: { toml: TOML },
  checks: [...FIRMWARE_INVENTORY_CHECKS, ...FIRMWARE_STATE_CHECKS, ...FIRMWARE_COMPLETION_CHECKS],
  requirements: [
    { clause: 'DSP0267 §11', text: 'QueryDeviceIdentifiers: descriptors, the vendor first', ...fwup(4, 7) },
    { clause: 'DSP0267 §11', text: 'inventory and status commands are answered', ...fwup(1, 3) },
    { clause: 'DSP0267 §11', text: 'GetFirmwareParameters: components, versions, dates, methods', ...fwup(8, 14) },
    { clause: 'DSP0267 §12', text: 'GetStatus: length, aux state, progress, reason', ...fwup(15, 18) },
    { clause: 'DSP0267 §9', text: 'commands of an update are refused in IDLE', ...fwup(19, 24) },
    { clause: 'DSP0267 §12', text: 'RequestUpdate refuses sizes that are not allowed', ...fwup(25, 26) },
    { clause: 'DSP0267 §9', text: 'LEARN COMPONENTS, READY XFER and DOWNLOAD are reached, and shown', ...fwup(27, 29) },
    { clause: 'DSP0267 §9', text: 'CancelUpdate in every state', ...fwup(30, 33) },
    { clause: 'DSP0267 §9', text: 'CancelUpdateComponent in DOWNLOAD and VERIFY', ...fwup(34, 35) },
    { clause: 'DSP0267 §9', text: 'commands are refused in the wrong state', ...fwup(36, 43) },
    { clause: 'DSP0267 §9', text: 'inventory commands are answered during an update', ...fwup(44) },
    { clause: 'DSP0267 §12', text: 'components of other devices are not taken', ...fwup(45, 46) },
    { clause: 'DSP0267 §12', text: 'RequestFirmwareData: it comes, its lengths and offsets', ...fwup(47, 49) },
    { clause: 'DSP0267 §8', text: 'FD_T1: update mode ends by itself', ...fwup(50) },
    { clause: 'DSP0267 §8', text: 'FD_T2: a request for data is repeated after 1 to 5 s', ...fwup(51) },
    { clause: 'DSP0267 §12', text: 'TransferComplete and VerifyComplete come', ...fwup(52, 53) },
    { clause: 'DSP0267 §9', text: 'VERIFY is shown, and commands are refused in it', ...fwup(54, 57) },
    { clause: 'DSP0267 §12', text: 'ActivateFirmware without an image is refused', ...fwup(58) },
    { clause: 'DSP0267 §12', text: 'ApplyComplete comes', ...fwup(59) },
    { clause: 'DSP0267 §9', text: 'APPLY is shown, commands are refused in it, and it is cancelled', ...fwup(60, 65) },
    { clause: 'DSP0267 §9', text: 'from APPLY to READY XFER, and by ActivateFirmware to IDLE', ...fwup(66, 67) },
    {
      clause: 'DSP0267 §12',
      text: 'package data, device metadata, opaque data',
      unchecked: "their content is the vendor's own",
    },
    {
      clause: 'DSP0267 §11',
      text: 'downstream devices',
      unchecked: 'no check yet',
    },
    {
      clause: 'DSP0267 §12',
      text: 'pending images are activated, security revisions updated',
      unchecked: 'neither can be taken back',
    },
  ],
};
