/** The log pages and the Identify data of a drive. */

import { encode } from '../../../stack/codec/index.js';
import { LOG_PAGE, structures } from '../../../stack/nvme-mi/index.js';
import { CRITICAL_TEMPERATURE, type DriveState, WARNING_TEMPERATURE } from './drive-state.js';
import { PCI_VENDOR } from './drive-structures.js';

const KELVIN = 273;
const SLOTS = 7;
const ERROR_ENTRIES = 64;
const PAGES = [LOG_PAGE.supported, LOG_PAGE.error, LOG_PAGE.smart, LOG_PAGE.firmwareSlot, LOG_PAGE.sanitize];
const NEVER = 0xffff_ffff;
const SANITIZE_LOG_BYTES = 512;

export function identifyData(state: DriveState, controller: number, serialNumber: string): Uint8Array {
  const { model, capacity, slots, firstSlotReadOnly, without } = state.description;
  const has = (word: (typeof without)[number], bit: number): number => (without.includes(word) ? 0 : bit);
  const data = new Uint8Array(structures.IDENTIFY_SIZE);
  data.set(
    encode(structures.identifyController, {
      pciVendorId: PCI_VENDOR,
      pciSubsystemVendorId: PCI_VENDOR,
      serialNumber,
      modelNumber: model,
      firmwareRevision: state.flash.revision,
    }),
  );
  data.set(
    encode(structures.identifyMore, {
      recommendedArbitrationBurst: 0,
      ieeeOui: 0x00_1b21,
      multipathCapabilities: 0,
      maximumDataTransferSize: 5,
      controllerId: controller,
      version: 0x0002_0000,
      rtd3ResumeLatency: 0,
      rtd3EntryLatency: 0,
      optionalAsynchronousEvents: 0,
      controllerAttributes: 0,
      optionalAdminCommands: has('security', 1) | has('format', 2) | has('firmware', 4) | 0x40,
      abortCommandLimit: 3,
      asynchronousEventLimit: 3,
      slot1ReadOnly: firstSlotReadOnly ? 1 : 0,
      firmwareSlots: slots,
      activationWithoutReset: 1,
      logPageAttributes: 4,
      errorLogEntries: ERROR_ENTRIES - 1,
      powerStates: 0,
      warningTemperature: WARNING_TEMPERATURE + KELVIN,
      criticalTemperature: CRITICAL_TEMPERATURE + KELVIN,
      maximumActivationTime: 50,
      totalCapacity: BigInt(capacity) * 1_000_000_000n,
      unallocatedCapacity: 0n,
      firmwareUpdateGranularity: 1,
      sanitizeCapabilities: has('sanitize', 7),
      numberOfNamespaces: 32,
    }),
    structures.IDENTIFY_HEAD_SIZE,
  );
  return data;
}

/** Undefined: there is no such page. */
export function logData(state: DriveState, page: number): Uint8Array | undefined {
  switch (page) {
    case LOG_PAGE.supported: {
      const supported = (id: number): number => (PAGES.some((known) => known === id) ? 1 : 0);
      const pages = Array.from({ length: 256 }, (_, id) => ({
        supported: supported(id),
        indexOffset: 0,
        index: 0,
        specific: 0,
      }));
      return encode(structures.supportedLogPages, { pages });
    }
    case LOG_PAGE.error:
      return new Uint8Array(ERROR_ENTRIES * structures.ERROR_ENTRY_SIZE);
    case LOG_PAGE.smart:
      return smartData(state);
    case LOG_PAGE.firmwareSlot: {
      const { slots, activeSlot, nextSlot } = state.flash;
      const revisions = Array.from({ length: SLOTS }, (_, index) => slots[index] ?? '');
      return encode(structures.firmwareSlotLog, { activeSlot, nextSlot, revisions });
    }
    case LOG_PAGE.sanitize:
      return state.description.without.includes('sanitize') ? undefined : sanitizeData(state);
    default:
      return undefined;
  }
}

function smartData(state: DriveState): Uint8Array {
  const { temperature, used, spare } = state.condition;
  const { dataUnitsWritten, powerOnHours } = state;
  return encode(structures.smartLog, {
    criticalWarning: state.criticalWarning,
    compositeTemperature: temperature + KELVIN,
    availableSpare: spare,
    availableSpareThreshold: 10,
    percentageUsed: Math.min(255, used),
    enduranceGroupCriticalWarning: 0,
    dataUnitsRead: 2n * dataUnitsWritten,
    dataUnitsWritten,
    hostReadCommands: 32n * dataUnitsWritten,
    hostWriteCommands: 16n * dataUnitsWritten,
    controllerBusyTime: powerOnHours / 4n,
    powerCycles: BigInt(state.flash.powerCycles),
    powerOnHours,
    unsafeShutdowns: 0n,
    mediaErrors: 0n,
    errorLogEntries: 0n,
    warningTemperatureTime: 0,
    criticalTemperatureTime: 0,
    temperatureSensors: [temperature + KELVIN, 0, 0, 0, 0, 0, 0, 0],
    thermalTransitions: [0, 0],
    thermalTimes: [0, 0],
  });
}

function sanitizeData(state: DriveState): Uint8Array {
  const { erasing } = state;
  const log = new Uint8Array(SANITIZE_LOG_BYTES).fill(0);
  const left = erasing === undefined ? 0 : erasing.endsAt - state.clock.now();
  const done =
    erasing === undefined ? 0xffff : Math.floor(0x1_0000 * Math.max(0, 1 - left / state.description.eraseMs));
  const status = erasing !== undefined ? 2 : state.flash.sanitized === undefined ? 0 : 1;
  log.set(
    encode(structures.sanitizeLog, {
      progress: Math.min(0xffff, done),
      sanitizeStatus: status,
      passesCompleted: 0,
      globalDataErased: status === 1 ? 1 : 0,
      commandDword10: erasing?.dword10 ?? state.flash.sanitized ?? 0,
    }),
  );
  const seconds = Math.ceil(state.description.eraseMs / 1000);
  const view = new DataView(log.buffer);
  for (let at = 8; at < 32; at += 4) view.setUint32(at, at < 20 ? seconds : NEVER, true);
  return log;
}
