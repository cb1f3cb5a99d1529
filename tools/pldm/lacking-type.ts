/** Why a terminus does not answer questions of a PLDM type: it does not have it, but others. */

import { GetPLDMTypes } from '../../pldm/base/base-commands.js';
import { pldmTypeName } from '../../pldm/base/pldm-types.js';
import { bitfieldNumbers } from '../../pldm/base/shared-fields.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { pldmTypeWord } from '../decode/pldm-names.js';
import type { PldmPeer } from './open-termini.js';

/** ENOTSUP with what it has instead; undefined: it has the type, or does not say. */
export async function lackingType(peer: PldmPeer, pldmType: number, error: unknown): Promise<MctpError | undefined> {
  if (!(error instanceof CompletionCodeError) && !MctpError.is(error, 'ETIMEDOUT')) return undefined;
  try {
    const types = bitfieldNumbers((await peer.terminus.call(GetPLDMTypes, {})).pldmTypes);
    return types.includes(pldmType) ? undefined : lacks(peer, pldmType, types, error);
  } catch (cause) {
    if (!MctpError.is(cause)) throw cause;
    return undefined;
  }
}

/** ENOTSUP, of a terminus which says that it has these types alone. */
export function lacks({ target }: PldmPeer, pldmType: number, types: readonly number[], cause?: unknown): MctpError {
  const has = types.map((type) => `${pldmTypeWord(type)} (${type})`).join(', ') || 'no type at all';
  const what = `${target.name} has no ${pldmTypeName(pldmType)} (PLDM type ${pldmType}): it has ${has}`;
  return new MctpError('ENOTSUP', what, { cause });
}
