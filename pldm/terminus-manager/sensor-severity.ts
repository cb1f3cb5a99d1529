/** How bad a state of a sensor is (DSP0248 §18, DSP0249). */

import type { Severity } from '../../stack/watch/index.js';

/** Of state sets which tell what is good: for each state above 0 its severity. */
const SETS: Readonly<Record<number, readonly Severity[]>> = {
  // Health State
  1: ['ok', 'warning', 'critical', 'critical', 'warning', 'warning', 'critical', 'critical', 'critical', 'critical'],
  // Predictive Condition
  3: ['ok', 'warning'],
  // Redundancy Status
  4: ['ok', 'warning'],
  // Operational Status
  8: ['ok', 'critical', 'critical'],
  // Operational Stress Status
  9: ['ok', 'warning'],
  // Operational Fault Status
  10: ['ok', 'critical', 'critical'],
  // Performance
  14: ['ok', 'warning'],
  // Configuration State
  15: ['ok', 'critical', 'warning', 'critical'],
  // Device Initialization
  20: ['ok', 'ok', 'critical', 'critical'],
  // Thermal Trip
  21: ['ok', 'critical'],
};

/** Of a numeric sensor, by the name of its state. */
export function numericSeverity(presentState: string): Severity {
  if (presentState === 'normal') return 'ok';
  if (/warning$/i.test(presentState)) return 'warning';
  return /(critical|fatal)$/i.test(presentState) ? 'critical' : 'unknown';
}

/** 'unknown' where the set does not tell what is good. */
export function stateSeverity(stateSetId: number, state: number): Severity {
  return state === 0 ? 'unknown' : (SETS[stateSetId]?.[state - 1] ?? 'unknown');
}

/** Of a sensor which is not enabled, by the name of its operational state. */
export function operationalSeverity(operationalState: string): Severity | undefined {
  if (operationalState === 'enabled') return undefined;
  return operationalState === 'failed' ? 'critical' : 'unknown';
}
