/** `mctpkit pldm ADDRESS set NAME VALUE`: effecters by name, in their unit, states by name. */

import {
  readNumericEffecter,
  readStateEffecter,
  setNumericEffecter,
  setStateEffecter,
} from '../../pldm/platform/effecter-requester.js';
import { PdrRepository } from '../../pldm/platform/pdr-repository.js';
import type { PdrView } from '../../pldm/platform/pdr-view.js';
import type { Terminus } from '../../pldm/terminus/terminus.js';
import { printable, usageError } from '../command-error.js';
import { didYouMean } from '../suggest.js';
import type { PldmAnswer } from './answer.js';
import { plain } from './find-command.js';

/** @throws CommandError (usage), MctpError */
export async function setEffecter(terminus: Terminus, words: readonly string[]): Promise<PldmAnswer> {
  const split = words.length === 1 ? /^([^=]+)=(.*)$/s.exec(words[0]!) : null;
  const [name, ...values] = split === null ? words : [split[1]!, ...split[2]!.split(',')];
  if (name === undefined || values.length === 0) {
    throw usageError('set needs an effecter and its value: write set "Fan target" 6000, or set identify-led=asserted');
  }
  const repository = new PdrRepository(terminus);
  await repository.download();
  const effecter = findEffecter(repository.ownView, name);
  if (effecter.kind === 'numeric') {
    const value = Number(values[0]);
    if (values.length > 1 || values[0]!.trim() === '' || Number.isNaN(value)) {
      throw usageError(
        `${effecter.name}: "${values.join(' ')}" is not a number: it is set in ${effecter.scale.unit || 'numbers'}`,
      );
    }
    await setNumericEffecter(terminus, effecter, value);
    const state = await readNumericEffecter(terminus, effecter);
    const pending = state.pending === state.present ? '' : `, becoming ${state.pending} ${state.unit}`;
    const line = `${printable(effecter.name)}: ${state.present} ${state.unit}`.trimEnd() + pending;
    return { json: { effecterId: effecter.effecterId, name: effecter.name, ...state }, lines: [line] };
  }
  const wanted = values.map((value) => (value === '-' ? undefined : /^\d+$/.test(value) ? Number(value) : value));
  await setStateEffecter(terminus, effecter, wanted);
  const states = await readStateEffecter(terminus, effecter);
  const text = states.map(({ presentName }) => presentName).join(', ');
  return {
    json: { effecterId: effecter.effecterId, name: effecter.name, states },
    lines: [`${printable(effecter.name)}: ${text}`],
  };
}

function findEffecter(view: PdrView, name: string) {
  const all = [...view.numericEffecters, ...view.stateEffecters];
  const found =
    all.find(({ effecterId }) => String(effecterId) === name) ?? all.find((one) => plain(one.name) === plain(name));
  if (found !== undefined) return found;
  const names = all.map((one) => one.name);
  const known = names.length === 0 ? 'it has none' : `it has ${names.map(printable).join(', ')}`;
  throw usageError(`no effecter "${name}"${didYouMean(name, names)}: ${known}`);
}
