/** The group `bios`: PLDM BIOS control and configuration (DSP0247). */

import type { GroupDeclaration } from '../declaration.js';
import { BIOS_ATTRIBUTE_CHECKS } from './bios-attributes.js';
import { BIOS_SETTING_CHECKS } from './bios-settings.js';
import { BIOS_TOML } from './bios-steps.js';
import { BIOS_VALUE_CHECKS } from './bios-values.js';

const bios = (...numbers: readonly number[]) => ({
  checks: numbers.map((number) => `PLDM-BIOS-${String(number).padStart(3, '0')}`),
});

export const BIOS_GROUP: GroupDeclaration = {
  name: 'bios',
  title: 'PLDM BIOS control and configuration',
  about: 'Whether the BIOS tables of a device can be read, and fit together: DSP0247.',
  bench: { toml: BIOS_TOML },
  checks: [...BIOS_ATTRIBUTE_CHECKS, ...BIOS_VALUE_CHECKS, ...BIOS_SETTING_CHECKS],
  requirements: [
    { clause: 'DSP0247 §6', text: 'pad and checksum of the tables', ...bios(1, 2, 3, 4, 5, 6) },
    {
      clause: 'DSP0247 §6',
      text: 'handles are unique, and lead to entries of the other tables',
      ...bios(7, 8, 9, 10, 16),
    },
    { clause: 'DSP0247 §6', text: 'types, bounds and defaults of attributes', ...bios(11, 12, 13, 14, 15) },
    { clause: 'DSP0247 §6', text: 'values fit their attributes', ...bios(17, 18, 19, 20) },
    { clause: 'DSP0247 §7', text: 'a value by its handle', ...bios(21, 22) },
    { clause: 'DSP0247 §7', text: 'GetBIOSTable: parts, and what it refuses', ...bios(23, 24, 25, 26) },
    { clause: 'DSP0247 §7', text: 'date and time', ...bios(27, 28) },
    { clause: 'DSP0247 §7', text: 'SetBIOSAttributeCurrentValue: own values, unknown ones', ...bios(29, 30, 31) },
    {
      clause: 'DSP0247 §7',
      text: 'SetBIOSTable, and other values, take effect',
      unchecked: 'what a setting of a BIOS does to the next boot is not known',
    },
    {
      clause: 'DSP0247 §7',
      text: 'passwords never come back in clear',
      unchecked: 'the password is not known from outside',
    },
    {
      clause: 'DSP0247 §7',
      text: 'table tags, values by type, string types',
      unchecked: 'their layouts are not known for sure',
    },
  ],
};
