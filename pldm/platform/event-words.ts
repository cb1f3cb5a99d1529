/** Platform events in words, with the names that the PDRs give. Pure. */

import { toHex } from '../../stack/codec/index.js';
import { EVENT_CLASS } from './event-commands.js';
import {
  eventClassName,
  isEventOf,
  PDR_CHANGE_OPERATION,
  type PlatformEvent,
  SENSOR_EVENT_CLASS,
} from './event-data.js';
import type { PdrView } from './pdr-view.js';
import { numericState, sensorOperationalState } from './platform-enums.js';
import { toUnits } from './scale.js';
import { stateText } from './state-part.js';

export interface EventWords {
  /** The sensor's name, or what else it is about. */
  readonly subject: string;
  readonly what: string;
  readonly isGood: boolean;
}

export function eventWords(event: PlatformEvent, view: PdrView): EventWords {
  if (isEventOf(event, EVENT_CLASS.sensorEvent)) return sensorWords(event, view);
  if (isEventOf(event, EVENT_CLASS.pldmPDRRepositoryChgEvent)) {
    const changes = event.changeRecords.map(({ eventDataOperation, changeEntry }) => {
      const name = Object.entries(PDR_CHANGE_OPERATION).find(([, number]) => number === eventDataOperation)?.[0];
      return `${name ?? `operation ${eventDataOperation}`} ${changeEntry.join(', ')}`.trim();
    });
    return { subject: 'PDR repository', what: changes.join('; ') || 'changed', isGood: true };
  }
  return { subject: eventClassName(event.eventClass), what: restText(event), isGood: true };
}

type SensorEvent = Extract<PlatformEvent, { readonly eventClass: typeof EVENT_CLASS.sensorEvent }>;

function sensorWords(event: SensorEvent, view: PdrView): EventWords {
  const fields = event as Partial<Record<string, number | bigint>> & { readonly sensorId: number };
  const numeric = view.numericSensors.find(({ sensorId }) => sensorId === fields.sensorId);
  const state = view.stateSensors.find(({ sensorId }) => sensorId === fields.sensorId);
  const subject = numeric?.name ?? state?.name ?? `sensor ${fields.sensorId}`;
  const number = (name: string): number => Number(fields[name] ?? 0);
  const nameIn = (names: { nameOf(value: number): string | undefined }, value: number): string =>
    names.nameOf(value) ?? String(value);
  switch (Number(fields.sensorEventClass)) {
    case SENSOR_EVENT_CLASS.sensorOpState: {
      const now = nameIn(sensorOperationalState, number('presentOpState'));
      const before = nameIn(sensorOperationalState, number('previousOpState'));
      return { subject, what: `${before} -> ${now}`, isGood: now === 'enabled' };
    }
    case SENSOR_EVENT_CLASS.stateSensorState: {
      const part = state?.sensors[number('sensorOffset')];
      const change = `${stateText(part, number('previousEventState'))} -> ${stateText(part, number('eventState'))}`;
      return { subject: part?.name ?? subject, what: change, isGood: true };
    }
    default: {
      const now = nameIn(numericState, number('eventState'));
      const before = nameIn(numericState, number('previousEventState'));
      const raw = fields.presentReading;
      const value = numeric === undefined || raw === undefined ? undefined : toUnits(numeric.scale, raw);
      const reading = value === undefined ? '' : ` at ${value} ${numeric!.scale.unit}`.trimEnd();
      return { subject, what: `${before} -> ${now}${reading}`, isGood: now === 'normal' };
    }
  }
}

function restText(event: PlatformEvent): string {
  return Object.entries(event)
    .filter(([name]) => name !== 'eventClass')
    .map(([name, value]) => `${name} ${valueText(value)}`)
    .join(', ');
}

function valueText(value: unknown): string {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join('; ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, field]) => `${name} ${valueText(field)}`)
    .join(', ');
}
