/** What the checks of the control protocol have in common. */

import { COMPLETION, GetEndpointID, GetMCTPVersionSupport } from '../../../stack/control/index.js';
import { hexNumber } from '../../../stack/util/text.js';
import type { ControlAnswer } from '../answers.js';
import { broken, inconclusive, notApplicable } from '../finding.js';
import { type ControlOptions, NOT_READY, notReady, type Probe } from '../probe.js';

export const {
  success: OK,
  invalidData: INVALID_DATA,
  invalidLength: INVALID_LENGTH,
  unsupportedCommand: UNSUPPORTED,
  messageTypeNotSupported: TYPE_NOT_SUPPORTED,
} = COMPLETION;

/** The answer to a mandatory command; when there is none though others are answered, that is broken. @throws Finding */
export async function mandatory(
  probe: Probe,
  command: number,
  body: readonly number[] = [],
  options: ControlOptions = {},
): Promise<ControlAnswer> {
  const answer = (await probe.tryControl(command, body, options)) ?? (await probe.tryControl(command, body, options));
  if (answer?.code === NOT_READY) return broken(notReady(`command ${codeName(command)}`));
  if (answer !== undefined) return answer;
  const other = command === GetEndpointID.code ? GetMCTPVersionSupport.code : GetEndpointID.code;
  await probe.control(other, other === GetMCTPVersionSupport.code ? [0] : [], options);
  return broken(`command ${hexNumber(command)} is not answered, others are`);
}

/** The data of a success. Anything else is what another check is about. @throws Finding */
export async function dataOf(
  probe: Probe,
  command: number,
  body: readonly number[] = [],
  options: ControlOptions = {},
): Promise<Uint8Array> {
  const { code, data } = await probe.control(command, body, options);
  if (code === UNSUPPORTED) return notApplicable('the device does not support the command');
  if (code !== OK) return inconclusive(`the command is answered with completion code ${codeName(code)}`);
  return data;
}

export function codeName(code: number | undefined): string {
  return code === undefined ? 'none' : hexNumber(code);
}
