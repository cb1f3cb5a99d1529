/** A PLDM command: a declaration and its PLDM type. */

import {
  type AnyCommand,
  Command,
  type CommandDeclaration,
  type CompletionCodes,
  type Members,
} from '../../stack/codec/index.js';

export class PldmCommand<Q extends Members = Members, R extends Members = Members> extends Command<Q, R> {
  constructor(
    /** 0..63 */
    readonly pldmType: number,
    declaration: CommandDeclaration<Q, R>,
  ) {
    super(declaration);
  }
}

/** Any PLDM command at all. */
export interface AnyPldmCommand extends AnyCommand {
  readonly pldmType: number;
}

/** `const declare = commandsOf(PLDM_TYPE.fru, 'DSP0257', codes)`: what makes the declarations of one PLDM type. */
export function commandsOf(pldmType: number, source: string, completionCodes: CompletionCodes = {}) {
  return <const Q extends Members, const R extends Members>(declaration: CommandDeclaration<Q, R>): PldmCommand<Q, R> =>
    new PldmCommand(pldmType, { source, completionCodes, ...declaration });
}
