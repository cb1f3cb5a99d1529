/** Thresholds of a numeric sensor, and the state they put a value in. */

import { NUMERIC_STATE, type SUPPORTED_THRESHOLDS } from './platform-enums.js';
import { THRESHOLD_FIELDS } from './sensor-commands.js';

/** In the sensor's unit; undefined: not supported. */
export type Thresholds = { readonly [K in keyof typeof SUPPORTED_THRESHOLDS]?: number };
export type ThresholdName = keyof typeof SUPPORTED_THRESHOLDS;

export const THRESHOLD_NAMES = Object.keys(THRESHOLD_FIELDS) as readonly ThresholdName[];

/** The numeric state that a value is in, by thresholds: the worst one passed. */
export function stateOf(value: number, thresholds: Thresholds): number {
  const above = (name: ThresholdName) => thresholds[name] !== undefined && value >= thresholds[name];
  const below = (name: ThresholdName) => thresholds[name] !== undefined && value <= thresholds[name];
  if (above('upperFatal')) return NUMERIC_STATE.upperFatal;
  if (below('lowerFatal')) return NUMERIC_STATE.lowerFatal;
  if (above('upperCritical')) return NUMERIC_STATE.upperCritical;
  if (below('lowerCritical')) return NUMERIC_STATE.lowerCritical;
  if (above('upperWarning')) return NUMERIC_STATE.upperWarning;
  if (below('lowerWarning')) return NUMERIC_STATE.lowerWarning;
  return NUMERIC_STATE.normal;
}
