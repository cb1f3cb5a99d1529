/** NC-SI commands and their payloads by name (DSP0222 1.1, DSP0261). */

import { invalid, show } from '../codec/codec.js';
import {
  be,
  bit,
  bits,
  bytes,
  Codec,
  derived,
  hex,
  list,
  type Members,
  type Picker,
  REST,
  type Reader,
  rest,
  type Struct,
  struct,
  u8,
  type Writer,
  withDefault,
} from '../codec/index.js';
import { hexNumber } from '../util/text.js';

export interface NcsiCommand {
  /** The standard's name without blanks: "GetVersionID". */
  readonly name: string;
  readonly code: number;
  readonly request: Struct<Members>;
  /** What follows the response and reason code of a success. */
  readonly response: Struct<Members>;
}

/** Text in a fixed number of bytes, filled up with NUL. */
class PaddedTextCodec extends Codec<string> {
  readonly type: string;

  constructor(readonly size: number) {
    super();
    this.type = `text(${size})`;
  }

  read(reader: Reader): string {
    const start = reader.take(this.size);
    let text = '';
    for (let at = start; at < start + this.size && reader.buffer[at] !== 0; at++) {
      text += String.fromCharCode(reader.buffer[at]!);
    }
    return text;
  }

  write(writer: Writer, value: string): void {
    if (typeof value !== 'string' || value.length > this.size) {
      throw invalid(`${show(value)} is not a text of up to ${this.size} characters`);
    }
    const at = writer.take(this.size);
    for (let index = 0; index < this.size; index++) writer.buffer[at + index] = value.charCodeAt(index) & 0xff;
  }

  sample(pick: Picker): string {
    return 'x'.repeat(pick.integer(0, this.size));
  }
}

const mac = hex(6);
const zeros = (count: number) => withDefault(bytes(count), new Uint8Array(count));
/** Three reserved bytes, and what the last of a word says. */
const word = (last: Members): Members => ({ reservedBytes: zeros(3), ...last });

function declare(name: string, code: number, request: Members = {}, response: Members = {}): NcsiCommand {
  return { name, code, request: struct(name, request), response: struct(name, response) };
}

/** Commands whose answers carry bytes that nothing here names. */
function opaque(name: string, code: number, request: Members = {}): NcsiCommand {
  return declare(name, code, request, { data: rest });
}

const linkStatus = { linkStatus: be.u32, otherIndications: be.u32, oemLinkStatus: be.u32 };

