/** Described effecters served. */

import { fail } from '../../stack/protocol/index.js';
import type { PldmHandlers } from '../base/pldm-handlers.js';
import type { NumericEffecterDescription, StateEffecterDescription } from '../terminus/terminus-description.js';
import {
  GetNumericEffecterValue,
  GetStateEffecterStates,
  SetNumericEffecterEnable,
  SetNumericEffecterValue,
  SetStateEffecterEnables,
  SetStateEffecterStates,
} from './effecter-commands.js';
import { dataSizeOf, scaleOfDescription } from './pdr-builder.js';
import { EFFECTER_OPERATIONAL_STATE, settableEffecterState } from './platform-enums.js';
import { fromUnits, toUnits } from './scale.js';

const INVALID_EFFECTER_ID = 0x80;
const INVALID_STATE_VALUE = 0x81;
const INVALID_DATA = 0x02;
const NOT_READY = 0x04;

/** "enabled" in a Set command is "enabled, no update pending" in an answer. */
function operationalAfterSet(state: number): number {
  return state === settableEffecterState.names.enabled ? EFFECTER_OPERATIONAL_STATE.enabledNoUpdatePending : state;
}

export function serveNumericEffecters(
  handlers: PldmHandlers,
  descriptions: readonly NumericEffecterDescription[],
): void {
  if (descriptions.length === 0) return;
  const enabled: number = EFFECTER_OPERATIONAL_STATE.enabledNoUpdatePending;
  const effecters = new Map(
    descriptions.map((description) => [
      description.id,
      { description, scale: scaleOfDescription(description), size: dataSizeOf(description), operational: enabled },
    ]),
  );
  handlers.on(GetNumericEffecterValue, ({ effecterId }) => {
    const effecter = effecters.get(effecterId);
    if (effecter === undefined) return fail(INVALID_EFFECTER_ID);
    const { description, scale, size, operational } = effecter;
    const value = fromUnits(scale, description.read(), size);
    return {
      effecterDataSize: size as 0,
      effecterOperationalState: operational,
      pendingValue: value,
      presentValue: value,
    };
  });
  handlers.on(SetNumericEffecterValue, ({ effecterId, effecterDataSize, effecterValue }) => {
    const effecter = effecters.get(effecterId);
    if (effecter === undefined) return fail(INVALID_EFFECTER_ID);
    const { description, scale, size, operational } = effecter;
    if (operational !== EFFECTER_OPERATIONAL_STATE.enabledNoUpdatePending) return fail(NOT_READY);
    const value = toUnits(scale, effecterValue);
    if (effecterDataSize !== size || value < description.min || value > description.max) return fail(INVALID_DATA);
    description.write(value);
    return {};
  });
  handlers.on(SetNumericEffecterEnable, ({ effecterId, effecterOperationalState: state }) => {
    const effecter = effecters.get(effecterId);
    if (effecter === undefined) return fail(INVALID_EFFECTER_ID);
    if (settableEffecterState.nameOf(state) === undefined) return fail(INVALID_DATA);
    effecter.operational = operationalAfterSet(state);
    return {};
  });
}

export function serveStateEffecters(handlers: PldmHandlers, descriptions: readonly StateEffecterDescription[]): void {
  if (descriptions.length === 0) return;
  const enabled: number = EFFECTER_OPERATIONAL_STATE.enabledNoUpdatePending;
  const effecters = new Map(
    descriptions.map((description) => [
      description.id,
      { parts: description.effecters, operational: description.effecters.map(() => enabled) },
    ]),
  );
  handlers.on(GetStateEffecterStates, ({ effecterId }) => {
    const effecter = effecters.get(effecterId);
    if (effecter === undefined) return fail(INVALID_EFFECTER_ID);
    const stateField = effecter.parts.map((part, index) => {
      const state = part.read();
      return { effecterOpState: effecter.operational[index]!, pendingState: state, presentState: state };
    });
    return { stateField };
  });
  handlers.on(SetStateEffecterStates, ({ effecterId, stateField }) => {
    const effecter = effecters.get(effecterId);
    if (effecter === undefined) return fail(INVALID_EFFECTER_ID);
    if (stateField.length !== effecter.parts.length || stateField.some(({ setRequest }) => setRequest > 1)) {
      return fail(INVALID_DATA);
    }
    const wanted = stateField.flatMap(({ setRequest, effecterState }, index) =>
      setRequest === 1 ? [{ part: effecter.parts[index]!, index, effecterState }] : [],
    );
    // All or nothing.
    if (wanted.some(({ part, effecterState }) => !part.possibleStates.includes(effecterState))) {
      return fail(INVALID_STATE_VALUE);
    }
    if (wanted.some(({ index }) => effecter.operational[index] !== EFFECTER_OPERATIONAL_STATE.enabledNoUpdatePending)) {
      return fail(NOT_READY);
    }
    for (const { part, effecterState } of wanted) part.write(effecterState);
    return {};
  });
  handlers.on(SetStateEffecterEnables, ({ effecterId, opFields }) => {
    const effecter = effecters.get(effecterId);
    if (effecter === undefined) return fail(INVALID_EFFECTER_ID);
    const legal = opFields.every((field) => settableEffecterState.nameOf(field.effecterOperationalState) !== undefined);
    if (!legal || opFields.length > effecter.parts.length) return fail(INVALID_DATA);
    opFields.forEach((field, index) => {
      effecter.operational[index] = operationalAfterSet(field.effecterOperationalState);
    });
    return {};
  });
}
