/** An NVMe drive which speaks NVMe-MI, as an application of a bench device. */

import { encode } from '../../../stack/codec/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import {
  DATA_STRUCTURE,
  FirmwareCommit,
  FirmwareImageDownload,
  GetLogPage,
  Identify,
  LOG_PAGE,
  MI_STATUS,
  NvmeMiResponder,
  ReadDataStructure,
  SubsystemHealthPoll,
  structures,
} from '../../../stack/nvme-mi/index.js';
import { fail } from '../../../stack/protocol/index.js';
import type { AppContext, DeviceApp } from '../device/device.js';
import { type DriveDescription, DriveState } from './drive-state.js';

const CONTROLLER = 0;
/** Drive functional, reset not required, PCIe link active. */
const HEALTHY = 0x38;
const IDENTIFY_BYTES = 4096;
const SERIAL_NUMBER_LENGTH = 20;
/** Command specific status: invalid firmware slot, invalid firmware image; SCT 1. */
const INVALID_SLOT = 0x06;
const INVALID_IMAGE = 0x07;
const commandSpecific = (code: number): number => ((1 << 9) | (code << 1)) * 0x1_0000;

/** `onState`: told the state of every boot, for tests which heat or wear it. */
export function driveApp(description: DriveDescription, onState?: (state: DriveState) => void): DeviceApp {
  return (context) => {
    const state = new DriveState(description, context.clock);
    onState?.(state);
    context.types.add(MESSAGE_TYPE.nvmeMi, {});
    const responder = new NvmeMiResponder({ transport: context.mctp, clock: context.clock });
    serveStructures(responder);
    serveAdmin(responder, state, context);
    responder.start();
    return () => responder.close();
  };
}

function serveStructures({ handlers }: NvmeMiResponder): void {
  handlers.on(ReadDataStructure, ({ dataStructureType, portId }) => {
    switch (dataStructureType) {
      case DATA_STRUCTURE.subsystem: {
        const fields = { numberOfPorts: 0, majorVersion: 1, minorVersion: 2, statusReportingEnhancements: 0 };
        return structure(encode(structures.subsystemInformation, fields));
      }
      case DATA_STRUCTURE.port:
        return portId === 0 ? structure(encode(structures.portInformation, PORT)) : fail(MI_STATUS.invalidParameter);
      case DATA_STRUCTURE.controllerList:
        return structure(encode(structures.controllerList, { controllers: [CONTROLLER] }));
      case DATA_STRUCTURE.optionalCommands:
        return structure(
          encode(structures.commandList, {
            commands: [FirmwareCommit, FirmwareImageDownload].map(({ nmimt, code }) => ({ nmimt, opcode: code })),
          }),
        );
      default:
        return fail(MI_STATUS.invalidParameter);
    }
  });
}

const PORT = {
  portType: 2,
  autoPauseSupported: 0,
  asynchronousEventsSupported: 0,
  maximumTransmissionUnit: 250,
  managementEndpointBufferSize: 0,
  vpdAddress: 0xa6,
  maximumVpdFrequency: 2,
  managementEndpointAddress: 0x3a,
  maximumFrequency: 2,
  i3cSupported: 0,
  basicManagementSupported: 0,
};

function structure(data: Uint8Array) {
  return { nmresp: data.length, data };
}

