/** The group `control`: the MCTP control protocol (DSP0236 clauses 11 and 12). */

import type { GroupDeclaration } from '../declaration.js';
import { BINDING_CHECKS } from './control-binding.js';
import { COMMAND_CHECKS } from './control-commands.js';
import { MESSAGE_CHECKS } from './control-messages.js';
import { CONTROL_REQUIREMENTS } from './control-requirements.js';

export const CONTROL_GROUP: GroupDeclaration = {
  name: 'control',
  title: 'Control protocol',
  about: 'What every endpoint answers to its bus owner, and how: DSP0236 clauses 11 and 12.',
  bench: { toml: 'vendor = [{ pci = 0x1ab4, set = 0x0001 }, { iana = 412, set = 0x0100 }]' },
  checks: [...MESSAGE_CHECKS, ...COMMAND_CHECKS, ...BINDING_CHECKS],
  requirements: CONTROL_REQUIREMENTS,
};
