/** The group `file`: PLDM file transfer (DSP0242). */

import type { GroupDeclaration } from '../declaration.js';
import { FILE_OPENING_CHECKS } from './file-opening.js';
import { FILE_READING_CHECKS } from './file-reading.js';
import { FILE_WRITING_CHECKS } from './file-writing.js';

const file = (...numbers: readonly number[]) => ({
  checks: numbers.map((number) => `PLDM-FILE-${String(number).padStart(3, '0')}`),
});

export const FILE_GROUP: GroupDeclaration = {
  name: 'file',
  title: 'PLDM file transfer',
  about: 'Whether the files of a device are described, opened, read and closed as they should be: DSP0242.',
  bench: { toml: 'files = true' },
  checks: [...FILE_OPENING_CHECKS, ...FILE_READING_CHECKS, ...FILE_WRITING_CHECKS],
  requirements: [
    { clause: 'DSP0242 §10', text: 'File Descriptor PDRs', ...file(1, 2, 3, 4, 5) },
    { clause: 'DSP0242 §9', text: 'DfOpen refuses what is not there, and directories', ...file(6, 7) },
    { clause: 'DSP0242 §9', text: 'DfClose', ...file(8, 9) },
    { clause: 'DSP0242 §9', text: 'DfHeartbeat of unknown descriptors', ...file(10) },
    { clause: 'DSP0242 §9', text: 'DfProperties', ...file(11, 12) },
    { clause: 'DSP0242 §9', text: 'DfGetFileAttribute', ...file(13) },
    { clause: 'DSP0242 §9', text: 'DfRead: negotiation, parts, checksum, end', ...file(14, 15, 16, 17, 18) },
    { clause: 'DSP0242 §9', text: 'DfRead refuses what is not open, and parts of nothing', ...file(19, 20) },
    { clause: 'DSP0242 §9', text: 'DfOpen refuses reserved attributes', ...file(21) },
    { clause: 'DSP0242 §9', text: 'DfWrite', ...file(22) },
    { clause: 'DSP0242 §9', text: 'exclusive ownership', ...file(23) },
    { clause: 'DSP0242 §9', text: 'a descriptor without heartbeats expires', ...file(24) },
    {
      clause: 'DSP0242 §9',
      text: 'emptying files, and FIFOs',
      unchecked: 'what is gone cannot be put back: the bytes of an emptied file, and what was read of a FIFO',
    },
  ],
};
