/** Checks of setting BIOS attributes (DSP0247 §7). */

import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { BIOS_CODES, SetBIOSAttributeCurrentValue } from '../../../pldm/bios/bios-commands.js';
import { ATTRIBUTE_TYPE, READ_ONLY } from '../../../pldm/bios/table-entries.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import type { BiosAttribute, BiosValue } from './bios-entries.js';
import { pairs, UNKNOWN_ATTRIBUTE } from './bios-steps.js';
import { codeName } from './control-steps.js';
import { failed } from './platform-reading-steps.js';
import { announces, le16, le32, OK, pldm, pldmCode, refuses } from './pldm-steps.js';

/** In one part. */
const WHOLE = [...le32(0), 5];
const NO_INDEX = 0xfe;
const setting = {
  clause: 'DSP0247 §7, SetBIOSAttributeCurrentValue',
  level: 'conditional',
} as const;

/** One that can be set, of this kind; passwords never come back, and cannot be put back. @throws Finding */
async function settable(probe: Probe, kind?: number): Promise<readonly [BiosValue, BiosAttribute]> {
  await announces(probe, SetBIOSAttributeCurrentValue);
  const known: readonly number[] = [ATTRIBUTE_TYPE.enumeration, ATTRIBUTE_TYPE.string, ATTRIBUTE_TYPE.integer];
  const found = (await pairs(probe)).find(
    ([value, attribute]) =>
      (attribute.type & READ_ONLY) === 0 &&
      (kind === undefined ? known.includes(attribute.type) : attribute.type === kind) &&
      isLegal(value, attribute),
  );
  return found ?? notApplicable('it has no such attribute that can be set');
}

/** What is set is what a table says: where the table is wrong, another check says so. */
function isLegal({ indices = [] }: BiosValue, { enumeration }: BiosAttribute): boolean {
  return enumeration === undefined || indices.every((index) => index < enumeration.possible.length);
}

export const BIOS_SETTING_CHECKS: readonly CheckDeclaration[] = [
  refuses(
    {
      id: 'PLDM-BIOS-029',
      ...setting,
      condition: 'when it supports SetBIOSAttributeCurrentValue',
      title: 'It refuses to set an attribute which it does not have',
      why: 'a setting that is taken and lost is worse than an error',
      failure: 'a value for handle 0xfade is not answered with 0x88',
      mend: 'answer INVALID_BIOS_ATTR_HANDLE',
    },
    {
      command: SetBIOSAttributeCurrentValue,
      body: [...WHOLE, ...le16(UNKNOWN_ATTRIBUTE), ATTRIBUTE_TYPE.enumeration, 1, 0],
      codes: [BIOS_CODES.INVALID_BIOS_ATTR_HANDLE],
    },
  ),
  {
    id: 'PLDM-BIOS-030',
    ...setting,
    needs: 'write',
    condition: 'when an attribute can be set',
    title: 'An attribute takes the value that it has',
    why: 'what cannot be set to its own value cannot be put back',
    failure: 'SetBIOSAttributeCurrentValue with the present value is refused',
    mend: 'take every value which the attribute allows',
    mutant: () => ({
      name: 'takes no value',
      answer: (answer, { payload: request }) =>
        request[1] === SetBIOSAttributeCurrentValue.pldmType && request[2] === SetBIOSAttributeCurrentValue.code
          ? { ...answer, payload: answer.payload[3] === OK ? failed(answer.payload) : answer.payload }
          : answer,
    }),
    run: async (probe) => {
      const [value, attribute] = await settable(probe);
      const code = await pldmCode(probe, SetBIOSAttributeCurrentValue, [...WHOLE, ...value.bytes]);
      must(code === OK, `the present value of attribute ${attribute.handle} is answered with ${codeName(code)}`);
    },
  },
  refuses(
    {
      id: 'PLDM-BIOS-031',
      ...setting,
      needs: 'write',
      condition: 'when an enumeration can be set',
      title: 'An enumeration refuses a value which it does not have',
      why: 'the next boot would come up with an unknown setting',
      failure: 'an index beyond the possible values is taken, or answered with another error than ERROR_INVALID_DATA',
      mend: 'compare every index with the number of possible values',
    },
    {
      command: SetBIOSAttributeCurrentValue,
      codes: [COMPLETION.ERROR_INVALID_DATA],
      body: async (probe) => {
        const [value, attribute] = await settable(probe, ATTRIBUTE_TYPE.enumeration);
        // Should the device take it.
        probe.restore(async () => {
          await pldm(probe, SetBIOSAttributeCurrentValue, [...WHOLE, ...value.bytes]);
        });
        return [...WHOLE, ...le16(attribute.handle), ATTRIBUTE_TYPE.enumeration, 1, NO_INDEX];
      },
    },
  ),
];
