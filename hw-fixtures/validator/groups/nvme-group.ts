/** The group `nvme-mi`: management of a drive out of band (NVMe-MI). */

import type { GroupDeclaration, Requirement } from '../declaration.js';
import { NVME_CONTENT_CHECKS } from './nvme-contents.js';
import { NVME_MESSAGE_CHECKS } from './nvme-messages.js';

const by = (...numbers: readonly number[]) => ({
  checks: numbers.map((number) => `NVME-MI-${String(number).padStart(3, '0')}`),
});
const SETS = 'it would change the drive for good, or what others have set';

const REQUIREMENTS: readonly Requirement[] = [
  { clause: 'NVMe-MI message header', text: 'IC 1, ROR, NMIMT, CSI and reserved bits', ...by(2, 5, 6, 7, 8, 11, 13) },
  { clause: 'NVMe-MI message integrity check', text: 'CRC-32C of every message; a wrong one is dropped', ...by(3, 4) },
  { clause: 'NVMe-MI response status', text: 'opcodes and sizes that are wrong are refused', ...by(9, 10, 12) },
  { clause: 'NVMe-MI Read NVMe-MI Data Structure', text: 'data structures 0 to 3', ...by(1, 14, 15, 16, 17, 18) },
  {
    clause: 'NVMe-MI Read NVMe-MI Data Structure',
    text: 'data structures 4 and 5: optional commands',
    unchecked: 'they name what is optional: nothing says that they are complete',
  },
  { clause: 'NVMe-MI NVM Subsystem Health Status Poll', text: 'the composite health', ...by(19, 20, 22) },
  {
    clause: 'NVMe-MI NVM Subsystem Health Status Poll',
    text: 'clear status copies the change flags, then clears them',
    unchecked: 'it would take the flags away from the management controller that waits for them',
  },
  { clause: 'NVMe-MI Controller Health Status Poll', text: 'entries, and their number', ...by(21, 22, 23) },
  { clause: 'NVMe-MI Configuration Get', text: 'configurations 1 to 3, others are refused', ...by(24, 25) },
  { clause: 'NVMe-MI Configuration Set', text: 'frequency, transmission unit, change flags', unchecked: SETS },
  { clause: 'NVMe-MI VPD Read', text: 'the common header, and the bounds', ...by(26, 27, 28) },
  { clause: 'NVMe-MI VPD Write', text: 'a limited number of updates', unchecked: SETS },
  { clause: 'NVMe-MI Reset, Shutdown', text: 'the drive restarts or stops', unchecked: SETS },
  {
    clause: 'NVMe-MI control primitives',
    text: 'pause, resume, abort, get state, replay',
    unchecked: 'what they do shows only while a command is under way, and how long one is the drive chooses',
  },
  {
    clause: 'NVMe-MI NVMe admin commands',
    text: 'the commands of NVMe itself, out of band',
    unchecked: 'they are optional, and what they answer is of the NVMe base specification',
  },
];

export const NVME_MI_GROUP: GroupDeclaration = {
  name: 'nvme-mi',
  title: 'NVMe-MI: drives',
  about:
    'What a management controller asks an NVMe drive: messages with their integrity check, data structures, health, configuration, vital product data. Clauses have names here, as their numbers differ between versions of NVMe-MI.',
  bench: { toml: '[devices.dut.nvme]\nmodel = "Acme NV-3840"\nserial = "S7A1C5E100001"\nfirmware = "1.4.2"' },
  checks: [...NVME_MESSAGE_CHECKS, ...NVME_CONTENT_CHECKS],
  requirements: REQUIREMENTS,
};
