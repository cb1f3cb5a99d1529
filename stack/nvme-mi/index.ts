/** NVMe-MI over MCTP: messages, requester, responder (NVMe-MI 1.2, asynchronous events of 2.x). */

export * from './admin-commands.js';
export type { AdminDwords, WholeIdentity } from './admin-requester.js';
export { crc32c } from './crc32c.js';
export { EVENT, eventText } from './drive-event-names.js';
export {
  type DriveEvent,
  type DriveEventReport,
  DriveEvents,
  type DriveEventsCounters,
  type DriveEventsOptions,
} from './drive-events.js';
export { DriveManager, type DriveManagerOptions } from './drive-manager.js';
export { type DriveHealth, type DriveIdentity, isWell } from './drive-report.js';
export type { DriveSnapshot } from './drive-snapshot.js';
export { ABORT_RESULT, NvmeMiClient, type NvmeMiClientOptions, type PciePlace, type SlotChoice } from './mi-client.js';
export { type AnyNvmeMiCommand, NMIMT, NvmeMiCommand } from './mi-command.js';
export * from './mi-commands.js';
export type { EventList, EventSettings, OccurrenceList, SmbusFrequency } from './mi-configurator.js';
export { type NvmeMiFields, nvmeMiFields } from './mi-fields.js';
export { micOf, nvmeMiWhole } from './mi-integrity.js';
export { nvmeMiMessage } from './mi-message.js';
export {
  MORE_PROCESSING_TOTAL_MS,
  NVME_MI,
  type NvmeMiHeader,
  nvmeMiCommands,
  nvmeMiMessages,
} from './mi-protocol.js';
export type { HealthFilter } from './mi-requester.js';
export { NvmeMiResponder } from './mi-responder.js';
export { MI_STATUS, MI_STATUS_NAMES } from './mi-status.js';
export {
  pollTemperature,
  WARNING_NAMES,
  WARNING_TEXTS,
  type WarningName,
  warningNames,
  withWords,
} from './mi-words.js';
export { nvmeStatusText, resetDue } from './nvme-status.js';
export * as structures from './nvme-structures.js';
export type { DownloadOptions, FormatSettings, SanitizeAction, SanitizeSettings } from './storage-requester.js';