export const NCSI_COMMANDS: readonly NcsiCommand[] = [
  declare('ClearInitialState', 0x00),
  declare('SelectPackage', 0x01, word(bits(u8, { delayedResponse: bit(1), arbitrationDisable: bit(0) }))),
  declare('DeselectPackage', 0x02),
  declare('EnableChannel', 0x03),
  declare('DisableChannel', 0x04, word(bits(u8, { allowLinkDown: bit(0) }))),
  declare('ResetChannel', 0x05, { reservedBytes: zeros(4) }),
  declare('EnableChannelNetworkTx', 0x06),
  declare('DisableChannelNetworkTx', 0x07),
  declare('AenEnable', 0x08, word({ aenMcId: u8, aenControl: be.u32 })),
  declare('SetLink', 0x09, { linkSettings: be.u32, oemLinkSettings: be.u32 }),
  declare('GetLinkStatus', 0x0a, {}, linkStatus),
  declare('SetVlanFilter', 0x0b, {
    reservedBytes: zeros(2),
    vlanId: be.u16,
    reservedBytes2: zeros(2),
    filterSelector: u8,
    ...bits(u8, { enable: bit(0) }),
  }),
  declare('EnableVlan', 0x0c, word({ vlanMode: u8 })),
  declare('DisableVlan', 0x0d),
  declare('SetMacAddress', 0x0e, {
    macAddress: mac,
    macAddressNumber: u8,
    ...bits(u8, { addressType: bit(7, 5), enable: bit(0) }),
  }),
  declare('EnableBroadcastFilter', 0x10, { broadcastFilter: be.u32 }),
  declare('DisableBroadcastFilter', 0x11),
  declare('EnableGlobalMulticastFilter', 0x12, { multicastFilter: be.u32 }),
  declare('DisableGlobalMulticastFilter', 0x13),
  declare('SetNcsiFlowControl', 0x14, word({ flowControl: u8 })),
  declare(
    'GetVersionID',
    0x15,
    {},
    {
      ncsiVersion: hex(4),
      reservedBytes: zeros(3),
      alpha2: u8,
      firmwareName: new PaddedTextCodec(12),
      firmwareVersion: be.u32,
      pciDeviceId: be.u16,
      pciVendorId: be.u16,
      pciSubsystemId: be.u16,
      pciSubsystemVendorId: be.u16,
      manufacturerId: be.u32,
    },
  ),
  opaque('GetCapabilities', 0x16),
  opaque('GetParameters', 0x17),
  opaque('GetControllerPacketStatistics', 0x18),
  opaque('GetNcsiStatistics', 0x19),
  opaque('GetPassThroughStatistics', 0x1a),
  declare('GetPackageStatus', 0x1b, {}, { packageStatus: be.u32 }),
  ...[
    ['GetNcCapabilitiesAndSettings', 0x25],
    ['GetPfAssignment', 0x27],
    ['SetPfAssignment', 0x28],
    ['GetChannelConfiguration', 0x29],
    ['SetChannelConfiguration', 0x2a],
    ['GetPartitionConfiguration', 0x2b],
    ['SetPartitionConfiguration', 0x2c],
    ['GetBootConfig', 0x2d],
    ['SetBootConfig', 0x2e],
    ['GetPartitionStatistics', 0x2f],
    ['SetModuleManagementData', 0x30],
    ['GetModuleManagementData', 0x32],
    ['SetPassThroughModeControl', 0x33],
    ['GetPassThroughModeControl', 0x34],
    ['GetVfAllocation', 0x35],
    ['SetVfAllocation', 0x36],
    ['SettingsCommit', 0x47],
    ['GetAsicTemperature', 0x48],
    ['GetAmbientTemperature', 0x49],
    ['GetTransceiverTemperature', 0x4a],
    ['ThermalShutdownControl', 0x4b],
    ['TransmitDataToNc', 0x4c],
    ['ReceiveDataFromNc', 0x4d],
    ['GetInventoryInformation', 0x4e],
    ['QueryPendingNcPldmRequest', 0x56],
    ['SendNcPldmReply', 0x57],
  ].map(([name, code]) => opaque(name as string, code as number, { data: rest })),
  declare('OemCommand', 0x50, { manufacturerId: be.u32, data: rest }, { manufacturerId: be.u32, data: rest }),
  declare('Pldm', 0x51, { pldm: rest }, { pldm: rest }),
  declare('GetPackageUuid', 0x52, {}, { uuid: hex(16) }),
  declare(
    'GetSupportedMedia',
    0x54,
    {},
    {
      reservedBytes: zeros(3),
      mediaCount: derived(u8),
      media: list(
        struct('media', {
          eid: u8,
          binding: be.u16,
          medium: be.u16,
          ...bits(u8, { status: bit(7), passThrough: bit(0) }),
          addressLength: derived(u8),
          address: bytes('addressLength'),
        }),
        { count: 'mediaCount' },
      ),
    },
  ),
  declare(
    'GetMcMacAddress',
    0x58,
    {},
    {
      addressCount: derived(u8),
      reservedBytes: zeros(3),
      addresses: list(mac, { count: 'addressCount' }),
    },
  ),
];

export interface NcsiEvent {
  readonly name: string;
  readonly type: number;
  /** What follows the AEN type. */
  readonly data: Struct<Members>;
}

function event(name: string, type: number, data: Members): NcsiEvent {
  return { name, type, data: struct(name, data) };
}

/** Asynchronous event notifications, by their type. */
export const NCSI_EVENTS: readonly NcsiEvent[] = [
  event('AenLinkStatusChange', 0x00, { linkStatus: be.u32, oemLinkStatus: be.u32 }),
  event('AenConfigurationRequired', 0x01, {}),
  event('AenHostDriverStatusChange', 0x02, { hostDriverStatus: be.u32 }),
  event('AenDelayedResponseReady', 0x03, { originalType: u8, originalInstanceId: u8, data: bytes(REST) }),
  event('AenTransceiverEvent', 0x04, { data: rest }),
  event('AenPendingPldmRequest', 0x71, { data: rest }),
];

export const NCSI_RESPONSES: readonly string[] = ['completed', 'failed', 'unavailable', 'unsupported', 'delayed'];

const REASONS: Readonly<Record<number, string>> = {
  0: 'no reason',
  1: 'interface initialization required',
  2: 'parameter invalid, unsupported or out of range',
  3: 'channel not ready',
  4: 'package not ready',
  5: 'invalid payload length',
  6: 'information not available',
  7: 'intervention required',
  8: 'link command failed',
  9: 'command timeout',
  10: 'secondary device not powered',
  2305: 'host OS or driver conflict',
  2306: 'media conflict',
  2307: 'parameter conflict',
  2308: 'power mode conflict',
  2309: 'speed conflict',
  2310: 'hardware access error',
  2311: 'SerDes conflict',
  2312: 'FEC conflict',
  2313: 'EEE conflict',
  2314: 'link training conflict',
  2315: 'parallel detection conflict',
  2566: 'hardware access error',
  2823: 'VLAN tag is invalid',
  3592: 'MAC address is zero',
  5129: 'independent transmit and receive control not supported',
  32767: 'unknown or unsupported command type',
};

/** "MAC address is zero" for 0x0e08; "code 0x8001" for what nothing names. */
export function ncsiReason(code: number): string {
  return REASONS[code] ?? (code >= 0x8000 ? `OEM code ${hexNumber(code)}` : `code ${hexNumber(code)}`);
}
