/** PLDM commands by the words people use for them: type, then name or code, in any case. Pure. */

import type { AnyPldmCommand } from '../../pldm/base/pldm-command.js';
import { COMMANDS, commandOf } from '../../pldm/command-registry.js';
import { usageError } from '../command-error.js';
import { PLDM_TYPE_NAMES, pldmTypeNumber, pldmTypeWord } from '../decode/pldm-names.js';
import { didYouMean } from '../suggest.js';

/** Names that pldmtool and others use for the same. */
const ALIASES: Readonly<Record<string, string>> = {
  setstateeffecter: 'setstateeffecterstates',
  getstateeffecter: 'getstateeffecterstates',
  getstatesensorreading: 'getstatesensorreadings',
  getbiosattributecurrentvaluebyhandle: 'getbiosattributecurrentvaluebyhandle',
  setbiosattribute: 'setbiosattributecurrentvalue',
  getfrurecordmetadata: 'getfrurecordtablemetadata',
};

/** `platform`, `2`, `0x02`. @throws CommandError (usage) */
export function findPldmType(text: string): number {
  const number = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : pldmTypeNumber(text);
  if (number !== undefined && number <= 63) return number;
  const words = [...PLDM_TYPE_NAMES, 'raw'];
  throw usageError(`no PLDM type "${text}"${didYouMean(text, words)}: known are ${words.join(', ')}`);
}

/** By name, whatever its case and hyphens, or by code. @throws CommandError (usage) */
export function findPldmCommand(pldmType: number, text: string): AnyPldmCommand {
  const all = COMMANDS.filter((command) => command.pldmType === pldmType);
  const word = pldmTypeWord(pldmType);
  if (all.length === 0)
    throw usageError(`the commands of ${word} are not known here: mctpkit pldm ADDRESS raw sends any`);
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text)) {
    const found = commandOf(pldmType, Number(text));
    if (found !== undefined) return found;
    throw usageError(`${word} has no command ${text} that is known here: mctpkit pldm ADDRESS raw sends any`);
  }
  const wanted = ALIASES[plain(text)] ?? plain(text);
  const found = all.find(({ name }) => plain(name) === wanted);
  if (found !== undefined) return found;
  const other = COMMANDS.find(({ name }) => plain(name) === wanted);
  if (other !== undefined)
    throw usageError(`${other.name} is a command of ${pldmTypeWord(other.pldmType)}, not of ${word}`);
  const names = all.map(({ name }) => name);
  throw usageError(`no ${word} command "${text}"${didYouMean(text, names)}: there are ${names.join(', ')}`);
}

/** `fan-target` and `FanTarget` are one name. */
export function plain(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}
