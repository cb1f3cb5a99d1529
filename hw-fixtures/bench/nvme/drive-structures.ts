/** What a drive says of itself: data structures, ports, controllers, optional commands. */

import { encode } from '../../../stack/codec/index.js';
import {
  type AnyNvmeMiCommand,
  ControllerHealthPoll,
  DATA_STRUCTURE,
  FirmwareCommit,
  FirmwareImageDownload,
  FormatNvm,
  MI_STATUS,
  MiReset,
  type NvmeMiResponder,
  PcieConfigurationRead,
  ReadDataStructure,
  Sanitize,
  SecurityReceive,
  SecuritySend,
  SetFeatures,
  Shutdown,
  structures,
  WriteVpd,
} from '../../../stack/nvme-mi/index.js';
import { fail } from '../../../stack/protocol/index.js';
import type { DriveDescription, OptionalCommand } from './drive-description.js';

export const PCI_VENDOR = 0x1ab4;
export const PCI_DEVICE = 0x3840;

/** Which commands a word of `without` stands for. */
const COMMANDS_OF: Readonly<Record<OptionalCommand, readonly AnyNvmeMiCommand[]>> = {
  controllerHealth: [ControllerHealthPoll],
  vpdWrite: [WriteVpd],
  reset: [MiReset],
  shutdown: [Shutdown],
  setFeatures: [SetFeatures],
  firmware: [FirmwareCommit, FirmwareImageDownload],
  format: [FormatNvm],
  sanitize: [Sanitize],
  security: [SecuritySend, SecurityReceive],
  pcie: [PcieConfigurationRead],
};

export const PORT = {
  portType: structures.PORT_TYPE.twoWire,
  autoPauseSupported: 0,
  maximumTransmissionUnit: 250,
  managementEndpointBufferSize: 0,
  vpdAddress: 0xa6,
  maximumVpdFrequency: 2,
  managementEndpointAddress: 0x3a,
  maximumFrequency: 3,
  i3cSupported: 0,
  basicManagementSupported: 0,
} as const;

export function serveStructures({ handlers }: NvmeMiResponder, description: DriveDescription): void {
  const { controllers, without, events } = description;
  const version = events ? { majorVersion: 2, minorVersion: 0 } : { majorVersion: 1, minorVersion: 2 };
  const port = { ...PORT, asynchronousEventsSupported: events ? 1 : 0 };
  handlers.on(ReadDataStructure, ({ dataStructureType, portId, controllerId, data }) => {
    if (data.length > 0) return fail(MI_STATUS.invalidInputDataSize);
    switch (dataStructureType) {
      case DATA_STRUCTURE.subsystem: {
        const fields = { numberOfPorts: 0, ...version, statusReportingEnhancements: 0 };
        return structure(encode(structures.subsystemInformation, fields));
      }
      case DATA_STRUCTURE.port:
        return portId === 0 ? structure(encode(structures.portInformation, port)) : fail(MI_STATUS.invalidParameter);
      case DATA_STRUCTURE.controllerList: {
        const from = controllers.filter((id) => id >= controllerId);
        return structure(encode(structures.controllerList, { controllers: from }));
      }
      case DATA_STRUCTURE.controller:
        if (!controllers.includes(controllerId)) return fail(MI_STATUS.invalidParameter);
        return structure(encode(structures.controllerInformation, controllerFields(controllerId)));
      case DATA_STRUCTURE.optionalCommands: {
        const words = (Object.keys(COMMANDS_OF) as OptionalCommand[]).filter((word) => !without.includes(word));
        const commands = words.flatMap((word) => COMMANDS_OF[word].map(({ nmimt, code }) => ({ nmimt, opcode: code })));
        return structure(encode(structures.commandList, { commands }));
      }
      case DATA_STRUCTURE.bufferCommands:
        return structure(encode(structures.commandList, { commands: [] }));
      default:
        return fail(MI_STATUS.invalidParameter);
    }
  });
}

function controllerFields(controllerId: number) {
  return {
    portId: 0,
    pcieRoutingIdValid: 1,
    pcieRoutingId: 0x0100 | (controllerId & 7),
    pciVendorId: PCI_VENDOR,
    pciDeviceId: PCI_DEVICE,
    pciSubsystemVendorId: PCI_VENDOR,
    pciSubsystemDeviceId: 1,
    pcieSegment: 0,
  };
}

function structure(data: Uint8Array) {
  return { nmresp: data.length, data };
}
