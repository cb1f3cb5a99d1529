/** What the checks of the control protocol have in common. */

import { GetEndpointID, GetMCTPVersionSupport } from '../../../stack/control/index.js';
import type { ControlAnswer } from '../answers.js';
import { broken, inconclusive, notApplicable } from '../finding.js';
import { type ControlOptions, NOT_READY, notReady, type Probe } from '../probe.js';

export const OK = 0x00;
export const INVALID_DATA = 0x02;
export const INVALID_LENGTH = 0x03;
export const UNSUPPORTED = 0x05;
export const TYPE_NOT_SUPPORTED = 0x80;

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
  return broken(`command 0x${command.toString(16).padStart(2, '0')} is not answered, others are`);
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
  return code === undefined ? 'none' : `0x${code.toString(16).padStart(2, '0')}`;
}
