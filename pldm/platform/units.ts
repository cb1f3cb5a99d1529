/** Units of numeric sensors and effecters (DSP0248 table 83), and the text of a combination of them. */

import { enumOf, u8 } from '../../stack/codec/index.js';

/** Name, and a symbol where one is usual. */
const UNITS: Readonly<Record<number, readonly [name: string, symbol?: string]>> = {
  0: ['None'],
  1: ['Unspecified'],
  2: ['Degrees C', '°C'],
  3: ['Degrees F', '°F'],
  4: ['Kelvins', 'K'],
  5: ['Volts', 'V'],
  6: ['Amps', 'A'],
  7: ['Watts', 'W'],
  8: ['Joules', 'J'],
  9: ['Coulombs', 'C'],
  10: ['VA', 'VA'],
  11: ['Nits'],
  12: ['Lumens', 'lm'],
  13: ['Lux', 'lx'],
  14: ['Candelas', 'cd'],
  15: ['kPa', 'kPa'],
  16: ['PSI', 'psi'],
  17: ['Newtons', 'N'],
  18: ['CFM', 'CFM'],
  19: ['RPM', 'RPM'],
  20: ['Hertz', 'Hz'],
  21: ['Seconds', 's'],
  22: ['Minutes', 'min'],
  23: ['Hours', 'h'],
  24: ['Days', 'd'],
  25: ['Weeks'],
  26: ['Mils'],
  27: ['Inches'],
  28: ['Feet'],
  29: ['Cubic inches'],
  30: ['Cubic feet'],
  31: ['Meters', 'm'],
  32: ['Cubic centimeters'],
  33: ['Cubic meters'],
  34: ['Liters'],
  35: ['Fluid ounces'],
  36: ['Radians', 'rad'],
  37: ['Steradians'],
  38: ['Revolutions'],
  39: ['Cycles'],
  40: ['Gravities'],
  41: ['Ounces'],
  42: ['Pounds'],
  43: ['Foot-pounds'],
  44: ['Ounce-inches'],
  45: ['Gauss'],
  46: ['Gilberts'],
  47: ['Henries', 'H'],
  48: ['Farads', 'F'],
  49: ['Ohms', 'Ω'],
  50: ['Siemens', 'S'],
  51: ['Moles', 'mol'],
  52: ['Becquerels', 'Bq'],
  53: ['PPM', 'ppm'],
  54: ['Decibels', 'dB'],
  55: ['dBA', 'dBA'],
  56: ['dBC', 'dBC'],
  57: ['Grays', 'Gy'],
  58: ['Sieverts', 'Sv'],
  59: ['Color temperature K', 'K'],
  60: ['Bits', 'bit'],
  61: ['Bytes', 'B'],
  62: ['Words'],
  63: ['DoubleWords'],
  64: ['QuadWords'],
  65: ['Percentage', '%'],
  66: ['Pascals', 'Pa'],
  67: ['Counts'],
  68: ['Grams', 'g'],
  69: ['Newton-meters', 'N·m'],
  70: ['Hits'],
  71: ['Misses'],
  72: ['Retries'],
  73: ['Overruns'],
  74: ['Underruns'],
  75: ['Collisions'],
  76: ['Packets'],
  77: ['Messages'],
  78: ['Characters'],
  79: ['Errors'],
  80: ['Corrected errors'],
  81: ['Uncorrectable errors'],
  82: ['Square mils'],
  83: ['Square inches'],
  84: ['Square feet'],
  85: ['Square centimeters'],
  86: ['Square meters'],
  255: ['OEM unit'],
};

/** The vendor's own: an OEM Unit PDR names it. */
export const UNIT_OEM = 255;

const RATES: readonly string[] = ['', 'µs', 'ms', 's', 'min', 'h', 'day', 'week', 'month', 'year'];

/** baseUnit, auxUnit; shown by name. */
export const unit = enumOf(
  u8,
  Object.fromEntries(Object.entries(UNITS).map(([number, [name]]) => [name, Number(number)])),
);

/** "Degrees C" for 2. */
export function unitName(number: number): string {
  return UNITS[number]?.[0] ?? `unit ${number}`;
}

/** The number of a unit by its name or symbol ("RPM", "°C", "Degrees C"), in any case. */
export function unitNumber(name: string): number | undefined {
  const wanted = name.toLowerCase();
  const found = Object.entries(UNITS).find(([, names]) => names.some((known) => known?.toLowerCase() === wanted));
  return found === undefined ? undefined : Number(found[0]);
}

/** The fields of a PDR that make up a unit. */
export interface UnitFields {
  readonly baseUnit: number;
  readonly rateUnit?: number;
  readonly auxUnit?: number;
  readonly auxRateUnit?: number;
  /** 0 divided by, 1 multiplied by. */
  readonly rel?: number;
}

/** Names for units that DSP0248 leaves to the vendor. */
export interface OwnUnitNames {
  readonly base?: string | undefined;
  readonly aux?: string | undefined;
}

/** "°C", "W", "V/h", "N·m", "Packets/s"; empty for a number without a unit. The power of ten is not part of it. */
export function unitText(
  { baseUnit, rateUnit = 0, auxUnit = 0, auxRateUnit = 0, rel = 0 }: UnitFields,
  own: OwnUnitNames = {},
): string {
  const base = withRate(baseUnit, rateUnit, own.base);
  return auxUnit === 0 ? base : `${base}${rel === 1 ? '·' : '/'}${withRate(auxUnit, auxRateUnit, own.aux)}`;
}

/** "per s" for rateUnit 3, "none" for 0. */
export function rateName(rate: number): string {
  return rate === 0 ? 'none' : RATES[rate] === undefined ? `rate ${rate}` : `per ${RATES[rate]}`;
}

function withRate(number: number, rate: number, own: string | undefined): string {
  const [name, symbol] = UNITS[number] ?? [unitName(number)];
  const text = own ?? symbol ?? (number <= 1 ? '' : name);
  return rate === 0 ? text : `${text}/${RATES[rate] ?? `rate ${rate}`}`;
}
