/** Asynchronous events of NVMe-MI 2.x: their numbers, and what they are called. */

import { hexNumber } from '../util/text.js';

export const EVENT = {
  ready: 0x00,
  fatalStatus: 0x01,
  shutdown: 0x02,
  enabled: 0x03,
  namespaces: 0x04,
  firmwareActivated: 0x05,
  temperature: 0x06,
  lifeUsed: 0x07,
  spare: 0x08,
  warnings: 0x09,
  telemetry: 0x0a,
  pcieLink: 0x0b,
  sanitizeFailureMode: 0x0c,
  namespaceSanitizeFailure: 0x0d,
  powerThreshold: 0x0e,
} as const;

const FIRST_VENDOR = 0xc0;
const TEXTS: ReadonlyMap<number, string> = new Map([
  [EVENT.ready, 'ready'],
  [EVENT.fatalStatus, 'fatal status'],
  [EVENT.shutdown, 'shutdown'],
  [EVENT.enabled, 'enabled'],
  [EVENT.namespaces, 'namespaces'],
  [EVENT.firmwareActivated, 'firmware activated'],
  [EVENT.temperature, 'temperature'],
  [EVENT.lifeUsed, 'life used'],
  [EVENT.spare, 'spare'],
  [EVENT.warnings, 'warnings'],
  [EVENT.telemetry, 'telemetry'],
  [EVENT.pcieLink, 'PCIe link'],
  [EVENT.sanitizeFailureMode, 'sanitize failure mode'],
  [EVENT.namespaceSanitizeFailure, 'sanitize of a namespace failed'],
  [EVENT.powerThreshold, 'power threshold'],
]);

/** "temperature"; "event 0x2a", "vendor event 0xc1" for those without a name. */
export function eventText(id: number): string {
  const hex = hexNumber(id);
  return TEXTS.get(id) ?? (id >= FIRST_VENDOR ? `vendor event ${hex}` : `event ${hex}`);
}
