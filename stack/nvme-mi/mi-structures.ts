/** What NVMe-MI responses carry: data structures, health, configuration and event lists (NVMe-MI 1.2 and 2.x). */

import { bit, bits, bytes, derived, type Fields, le, list, struct, tagged, u8 } from '../codec/index.js';
import { gap } from './mi-numbers.js';

export const subsystemInformation = struct('subsystem information', {
  /** Minus one, as on the wire. */
  numberOfPorts: u8,
  majorVersion: u8,
  minorVersion: u8,
  ...bits(u8, { statusReportingEnhancements: bit(0) }),
  reserved4: gap(28),
});

const portHead = {
  portType: u8,
  ...bits(u8, { autoPauseSupported: bit(0), asynchronousEventsSupported: bit(1) }),
  maximumTransmissionUnit: le.u16,
  managementEndpointBufferSize: le.u32,
};

export const PORT_TYPE = { inactive: 0, pcie: 1, twoWire: 2 } as const;

export const portInformation = tagged(
  struct('port information', portHead),
  'portType',
  {
    [PORT_TYPE.pcie]: struct('PCIe port information', {
      ...portHead,
      maximumPayloadSize: u8,
      supportedLinkSpeeds: u8,
      currentLinkSpeed: u8,
      maximumLinkWidth: u8,
      negotiatedLinkWidth: u8,
      portNumber: u8,
      reserved14: gap(18),
    }),
    [PORT_TYPE.twoWire]: struct('2-wire port information', {
      ...portHead,
      vpdAddress: u8,
      maximumVpdFrequency: u8,
      managementEndpointAddress: u8,
      ...bits(u8, { maximumFrequency: bit(1, 0), i3cSupported: bit(7) }),
      ...bits(u8, { basicManagementSupported: bit(0) }),
      reserved13: gap(19),
    }),
  },
  struct('port information', { ...portHead, reserved8: gap(24) }),
);

/** Bytes of the three structures of fixed size. */
export const STRUCTURE_SIZE = 32;

export const controllerList = struct('controller list', {
  number: derived(le.u16),
  controllers: list(le.u16, { count: 'number', max: 2047 }),
});

export const controllerInformation = struct('controller information', {
  portId: u8,
  reserved: gap(4),
  ...bits(u8, { pcieRoutingIdValid: bit(0) }),
  pcieRoutingId: le.u16,
  pciVendorId: le.u16,
  pciDeviceId: le.u16,
  pciSubsystemVendorId: le.u16,
  pciSubsystemDeviceId: le.u16,
  pcieSegment: u8,
  reserved17: gap(15),
});

export const commandList = struct('command list', {
  number: derived(le.u16),
  commands: list(struct('command', { ...bits(u8, { nmimt: bit(6, 3) }), opcode: u8 }), { count: 'number', max: 2047 }),
});

/** Change flags: bit set = it changed since the flags were cleared. */
const changeBits = {
  rdy: bit(0),
  cfs: bit(1),
  shst: bit(2),
  nssro: bit(4),
  ceco: bit(5),
  nac: bit(6),
  fa: bit(7),
  csts: bit(8),
  ctemp: bit(9),
  pdlu: bit(10),
  spare: bit(11),
  cwarn: bit(12),
  tcida: bit(13),
};
export const changeFlags = struct('change flags', bits(le.u16, changeBits));
export type ChangeFlag = keyof typeof changeBits;

export const clearFlags = struct('flags to clear', {
  ...bits(le.u16, {
    rdy: bit(0),
    cfs: bit(1),
    shst: bit(2),
    nssro: bit(3),
    ceco: bit(4),
    nac: bit(5),
    fa: bit(6),
    csts: bit(7),
    ctemp: bit(8),
    pdlu: bit(9),
    spare: bit(10),
    cwarn: bit(11),
    tcida: bit(12),
  }),
});

export const subsystemStatus = struct('subsystem status', {
  ...bits(u8, { snfm: bit(1), p1la: bit(2), p0la: bit(3), rnr: bit(4), df: bit(5), sfm: bit(6), atf: bit(7) }),
});

export const subsystemHealth = struct('subsystem health', {
  nvmSubsystemStatus: u8,
  smartWarnings: u8,
  compositeTemperature: u8,
  percentageDriveLifeUsed: u8,
  compositeControllerStatus: le.u16,
  reserved6: gap(2),
});
export type SubsystemHealth = Fields<typeof subsystemHealth>;

export const controllerStatus = struct('controller status', {
  ...bits(le.u16, {
    rdy: bit(0),
    cfs: bit(1),
    shst: bit(3, 2),
    nssro: bit(4),
    ceco: bit(5),
    nac: bit(6),
    fa: bit(7),
    tcida: bit(8),
  }),
});

export const controllerHealth = struct('controller health', {
  controllerId: le.u16,
  controllerStatus: le.u16,
  /** Kelvin. */
  compositeTemperature: le.u16,
  percentageUsed: u8,
  availableSpare: u8,
  criticalWarning: u8,
  changedFlags: le.u16,
  reserved: gap(5),
});
export type ControllerHealth = Fields<typeof controllerHealth>;
export const CONTROLLER_HEALTH_SIZE = 16;

export const endpointState = struct('management endpoint state', {
  ...bits(le.u16, {
    slotState: bit(1, 0),
    cmnics: bit(3),
    bmice: bit(4),
    utunt: bit(6),
    bhvs: bit(7),
    udstid: bit(8),
    itu: bit(9),
    umep: bit(10),
    ospsn: bit(11),
    buemt: bit(12),
    bpopl: bit(13),
    nssro: bit(14),
    pflg: bit(15),
  }),
});
export type EndpointState = Fields<typeof endpointState>;

const eventSupport = struct('event', { length: u8, ...bits(le.u16, { id: bit(7, 0), enabled: bit(15) }) });

/** Both the supported list and the enable list. */
export const eventList = struct('event list', {
  number: derived(u8),
  version: u8,
  totalLength: le.u16,
  headerLength: u8,
  entries: list(eventSupport, { count: 'number' }),
});

const occurrence = struct('occurrence', {
  headerLength: u8,
  specificLength: derived(u8),
  vendorLength: derived(u8),
  id: u8,
  scopeIdInfo: le.u32,
  ...bits(u8, { scope: bit(3, 0) }),
  specificInfoHex: bytes('specificLength'),
  vendorInfoHex: bytes('vendorLength'),
});

export const occurrenceList = struct('occurrence list', {
  number: derived(u8),
  version: u8,
  ...bits(le.u24, { totalLength: bit(22, 0), overflow: bit(23) }),
  headerLength: u8,
  ...bits(u8, { retryCount: bit(2, 0), generationNumber: bit(7, 3) }),
  occurrences: list(occurrence, { count: 'number' }),
});
