/** Log pages in words. Pure. */

import type { Json } from '../../stack/codec/index.js';
import type { structures } from '../../stack/nvme-mi/index.js';
import { printable } from '../command-error.js';
import { tableLines } from '../format/columns.js';
import { capacityText, spaced } from './drive-words.js';

const KELVIN = 273;
/** 1 counts 1000 sectors of 512 bytes. */
const DATA_UNIT = 512_000n;

/** Of the SMART log, what a person reads; percent and temperature stand elsewhere. */
export function smartLines(smart: structures.SmartLog): string[] {
  const sensors = smart.temperatureSensors.filter((kelvin) => kelvin > 0).map((kelvin) => `${kelvin - KELVIN} °C`);
  const rows = [
    ['spare', `${smart.availableSpare} %, warning below ${smart.availableSpareThreshold} %`],
    ['written', capacityText(smart.dataUnitsWritten * DATA_UNIT)],
    ['read', capacityText(smart.dataUnitsRead * DATA_UNIT)],
    ['power-on', `${smart.powerOnHours} h, power cycles: ${smart.powerCycles}`],
    ['unsafe shutdowns', String(smart.unsafeShutdowns)],
    ['media errors', String(smart.mediaErrors)],
    ['error log entries', String(smart.errorLogEntries)],
    ['too warm', `${smart.warningTemperatureTime} min, critical ${smart.criticalTemperatureTime} min`],
    ...(sensors.length > 0 ? [['sensors', sensors.join(', ')]] : []),
  ];
  return tableLines(rows).map((line) => `  ${line}`);
}

/** Any structure as its JSON: a name and a value per line. */
export function fieldLines(fields: Readonly<Record<string, Json>>): string[] {
  const rows = Object.entries(fields).flatMap(([name, value]) => {
    if (value === null || value === undefined) return [];
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return [[spaced(name), printable(text)]];
  });
  return tableLines(rows).map((line) => `  ${line}`);
}
