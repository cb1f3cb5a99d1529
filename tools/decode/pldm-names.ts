/** PLDM types by the names people give them: `platform`, `2`, `firmware-update`. */

import { PLDM_TYPE, pldmTypeName } from '../../pldm/base/pldm-types.js';
import type { Json } from '../../stack/codec/codec.js';
import { MctpError } from '../../stack/errors.js';
import { didYouMean } from '../suggest.js';
import { unfit } from './named-fields.js';

/** Other words for the same. */
const ALIASES: Readonly<Record<string, keyof typeof PLDM_TYPE>> = {
  discovery: 'base',
  control: 'base',
  sensors: 'platform',
  monitoring: 'platform',
  fw: 'firmwareUpdate',
  fwup: 'firmwareUpdate',
  firmware: 'firmwareUpdate',
  redfish: 'rde',
  file: 'fileTransfer',
};

export const PLDM_TYPE_NAMES: readonly string[] = Object.keys(PLDM_TYPE);

/** The number of a type by its name in any case; undefined when there is none of that name. */
export function pldmTypeNumber(name: string): number | undefined {
  const plain = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  for (const [known, number] of Object.entries(PLDM_TYPE)) {
    if (
      known.toLowerCase() === plain ||
      pldmTypeName(number)
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '') === plain
    ) {
      return number;
    }
  }
  const alias = ALIASES[plain];
  return alias === undefined ? undefined : PLDM_TYPE[alias];
}

/** "platform" for 2, "type 9" for what has no name. */
export function pldmTypeWord(number: number): string {
  return Object.entries(PLDM_TYPE).find(([, known]) => known === number)?.[0] ?? `type ${number}`;
}

/** A number or a name. @throws MctpError EINVAL */
export function pldmTypeField(value: Json | undefined): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 63) return value;
  if (typeof value === 'string') {
    const number = pldmTypeNumber(value);
    if (number !== undefined) return number;
    throw new MctpError('EINVAL', `pldmType: no type "${value}"${didYouMean(value, PLDM_TYPE_NAMES)}`);
  }
  throw unfit('pldmType', value, 'a whole number from 0 to 63');
}
