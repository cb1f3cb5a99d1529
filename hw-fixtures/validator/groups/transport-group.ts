/** The group `transport`: packets (DSP0236 clause 8). */

import type { GroupDeclaration } from '../declaration.js';
import { ANSWER_CHECKS } from './transport-answers.js';
import { ASSEMBLY_CHECKS } from './transport-assembly.js';
import { HEADER_CHECKS } from './transport-header.js';
import { TRANSPORT_REQUIREMENTS } from './transport-requirements.js';

export const TRANSPORT_GROUP: GroupDeclaration = {
  name: 'transport',
  title: 'Transport: packets and messages',
  about:
    'Rules of DSP0236 clause 8 for single packets and for messages of several. The checks send packets of any form, so they need a link of our own stack: a kernel takes whole messages only.',
  bench: { toml: 'pldm = { sensors = [{ id = 1, name = "Temperature", unit = "°C", value = 20 }] }' },
  checks: [...HEADER_CHECKS, ...ASSEMBLY_CHECKS, ...ANSWER_CHECKS],
  requirements: TRANSPORT_REQUIREMENTS,
};