function serveAdmin({ handlers }: NvmeMiResponder, state: DriveState, context: AppContext): void {
  handlers.on(SubsystemHealthPoll, () => ({
    data: encode(structures.subsystemHealth, {
      nvmSubsystemStatus: HEALTHY,
      smartWarnings: 0xff ^ state.criticalWarning,
      compositeTemperature: state.temperature & 0xff,
      percentageDriveLifeUsed: Math.min(255, state.used),
      compositeControllerStatus: 0,
    }),
  }));
  handlers.on(Identify, ({ controller, cns, dataOffset, dataLength }) => {
    if (controller !== CONTROLLER || cns !== 1) return fail(MI_STATUS.invalidParameter);
    return windowOf(identifyData(state, context.name), dataOffset, dataLength);
  });
  handlers.on(GetLogPage, ({ controller, logPageId, logPageOffset, dataOffset, dataLength }) => {
    const log = controller === CONTROLLER ? logData(state, logPageId) : undefined;
    if (log === undefined || logPageOffset > BigInt(log.length)) return fail(MI_STATUS.invalidParameter);
    return windowOf(log.subarray(Number(logPageOffset)), dataOffset, dataLength);
  });
  handlers.on(FirmwareImageDownload, ({ downloadOffset, data }) => {
    // Parts come in order; a repeated one is taken again.
    if (4 * downloadOffset > state.downloaded) return { cdw3: commandSpecific(INVALID_IMAGE) };
    state.downloaded = 4 * downloadOffset + data.length;
    return {};
  });
  handlers.on(FirmwareCommit, ({ firmwareSlot, commitAction }) => {
    const slot = firmwareSlot === 0 ? 2 : firmwareSlot;
    if (slot > state.slots.length) return { cdw3: commandSpecific(INVALID_SLOT) };
    if (commitAction < 2) {
      if (state.downloaded === 0) return { cdw3: commandSpecific(INVALID_IMAGE) };
      state.slots[slot - 1] = `dl${state.downloaded}`.slice(0, 8);
      state.downloaded = 0;
    }
    if (commitAction === 1 || commitAction === 2) state.nextSlot = slot;
    if (commitAction === 3) state.activeSlot = slot;
    return {};
  });
}

/** The part which DOFST and DLEN cut out; it ends where the data ends. */
function windowOf(data: Uint8Array, offset: number, length: number) {
  if (offset % 4 !== 0 || length % 4 !== 0 || length > 4096 || offset > data.length) {
    return fail(MI_STATUS.invalidParameter);
  }
  return { data: data.slice(offset, offset + length) };
}

function identifyData(state: DriveState, name: string): Uint8Array {
  const data = new Uint8Array(IDENTIFY_BYTES);
  data.set(
    encode(structures.identifyController, {
      pciVendorId: 0x1ab4,
      pciSubsystemVendorId: 0x1ab4,
      serialNumber: `SN-${name}`.slice(0, SERIAL_NUMBER_LENGTH),
      modelNumber: 'mctpkit NVMe',
      firmwareRevision: state.slots[state.activeSlot - 1]!,
    }),
  );
  return data;
}

function logData(state: DriveState, page: number): Uint8Array | undefined {
  if (page === LOG_PAGE.firmwareSlot) {
    const revisions = Array.from({ length: 7 }, (_, index) => state.slots[index] ?? '');
    return encode(structures.firmwareSlotLog, { activeSlot: state.activeSlot, nextSlot: state.nextSlot, revisions });
  }
  if (page !== LOG_PAGE.smart) return undefined;
  return encode(structures.smartLog, {
    criticalWarning: state.criticalWarning,
    compositeTemperature: state.temperature + 273,
    availableSpare: state.spare,
    availableSpareThreshold: state.spareThreshold,
    percentageUsed: Math.min(255, state.used),
    enduranceGroupCriticalWarning: 0,
    dataUnitsRead: 0n,
    dataUnitsWritten: 0n,
    hostReadCommands: 0n,
    hostWriteCommands: 0n,
    controllerBusyTime: 0n,
    powerCycles: 1n,
    powerOnHours: state.powerOnHours,
    unsafeShutdowns: 0n,
    mediaErrors: 0n,
    errorLogEntries: 0n,
    warningTemperatureTime: 0,
    criticalTemperatureTime: 0,
    temperatureSensors: [state.temperature + 273, 0, 0, 0, 0, 0, 0, 0],
    thermalTransitions: [0, 0],
    thermalTimes: [0, 0],
  });
}
