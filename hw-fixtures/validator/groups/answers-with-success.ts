/** The check which each group of PLDM begins with: a command that has to be there is answered with success. */

import { COMPLETION } from '../../../pldm/base/pldm-completion-codes.js';
import { PLDM_TYPE } from '../../../pldm/base/pldm-types.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import { codeName } from './control-steps.js';
import {
  CODE_AT,
  DATA_AT,
  isUnsupported,
  OK,
  type PldmCommandId,
  pldmMandatory,
  pldmSuccess,
  speaksType,
} from './pldm-steps.js';

interface NamedCommand {
  readonly id: string;
  readonly clause: string;
  readonly command: PldmCommandId & { readonly name: string };
  readonly why: string;
  /** Default: the command is not answered, or refused. */
  readonly failure?: string;
  /** Default: support the command. */
  readonly mend?: string;
  readonly body?: readonly number[];
  /** What a device has not that says ERROR_UNSUPPORTED_PLDM_CMD, a sentence; default: that is a failure. */
  readonly absent?: string;
}

export function answersWithSuccess(named: NamedCommand): CheckDeclaration {
  const { id, clause, command, why, body = [], absent } = named;
  const { failure = 'the command is not answered, or refused', mend = 'support the command' } = named;
  return {
    id,
    clause,
    level: 'mandatory',
    why,
    failure,
    mend,
    title: `It answers ${command.name} with success`,
    mutant: () => pldmSuccess(command, (payload) => payload.slice(0, DATA_AT).with(CODE_AT, COMPLETION.ERROR)),
    run: async (probe) => {
      if (command.pldmType !== PLDM_TYPE.base) await speaksType(probe, command.pldmType);
      const { code } = await pldmMandatory(probe, command, body);
      if (absent !== undefined && isUnsupported(code)) notApplicable(absent);
      must(code === OK, `${command.name} is answered with completion code ${codeName(code)}`);
    },
  };
}
