/** The commands of NVMe-MI: management interface, control primitives, PCIe (NVMe-MI 1.2; asynchronous events 2.x). */

import { bit, bits, le, struct, u8, withDefault } from '../codec/index.js';
import { type AnyNvmeMiCommand, miCommand, pcieCommand, primitive, rawWords } from './mi-command.js';
import { gap } from './mi-numbers.js';
import { clearFlags } from './mi-structures.js';

export const DATA_STRUCTURE = {
  subsystem: 0,
  port: 1,
  controllerList: 2,
  controller: 3,
  optionalCommands: 4,
  bufferCommands: 5,
} as const;

export const CONFIGURATION = {
  smbusFrequency: 1,
  healthStatusChange: 2,
  transmissionUnit: 3,
  asynchronousEvents: 4,
} as const;

const zero8 = withDefault(u8, 0);
const zero16 = withDefault(le.u16, 0);
const offsetAndLength = { dataOffset: zero16, reserved10: gap(2), dataLength: zero16, reserved14: gap(2) };

export const ReadDataStructure = miCommand('ReadDataStructure', 0x00, {
  controllerId: zero16,
  portId: zero8,
  dataStructureType: u8,
  ioCommandSetId: zero8,
  reserved13: gap(3),
});

export const SubsystemHealthPoll = miCommand('SubsystemHealthPoll', 0x01, {
  reserved8: gap(7),
  ...bits(u8, { clearStatus: bit(7) }),
});

export const ControllerHealthPoll = miCommand('ControllerHealthPoll', 0x02, {
  startingControllerId: zero16,
  /** Minus one. */
  maximumResponseEntries: u8,
  ...bits(u8, {
    includePciFunctions: bit(0),
    includePhysicalFunctions: bit(1),
    includeVirtualFunctions: bit(2),
    reportAll: bit(7),
  }),
  select: struct(
    'selected changes',
    bits(u8, { csts: bit(0), ctemp: bit(1), pdlu: bit(2), spare: bit(3), cwarn: bit(4) }),
  ),
  reserved13: gap(2),
  ...bits(u8, { clearChangedFlags: bit(7) }),
});

/** Selected by configuration id; the forms of `Set` differ. */
export const SetSmbusFrequency = miCommand(
  'SetSmbusFrequency',
  0x03,
  {
    configurationId: u8,
    ...bits(u8, { smbusFrequency: bit(3, 0) }),
    reserved10: gap(1),
    portId: u8,
    reserved12: gap(4),
  },
  CONFIGURATION.smbusFrequency,
);

export const SetHealthStatusChange = miCommand(
  'SetHealthStatusChange',
  0x03,
  { configurationId: u8, reserved9: gap(3), clear: clearFlags, reserved14: gap(2) },
  CONFIGURATION.healthStatusChange,
);

export const SetTransmissionUnit = miCommand(
  'SetTransmissionUnit',
  0x03,
  { configurationId: u8, reserved9: gap(2), portId: u8, transmissionUnitSize: le.u16, reserved14: gap(2) },
  CONFIGURATION.transmissionUnit,
);

export const SetAsynchronousEvents = miCommand(
  'SetAsynchronousEvents',
  0x03,
  {
    configurationId: u8,
    /** 100 ms. */
    aemRetryDelay: zero8,
    /** Seconds. */
    aemDelay: zero8,
    ...bits(u8, { enablePciFunctions: bit(0), enablePhysicalFunctions: bit(1), enableVirtualFunctions: bit(2) }),
    reserved12: gap(4),
  },
  CONFIGURATION.asynchronousEvents,
);

/** Of configurations this declaration does not know. */
export const SetConfiguration = miCommand('SetConfiguration', 0x03, rawWords);

export const GetConfiguration = miCommand('GetConfiguration', 0x04, {
  configurationId: u8,
  reserved9: gap(2),
  portId: zero8,
  reserved12: gap(4),
});

export const ReadVpd = miCommand('ReadVpd', 0x05, offsetAndLength);
export const WriteVpd = miCommand('WriteVpd', 0x06, offsetAndLength);
export const MiReset = miCommand('MiReset', 0x07, { reserved8: gap(3), resetType: zero8, reserved12: gap(4) });
export const SesReceive = miCommand('SesReceive', 0x08, {
  pageCode: zero8,
  reserved9: gap(3),
  allocationLength: zero16,
  reserved14: gap(2),
});
export const SesSend = miCommand('SesSend', 0x09, { reserved8: gap(4), dataLength: zero16, reserved14: gap(2) });
export const ReadBuffer = miCommand('ReadBuffer', 0x0a, {
  dataOffset: withDefault(le.u32, 0),
  dataLength: withDefault(le.u32, 0),
});
export const WriteBuffer = miCommand('WriteBuffer', 0x0b, {
  dataOffset: withDefault(le.u32, 0),
  dataLength: withDefault(le.u32, 0),
});
/** Type 0 normal, 1 abrupt. */
export const Shutdown = miCommand('Shutdown', 0x0c, { reserved8: gap(3), shutdownType: zero8, reserved12: gap(4) });

export const Pause = primitive('Pause', 0x00, { parameter: zero16 });
export const Resume = primitive('Resume', 0x01, { parameter: zero16 });
export const Abort = primitive('Abort', 0x02, { parameter: zero16 });
export const GetState = primitive('GetState', 0x03, bits(le.u16, { clearErrorStateFlags: bit(0) }));
export const Replay = primitive('Replay', 0x04, { responseReplayOffset: zero8, reserved7: gap(1) });

export const PcieConfigurationRead = pcieCommand('PcieConfigurationRead', 0x00);
export const PcieConfigurationWrite = pcieCommand('PcieConfigurationWrite', 0x01);
export const PcieMemoryRead = pcieCommand('PcieMemoryRead', 0x02);
export const PcieMemoryWrite = pcieCommand('PcieMemoryWrite', 0x03);
export const PcieIoRead = pcieCommand('PcieIoRead', 0x04);
export const PcieIoWrite = pcieCommand('PcieIoWrite', 0x05);

export const MI_COMMANDS = [
  ReadDataStructure,
  SubsystemHealthPoll,
  ControllerHealthPoll,
  SetSmbusFrequency,
  SetHealthStatusChange,
  SetTransmissionUnit,
  SetAsynchronousEvents,
  SetConfiguration,
  GetConfiguration,
  ReadVpd,
  WriteVpd,
  MiReset,
  SesReceive,
  SesSend,
  ReadBuffer,
  WriteBuffer,
  Shutdown,
  Pause,
  Resume,
  Abort,
  GetState,
  Replay,
  PcieConfigurationRead,
  PcieConfigurationWrite,
  PcieMemoryRead,
  PcieMemoryWrite,
  PcieIoRead,
  PcieIoWrite,
] as const satisfies readonly AnyNvmeMiCommand[];
