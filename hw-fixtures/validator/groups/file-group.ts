/** The group `file`: PLDM file transfer (DSP0242). */

import type { GroupDeclaration } from '../declaration.js';
import { FILE_OPENING_CHECKS } from './file-opening.js';
import { FILE_READING_CHECKS } from './file-reading.js';

const file = (...numbers: readonly number[]) => ({
  checks: numbers.map((number) => `PLDM-FILE-${String(number).padStart(3, '0')}`),
});

export const FILE_GROUP: GroupDeclaration = {
  name: 'file',
  title: 'PLDM file transfer',
  about: 'Whether the files of a device are described, opened, read and closed as they should be: DSP0242.',
  bench: { toml: 'files = true' },
  checks: [...FILE_OPENING_CHECKS, ...FILE_READING_CHECKS],
  requirements: [
    { clause: 'DSP0242 §10', text: 'File Descriptor PDRs', ...file(1, 2, 3, 4, 5) },
    { clause: 'DSP0242 §9', text: 'DfOpen refuses what is not there, and directories', ...file(6, 7) },
    { clause: 'DSP0242 §9', text: 'DfClose', ...file(8, 9) },
    { clause: 'DSP0242 §9', text: 'DfHeartbeat of unknown descriptors', ...file(10) },
    { clause: 'DSP0242 §9', text: 'DfProperties', ...file(11, 12) },
    { clause: 'DSP0242 §9', text: 'DfGetFileAttribute', ...file(13) },
    { clause: 'DSP0242 §9', text: 'DfRead: negotiation, parts, checksum, end', ...file(14, 15, 16, 17, 18) },
    { clause: 'DSP0242 §9', text: 'DfRead refuses what is not open, and parts of nothing', ...file(19, 20) },
    {
      clause: 'DSP0242 §9',
      text: 'writing, emptying and FIFOs',
      unchecked: 'what is overwritten cannot be put back, and what is read of a FIFO is gone',
    },
    {
      clause: 'DSP0242 §9',
      text: 'exclusive ownership',
      unchecked: 'a second client with an EID of its own would be needed',
    },
    {
      clause: 'DSP0242 §9',
      text: 'a descriptor without heartbeats expires',
      unchecked: 'no check yet',
    },
  ],
};
