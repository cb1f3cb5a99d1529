/** How endpoints and sensors are called and sorted, in every view alike. */

import type { WebEndpoint, WebLink, WebSensor, WebSeverity } from '../web-documents.js';
import { numberText, wordsText } from './page-format.js';
import type { PageStore } from './page-store.js';

/** Its name, and what it says, or said, it is; '' while neither is known. */
export function thingOf({ tables }: PageStore, key: string): string {
  const { name = '', thing = '' } = tables.endpoints.get(key) ?? {};
  return name === '' || thing === '' ? `${name}${thing}` : `${name}, ${thing}`;
}

/** "0x1d", "behind EID 10", "" on a point-to-point link. */
export function placeText({ physicalAddress, bridge }: WebEndpoint): string {
  if (bridge !== null) return `behind EID ${bridge}`;
  return physicalAddress === null || physicalAddress === '' ? '' : `0x${physicalAddress}`;
}

/** "45.4 °C"; a state has none. */
export function valueText({ value, unit, kind, error }: WebSensor): string {
  if (kind === 'state') return '';
  if (error !== null) return 'no reading';
  return value === null ? '-' : `${numberText(value)} ${unit}`.trimEnd();
}

export function stateText(sensor: WebSensor): string {
  if (sensor.error !== null) return sensor.error;
  return sensor.kind === 'state' ? sensor.state : wordsText(sensor.state);
}

/** Why a link is down, beside its name. */
export function downText({ name, downReason }: WebLink): string {
  return downReason?.replace(`link ${name} is down: `, '') ?? 'no reason given';
}

const WEIGHT: Readonly<Record<WebSeverity, number>> = { critical: 3, warning: 2, unknown: 1, ok: 0 };

/** The worst of a device, by `NETWORK:EID`, with how many sensors it has and how many are not well. */
export interface SensorHealth {
  sensors: number;
  bad: number;
  worst: WebSeverity;
}

export function healthByDevice({ tables }: PageStore): Map<string, SensorHealth> {
  const health = new Map<string, SensorHealth>();
  for (const { network, eid, severity } of tables.sensors.values()) {
    const key = `${network}:${eid}`;
    let one = health.get(key);
    if (one === undefined) health.set(key, (one = { sensors: 0, bad: 0, worst: 'ok' }));
    one.sensors++;
    if (severity !== 'ok') one.bad++;
    if (WEIGHT[severity] > WEIGHT[one.worst]) one.worst = severity;
  }
  return health;
}

export function byAddress(a: Pick<WebEndpoint, 'network' | 'eid'>, b: Pick<WebEndpoint, 'network' | 'eid'>): number {
  return a.network - b.network || a.eid - b.eid;
}
