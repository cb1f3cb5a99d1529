/** The group `fru`: PLDM FRU data (DSP0257). */

import type { GroupDeclaration } from '../declaration.js';
import { FRU_METADATA_CHECKS } from './fru-metadata.js';
import { FRU_RECORD_CHECKS } from './fru-records.js';
import { FRU_TOML } from './fru-steps.js';

const fru = (...numbers: readonly number[]) => ({
  checks: numbers.map((number) => `PLDM-FRU-${String(number).padStart(3, '0')}`),
});

export const FRU_GROUP: GroupDeclaration = {
  name: 'fru',
  title: 'PLDM FRU data',
  about: 'Whether the FRU table of a device can be read, and says what its metadata say: DSP0257.',
  bench: { toml: FRU_TOML },
  checks: [...FRU_METADATA_CHECKS, ...FRU_RECORD_CHECKS],
  requirements: [
    {
      clause: 'DSP0257 §11',
      text: 'GetFRURecordTableMetadata, and its counts against the table',
      ...fru(1, 2, 3, 4, 5, 6, 7),
    },
    { clause: 'DSP0257 §7', text: 'pad and checksum of the table', ...fru(8, 9) },
    { clause: 'DSP0257 §7', text: 'records and their fields are legal', ...fru(10, 11, 12, 13, 14, 15, 16, 17) },
    { clause: 'DSP0257 §11', text: 'GetFRURecordTable in parts, and what it refuses', ...fru(18, 19, 20) },
    { clause: 'DSP0257 §11', text: 'GetFRURecordByOption filters', ...fru(21, 22) },
    {
      clause: 'DSP0257 §11',
      text: 'SetFRURecordTable takes a table',
      unchecked: 'a table that is written and lost half way cannot be put back',
    },
    {
      clause: 'DSP0257 OEM record',
      text: 'an OEM record begins with the vendor',
      unchecked: 'no check yet: the bench describes general records only',
    },
    { clause: 'DSP0257 2.0', text: 'data items and FRU files', unchecked: 'their layouts are not known for sure' },
  ],
};
