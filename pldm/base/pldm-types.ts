/** PLDM types (DSP0245 table 1). */

export const PLDM_TYPE = {
  base: 0,
  smbios: 1,
  platform: 2,
  bios: 3,
  fru: 4,
  firmwareUpdate: 5,
  rde: 6,
  fileTransfer: 7,
  oem: 0x3f,
} as const;

const NAMES: Readonly<Record<number, string>> = {
  0: 'messaging control and discovery',
  1: 'SMBIOS data transfer',
  2: 'platform monitoring and control',
  3: 'BIOS control and configuration',
  4: 'FRU data',
  5: 'firmware update',
  6: 'Redfish device enablement',
  7: 'file transfer',
  63: 'OEM',
};

/** "FRU data" for 4, "type 9" for what DSP0245 does not name. */
export function pldmTypeName(type: number): string {
  return NAMES[type] ?? `type ${type}`;
}
