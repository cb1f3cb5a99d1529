/** Effecters: set and read them in physical values and state names (DSP0248 §22, §23). */

import { MctpError } from '../../stack/errors.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import type { Terminus } from '../terminus/terminus.js';
import {
  GetNumericEffecterValue,
  GetStateEffecterStates,
  SetNumericEffecterEnable,
  SetNumericEffecterValue,
  SetStateEffecterEnables,
  SetStateEffecterStates,
} from './effecter-commands.js';
import type { NumericEffecterView, StateEffecterView } from './pdr-view.js';
import { effecterOperationalState } from './platform-enums.js';
import { fromUnits, toUnits } from './scale.js';
import { stateByName, stateText } from './state-part.js';

export interface NumericEffecterState {
  readonly present: number;
  /** Equal to `present` unless a change is under way. */
  readonly pending: number;
  readonly unit: string;
  /** "enabledNoUpdatePending" */
  readonly operationalState: string;
}

export async function readNumericEffecter(
  terminus: Terminus,
  effecter: NumericEffecterView,
  options?: CallOptions,
): Promise<NumericEffecterState> {
  const value = await terminus.call(GetNumericEffecterValue, { effecterId: effecter.effecterId }, options);
  return {
    present: toUnits(effecter.scale, value.presentValue),
    pending: toUnits(effecter.scale, value.pendingValue),
    unit: effecter.scale.unit,
    operationalState: operationalState(value.effecterOperationalState),
  };
}

/** In the effecter's unit. @throws MctpError EINVAL outside its settable range */
export async function setNumericEffecter(
  terminus: Terminus,
  effecter: NumericEffecterView,
  value: number,
  options?: CallOptions,
): Promise<void> {
  const { effecterId, scale, minSettable, maxSettable, pdr, name } = effecter;
  if (!(value >= Math.min(minSettable, maxSettable) && value <= Math.max(minSettable, maxSettable))) {
    throw new MctpError('EINVAL', `${name}: ${value} ${scale.unit} is not ${minSettable} to ${maxSettable}`);
  }
  const effecterValue = fromUnits(scale, value, pdr.effecterDataSize);
  const fields = { effecterId, effecterDataSize: pdr.effecterDataSize, effecterValue };
  await terminus.call(SetNumericEffecterValue, fields, options);
}

export async function enableEffecter(
  terminus: Terminus,
  effecter: NumericEffecterView | StateEffecterView,
  state: 'enabled' | 'disabled' | 'unavailable' = 'enabled',
  options?: CallOptions,
): Promise<void> {
  const { effecterId } = effecter;
  if (effecter.kind === 'numeric') {
    await terminus.call(SetNumericEffecterEnable, { effecterId, effecterOperationalState: state }, options);
    return;
  }
  const opFields = effecter.effecters.map(() => ({
    effecterOperationalState: state,
    eventMsgEnable: 'noChange' as const,
  }));
  await terminus.call(SetStateEffecterEnables, { effecterId, opFields }, options);
}

export interface StateEffecterState {
  readonly stateSetId: number;
  readonly present: number;
  readonly presentName: string;
  readonly pending: number;
  readonly operationalState: string;
}

export async function readStateEffecter(
  terminus: Terminus,
  effecter: StateEffecterView,
  options?: CallOptions,
): Promise<StateEffecterState[]> {
  const { stateField } = await terminus.call(GetStateEffecterStates, { effecterId: effecter.effecterId }, options);
  return stateField.map((field, index) => {
    const stateSetId = effecter.effecters[index]?.stateSetId ?? 0;
    return {
      stateSetId,
      present: field.presentState,
      presentName: stateText(effecter.effecters[index], field.presentState),
      pending: field.pendingState,
      operationalState: operationalState(field.effecterOpState),
    };
  });
}

/**
 * One entry per part of the effecter: a state's number or name, undefined to leave it.
 * @throws MctpError EINVAL for a name its state set does not have, or a state the PDR does not list
 */
export async function setStateEffecter(
  terminus: Terminus,
  effecter: StateEffecterView,
  states: readonly (number | string | undefined)[],
  options?: CallOptions,
): Promise<void> {
  if (states.length > effecter.effecters.length) {
    throw new MctpError('EINVAL', `${effecter.name} has ${effecter.effecters.length} parts, not ${states.length}`);
  }
  const stateField = effecter.effecters.map((part, index) => {
    const wanted = states[index];
    if (wanted === undefined) return { setRequest: 'noChange' as const, effecterState: 0 };
    const state = typeof wanted === 'number' ? wanted : stateByName(part, wanted);
    if (state === undefined || !part.possibleStates.some((possible) => possible.state === state)) {
      const possible = part.possibleStates.map(({ name }) => name).join(', ');
      throw new MctpError(
        'EINVAL',
        `${effecter.name}: ${wanted} is not a state of ${part.stateSetName}; it has ${possible}`,
      );
    }
    return { setRequest: 'requestSet' as const, effecterState: state };
  });
  await terminus.call(SetStateEffecterStates, { effecterId: effecter.effecterId, stateField }, options);
}

function operationalState(value: number): string {
  return effecterOperationalState.nameOf(value) ?? String(value);
}
