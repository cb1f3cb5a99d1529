/** What the checks of PDRs have in common (DSP0248 §28). */

import { PDR_TYPE } from '../../../pldm/platform/pdr/pdr-common.js';
import { UNIT_OEM, unitName } from '../../../pldm/platform/units.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { codeName } from './control-steps.js';
import { NUMERIC_SENSOR, pdrMutantOf, realAt, recordName, recordsOf, repository } from './platform-records.js';
import { u16At } from './pldm-steps.js';

export const { numericSensor, numericEffecter, stateSensor, stateEffecter, compactNumericSensor } = PDR_TYPE;
export const FIRST_OEM_SET = 0x8000;
export const MOST_RATE = 9;
/** Of the conforming device: a sensor without thresholds, and one without a name. */
export const PLAIN_SENSOR = 2;
export const NAMELESS_SENSOR = 4;
export const COMPACT_NAME_LENGTH = 20;
export const COMPACT_UNIT = 21;
export const COMPACT_SUPPORT = 24;
export const COMPACT_LIMITS = 25;
export const COMPACT_NAME = 49;
export const INFINITE = [0x00, 0x00, 0x80, 0x7f];

export const sensorByte = (at: number, value: number) =>
  pdrMutantOf(numericSensor, PLAIN_SENSOR, (record) => {
    record[at] = value;
  });

/** A byte of every numeric sensor is one of those allowed. */
export const sensorField = (
  about: Pick<CheckDeclaration, 'id' | 'title' | 'why' | 'failure' | 'mend'>,
  at: number,
  wrong: number,
  isRight: (value: number, record: Uint8Array) => boolean,
): CheckDeclaration => ({
  ...about,
  clause: 'DSP0248 §28, numeric sensor PDR',
  level: 'conditional',
  condition: 'when there are numeric sensors',
  mutant: () => sensorByte(at, wrong),
  run: async (probe) => {
    for (const record of await recordsOf(probe, numericSensor, 'numeric sensor')) {
      const value = record[at] ?? 0;
      must(isRight(value, record), `${recordName(record)}: the field at byte ${at} is ${codeName(value)}`);
    }
  },
});

/** A real number of every linear numeric sensor or effecter is finite. */
export const finiteField = (
  about: Pick<CheckDeclaration, 'id' | 'title' | 'why' | 'failure' | 'mend'>,
  pdrType: number,
  what: string,
  at: { readonly isLinear: number; readonly value: number },
  isWrong: (value: number) => boolean = () => false,
): CheckDeclaration => ({
  ...about,
  clause: 'DSP0248 §28, reading to units',
  level: 'conditional',
  condition: `when there is a linear ${what}`,
  mutant: () =>
    pdrMutantOf(pdrType, pdrType === numericSensor ? PLAIN_SENSOR : 7, (record) => record.set(INFINITE, at.value)),
  run: async (probe) => {
    for (const record of await recordsOf(probe, pdrType, what)) {
      if (record.length < at.value + 4 || record[at.isLinear] !== 1) continue;
      const value = realAt(record, at.value);
      must(Number.isFinite(value) && !isWrong(value), `${recordName(record)}: the number is ${value}`);
    }
  },
});

export const unique = async (probe: Probe, types: readonly number[], what: string): Promise<void> => {
  const { records } = await repository(probe);
  const seen = new Map<number, Uint8Array>();
  for (const { bytes } of records) {
    if (!types.includes(bytes[5]!)) continue;
    const id = u16At(bytes, NUMERIC_SENSOR.id);
    const other = seen.get(id);
    must(
      other === undefined,
      `${what} ${id} is described by ${recordName(other ?? bytes)} and by ${recordName(bytes)}`,
    );
    seen.set(id, bytes);
  }
  if (seen.size === 0) notApplicable(`the repository describes no ${what}`);
};

export function isUnit(unit: number): boolean {
  return unit === UNIT_OEM || unitName(unit) !== `unit ${unit}`;
}

export function isRising(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value >= values[index - 1]!);
}
