/** Bitfields and versions of answers in words. Pure. */

import { type AnyPldmCommand, commandName, pldmTypeName } from '../../pldm/index.js';
import type { Fields } from '../decode/fields.js';

/** Lines behind the fields. */
export function fieldWords({ name }: Pick<AnyPldmCommand, 'name'>, { types, versionText }: Fields): string[] {
  if (name === 'GetPLDMTypes' && Array.isArray(types)) {
    return (types as number[]).map((type) => `${type}: ${pldmTypeName(type)}`);
  }
  return Array.isArray(versionText) ? [`versions: ${versionText.join(', ')}`] : [];
}

/** "0x51 GetPDR" */
export function commandWords(pldmType: number, codes: Iterable<number>): string[] {
  return [...codes].map((code) => `0x${code.toString(16).padStart(2, '0')} ${commandName(pldmType, code)}`);
}
