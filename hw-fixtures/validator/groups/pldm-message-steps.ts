/** What the checks of PLDM messages have in common (DSP0240 §7). */

import { GetTID } from '../../../pldm/base/base-commands.js';
import { PLDM_TYPE } from '../../../pldm/base/pldm-types.js';
import type { Behaviour } from '../../bench/device/behaviour.js';
import { rewriteAnswer, rewriteRequest } from '../../bench/device/rewrites.js';
import { broken } from '../finding.js';
import type { Probe } from '../probe.js';
import { type PldmOptions, pldm, requestOf, tryPldm } from './pldm-steps.js';

/** Of no version of DSP0240. */
export const UNKNOWN_COMMAND = { pldmType: PLDM_TYPE.base, code: 0x3f };
/** Reserved by DSP0245. */
export const UNKNOWN_TYPE = { pldmType: 0x2f, code: 0x01 };
/** Of the request whose answers are counted. */
export const ONCE_INSTANCE = 0x1d;
export const PT1_MS = 100;
/** PT4 both ways, which PT1 does not count. */
export const WAY_MS = 100;

/** Every PLDM answer has another byte at this place of its header. */
export const headerByte = (at: number, change: (byte: number) => number): Behaviour =>
  rewriteAnswer(requestOf(GetTID), (payload) => payload.with(at, change(payload[at]!)));

/** Requests of GetTID like this are taken for good ones. */
export const takes = (
  isWrong: (payload: Uint8Array) => boolean,
  mended: (payload: Uint8Array) => Uint8Array,
): Behaviour => rewriteRequest(requestOf(GetTID), (payload) => (isWrong(payload) ? mended(payload) : payload));

/** Nothing is answered to GetTID in a message like this, though a good one is answered afterwards. @throws Finding */
export async function mustBeIgnored(probe: Probe, options: PldmOptions, why: string): Promise<void> {
  const answer = await tryPldm(probe, GetTID, [], { ...options, retries: 0 });
  if (answer !== undefined) broken(why);
  await pldm(probe, GetTID);
}
