/** Temperature and wear of drives over time, as a picture. Pure. */

import { timeSvg } from '../format/time-svg.js';
import type { HealthSample } from './health-history.js';

export interface PlottedDrive {
  readonly name: string;
  readonly samples: readonly HealthSample[];
  /** Celsius; a line where it warns. */
  readonly warningTemperature: number | null;
}

/** `originMs`: when the clock showed 0, in ms since 1970. */
export function healthSvg(drives: readonly PlottedDrive[], originMs: number): string {
  const warnings = drives.flatMap(({ warningTemperature }) => warningTemperature ?? []);
  const curves = (measure: (sample: HealthSample) => number | undefined) =>
    drives.map(({ samples }) => samples.map((sample) => [sample.at, measure(sample)] as const));
  return timeSvg({
    title: `Health of ${drives.length === 1 ? drives[0]!.name : `${drives.length} drives`}`,
    names: drives.map(({ name }) => name),
    panels: [
      {
        title: 'Composite temperature',
        unit: '°C',
        leastStep: 10,
        curves: curves(({ temperature }) => temperature),
        limit: warnings.length === 0 ? undefined : Math.min(...warnings),
      },
      { title: 'Life used', unit: '%', leastStep: 2, curves: curves(({ used }) => used) },
    ],
    originMs,
  });
}
