/** The group `pldm-base`: PLDM messages and the commands of type 0 (DSP0240, DSP0241, DSP0245). */

import type { GroupDeclaration } from '../declaration.js';
import { PLDM_ANSWER_CHECKS } from './pldm-base-answers.js';
import { PLDM_DISCOVERY_CHECKS } from './pldm-base-discovery.js';
import { PLDM_LIST_CHECKS } from './pldm-base-lists.js';
import { PLDM_MESSAGE_CHECKS } from './pldm-base-messages.js';
import { PLDM_BASE_REQUIREMENTS } from './pldm-base-requirements.js';

export const PLDM_BASE_GROUP: GroupDeclaration = {
  name: 'pldm-base',
  title: 'PLDM base',
  about: 'What every PLDM terminus answers, and how: DSP0240, over MCTP by DSP0241.',
  bench: { toml: '[devices.dut.pldm]\ntid = 3' },
  checks: [...PLDM_ANSWER_CHECKS, ...PLDM_MESSAGE_CHECKS, ...PLDM_DISCOVERY_CHECKS, ...PLDM_LIST_CHECKS],
  requirements: PLDM_BASE_REQUIREMENTS,
};
