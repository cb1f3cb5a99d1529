/** What NVMe admin commands return, as far as a manager reads it: Identify, SMART, firmware slots, errors. */

import { be, bit, bits, type Fields, le, list, struct, u8 } from '../codec/index.js';
import { gap, paddedText, u48, u64, u128 } from './mi-numbers.js';

export const identifyController = struct('identify controller', {
  pciVendorId: le.u16,
  pciSubsystemVendorId: le.u16,
  serialNumber: paddedText(20),
  modelNumber: paddedText(40),
  firmwareRevision: paddedText(8),
});
export type IdentifyController = Fields<typeof identifyController>;

/** The rest of the 4096 bytes, from byte 72 on, as far as it is named here. */
export const identifyMore = struct('identify controller, from byte 72', {
  recommendedArbitrationBurst: u8,
  ieeeOui: le.u24,
  multipathCapabilities: u8,
  maximumDataTransferSize: u8,
  controllerId: le.u16,
  version: le.u32,
  rtd3ResumeLatency: le.u32,
  rtd3EntryLatency: le.u32,
  optionalAsynchronousEvents: le.u32,
  controllerAttributes: le.u32,
  reserved100: gap(156),
  optionalAdminCommands: le.u16,
  abortCommandLimit: u8,
  asynchronousEventLimit: u8,
  ...bits(u8, { slot1ReadOnly: bit(0), firmwareSlots: bit(3, 1), activationWithoutReset: bit(4) }),
  logPageAttributes: u8,
  errorLogEntries: u8,
  powerStates: u8,
  reserved264: gap(2),
  warningTemperature: le.u16,
  criticalTemperature: le.u16,
  maximumActivationTime: le.u16,
  reserved272: gap(8),
  totalCapacity: u128,
  unallocatedCapacity: u128,
  reserved312: gap(7),
  firmwareUpdateGranularity: u8,
  reserved320: gap(8),
  sanitizeCapabilities: le.u32,
  reserved332: gap(184),
  numberOfNamespaces: le.u32,
});
export const IDENTIFY_HEAD_SIZE = 72;
/** As far as its fields have names. */
export const IDENTIFY_NAMED_SIZE = 520;
export const IDENTIFY_SIZE = 4096;

export const smartLog = struct('SMART log', {
  criticalWarning: u8,
  /** Kelvin. */
  compositeTemperature: le.u16,
  availableSpare: u8,
  availableSpareThreshold: u8,
  percentageUsed: u8,
  enduranceGroupCriticalWarning: u8,
  reserved: gap(25),
  dataUnitsRead: u128,
  dataUnitsWritten: u128,
  hostReadCommands: u128,
  hostWriteCommands: u128,
  controllerBusyTime: u128,
  powerCycles: u128,
  powerOnHours: u128,
  unsafeShutdowns: u128,
  mediaErrors: u128,
  errorLogEntries: u128,
  warningTemperatureTime: le.u32,
  criticalTemperatureTime: le.u32,
  temperatureSensors: list(le.u16, { count: 8 }),
  thermalTransitions: list(le.u32, { count: 2 }),
  thermalTimes: list(le.u32, { count: 2 }),
  reserved232: gap(280),
});
export type SmartLog = Fields<typeof smartLog>;
export const LOG_SIZE = 512;

export const firmwareSlotLog = struct('firmware slot log', {
  ...bits(u8, { activeSlot: bit(2, 0), nextSlot: bit(6, 4) }),
  reserved: gap(7),
  revisions: list(paddedText(8), { count: 7 }),
  reserved64: gap(448),
});

export const errorLogEntry = struct('error log entry', {
  errorCount: u64,
  submissionQueueId: le.u16,
  commandId: le.u16,
  statusField: le.u16,
  parameterErrorLocation: le.u16,
  lba: u64,
  namespaceId: le.u32,
  vendorInformation: u8,
  transportType: u8,
  reserved30: u8,
  opcode: u8,
  commandSpecific: u64,
  reserved40: gap(24),
});
export const ERROR_ENTRY_SIZE = 64;

export const supportedLogPages = struct('supported log pages', {
  pages: list(
    struct('log page', { ...bits(u8, { supported: bit(0), indexOffset: bit(1) }), index: u8, specific: le.u16 }),
    {
      count: 256,
    },
  ),
});

export const securityProtocols = struct('security protocol list', {
  reserved: gap(6),
  length: be.u16,
  protocols: list(u8, { count: (earlier) => earlier.number('length') ?? 0 }),
});

export const sanitizeLog = struct('sanitize log', {
  progress: le.u16,
  ...bits(u8, { sanitizeStatus: bit(2, 0), passesCompleted: bit(7, 3) }),
  ...bits(u8, { globalDataErased: bit(0) }),
  commandDword10: le.u32,
});

/** Completion dword 3: how the admin command ended. */
export const nvmeStatus = struct('NVMe status', {
  commandId: le.u16,
  ...bits(le.u16, {
    phase: bit(0),
    statusCode: bit(8, 1),
    statusCodeType: bit(11, 9),
    retryDelay: bit(13, 12),
    more: bit(14),
    doNotRetry: bit(15),
  }),
});
export type NvmeStatus = Fields<typeof nvmeStatus>;

export const arbitration = struct('arbitration', { burst: u8, lowWeight: u8, mediumWeight: u8, highWeight: u8 });
export const powerManagement = struct('power management', {
  ...bits(u8, { powerState: bit(4, 0), workloadHint: bit(7, 5) }),
});

export const timestamp = struct('timestamp', { milliseconds: u48, attributes: u8, reserved7: gap(1) });
