/** Raw numbers to physical values and back (DSP0248 §27.7). */

import type { CompactNumericSensorPdr, NumericEffecterPdr, NumericSensorPdr } from './pdr/pdr-codec.js';
import type { OemNames } from './pdr-names.js';
import { DATA_SIZE } from './platform-enums.js';
import { unitText } from './units.js';

const MULTIPLIED_BY = 1;

/** Between raw numbers and the unit. */
export interface Scale {
  readonly resolution: number;
  readonly offset: number;
  /** Power of ten. */
  readonly unitModifier: number;
  /** False: the formula does not hold, raw numbers are all there is. */
  readonly linear: boolean;
  /** "°C", "V/h"; empty for plain numbers. */
  readonly unit: string;
}

/** The scale of a PDR. A resolution or offset that is not a number counts as 1 and 0. */
export function scaleOf(
  pdr: NumericSensorPdr | NumericEffecterPdr | CompactNumericSensorPdr,
  names: Pick<OemNames, 'unitText'> = { unitText },
): Scale {
  if (!('resolution' in pdr)) {
    const { baseUnit, occurrenceRate, unitModifier } = pdr;
    return {
      resolution: 1,
      offset: 0,
      unitModifier,
      linear: true,
      unit: names.unitText({ baseUnit, rateUnit: occurrenceRate }),
    };
  }
  return {
    resolution: Number.isFinite(pdr.resolution) ? decimalOf(pdr.resolution) : 1,
    offset: Number.isFinite(pdr.offset) ? decimalOf(pdr.offset) : 0,
    unitModifier: pdr.unitModifier + auxModifier(pdr),
    linear: pdr.isLinear,
    unit: names.unitText(pdr),
  };
}

/** The power of ten of the auxiliary unit, as the value has it: volts per 1000 hours are so much less per hour. */
function auxModifier(pdr: NumericSensorPdr | NumericEffecterPdr): number {
  if (pdr.auxUnit === 0) return 0;
  return 'rel' in pdr && pdr.rel === MULTIPLIED_BY ? pdr.auxUnitModifier : -pdr.auxUnitModifier;
}

/** `(raw * resolution + offset) * 10^unitModifier`, in decimal digits; raw where that does not hold. */
export function toUnits(scale: Scale, raw: number | bigint): number {
  if (!scale.linear) return Number(raw);
  return tidy((Number(raw) * scale.resolution + scale.offset) * 10 ** scale.unitModifier);
}

/** A difference (hysteresis): without the offset. */
export function differenceToUnits(scale: Scale, raw: number | bigint): number {
  return scale.linear ? tidy(Number(raw) * scale.resolution * 10 ** scale.unitModifier) : Number(raw);
}

/** A range field of a PDR, which is no raw number: it is in the unit, but for the power of ten. */
export function rangeToUnits(scale: Scale, field: number): number {
  return scale.linear ? tidy(field * 10 ** scale.unitModifier) : field;
}

export function rangeFromUnits(scale: Scale, value: number): number {
  return scale.linear ? tidy(value / 10 ** scale.unitModifier) : value;
}

/** The nearest raw number of the data size; out of its range is its nearest end. */
export function fromUnits(scale: Scale, value: number, dataSize: number): number | bigint {
  const raw = scale.linear ? (value / 10 ** scale.unitModifier - scale.offset) / scale.resolution : value;
  return clampRaw(raw, dataSize);
}

export function differenceFromUnits(scale: Scale, value: number, dataSize: number): number | bigint {
  const raw = scale.linear ? value / 10 ** scale.unitModifier / scale.resolution : value;
  return clampRaw(raw, dataSize);
}

/** What the device meant by a real32: 0.1 for 0.10000000149, the shortest number that is the same real32. */
export function decimalOf(real32: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(real32.toPrecision(digits));
    if (Math.fround(short) === Math.fround(real32)) return short;
  }
  return Number(real32.toPrecision(9));
}

/** Without the dust of binary arithmetic. */
function tidy(value: number): number {
  return Number.isFinite(value) ? Number(value.toPrecision(14)) : value;
}

const BITS: readonly number[] = [8, 8, 16, 16, 32, 32, 64, 64];

/** The nearest whole number of a data size. */
export function clampRaw(raw: number, dataSize: number): number | bigint {
  const bits = BITS[dataSize] ?? 32;
  const signed = dataSize % 2 === 1;
  const max = 2 ** (signed ? bits - 1 : bits);
  const min = signed ? -max : 0;
  const rounded = Math.min(Math.max(Math.round(Number.isNaN(raw) ? 0 : raw), min), max - 1);
  // A little below zero rounds to -0, which is not a raw number.
  if (dataSize < DATA_SIZE.u64) return rounded + 0;
  const limit = 1n << BigInt(signed ? 63 : 64);
  const wide = BigInt(rounded);
  return wide >= limit ? limit - 1n : wide;
}
