/** A drive as something with sensors: temperature, wear, spare, and whether it is well. */

import type { SensorSnapshot, Severity } from '../watch/index.js';
import type { DriveReading } from './drive-reader.js';
import { isWell } from './drive-report.js';
import { WARNING_TEXTS } from './mi-words.js';

const WORN_PERCENT = 100;
const ENTITY = 'solid state drive';

/** At ms since 1970. */
export function driveSensors(
  { health, identity, spare }: DriveReading,
  at: number,
  intervalMs: number,
): SensorSnapshot[] {
  const { warningTemperature, criticalTemperature } = identity;
  const numeric = (
    key: string,
    name: string,
    unit: string,
    value: number | null,
    limits: Readonly<Record<string, number>>,
  ): SensorSnapshot => ({
    key,
    kind: 'numeric',
    name,
    entity: ENTITY,
    unit,
    value,
    ...numericState(value, limits),
    limits,
    operationalState: value === null ? 'unavailable' : 'enabled',
    readAt: at,
    intervalMs,
    min: null,
    max: unit === '%' ? 100 : null,
    states: {},
    error: null,
  });
  const warm = {
    ...(warningTemperature === null ? {} : { upperWarning: warningTemperature }),
    ...(criticalTemperature === null ? {} : { upperCritical: criticalTemperature }),
  };
  const well = isWell(health);
  const words = health.warnings.map((name) => WARNING_TEXTS[name]).join(', ');
  return [
    numeric('temperature', 'Composite temperature', '°C', health.temperature, warm),
    numeric('used', 'Life used', '%', health.used, { upperWarning: WORN_PERCENT }),
    numeric('spare', 'Available spare', '%', spare.percent, { lowerWarning: spare.threshold }),
    {
      key: 'health',
      kind: 'state',
      name: 'Drive health',
      entity: ENTITY,
      unit: '',
      value: well ? 1 : health.functional ? 2 : 3,
      state: well ? 'Normal' : health.functional ? `Warning: ${words}` : 'Failed',
      severity: well ? 'ok' : health.functional ? 'warning' : 'critical',
      operationalState: 'enabled',
      readAt: at,
      intervalMs,
      limits: {},
      min: null,
      max: null,
      error: null,
      states: { 1: 'Normal', 2: 'Warning', 3: 'Failed' },
    },
  ];
}

/** State and severity of a value within its limits. */
function numericState(
  value: number | null,
  { upperWarning, upperCritical, lowerWarning }: Readonly<Record<string, number | undefined>>,
): { readonly state: string; readonly severity: Severity } {
  if (value === null) return { state: 'unknown', severity: 'unknown' };
  if (upperCritical !== undefined && value >= upperCritical) return { state: 'upperCritical', severity: 'critical' };
  if (upperWarning !== undefined && value >= upperWarning) return { state: 'upperWarning', severity: 'warning' };
  if (lowerWarning !== undefined && value < lowerWarning) return { state: 'lowerWarning', severity: 'warning' };
  return { state: 'normal', severity: 'ok' };
}
