/** Bitfields and versions of answers in words. Pure. */

import type { AnyPldmCommand } from '../../pldm/base/pldm-command.js';
import { pldmTypeName } from '../../pldm/base/pldm-types.js';
import { commandName } from '../../pldm/command-registry.js';
import { hexNumber } from '../../stack/util/text.js';
import type { Fields } from '../decode/named-fields.js';

/** Lines behind the fields of an answer. */
export function fieldWords({ name }: Pick<AnyPldmCommand, 'name'>, request: Fields, response: Fields): string[] {
  const { types, commands, versionText } = response;
  if (name === 'GetPLDMTypes' && Array.isArray(types)) {
    return (types as number[]).map((type) => `${type}: ${pldmTypeName(type)}`);
  }
  if (Array.isArray(commands)) return commandWords(Number(request.pldmType), commands as number[]);
  return Array.isArray(versionText) ? [`versions: ${versionText.join(', ')}`] : [];
}

/** "0x51 GetPDR" */
export function commandWords(pldmType: number, codes: Iterable<number>): string[] {
  return [...codes].map((code) => `${hexNumber(code)} ${commandName(pldmType, code)}`);
}
