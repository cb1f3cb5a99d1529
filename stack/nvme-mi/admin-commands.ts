/** NVMe admin commands in the tunnel of NVMe-MI: what lies in command dwords 10 to 15 (NVMe base specification 2.0). */

import { bit, bits, le, u8, withDefault } from '../codec/index.js';
import { type AnyNvmeMiCommand, adminCommand, offsetU64, rawDwords } from './mi-command.js';
import { gap } from './mi-numbers.js';

export const LOG_PAGE = { supported: 0, error: 1, smart: 2, firmwareSlot: 3, selfTest: 6, sanitize: 0x81 } as const;

const zero16 = withDefault(le.u16, 0);
const zero32 = withDefault(le.u32, 0);

export const GetLogPage = adminCommand('GetLogPage', 0x02, {
  logPageId: u8,
  ...bits(u8, { logSpecificField: bit(6, 0), retainAsynchronousEvent: bit(7) }),
  /** Minus one. */
  numberOfDwords: le.u32,
  logSpecificId: zero16,
  logPageOffset: offsetU64,
  ...bits(u8, { uuidIndex: bit(6, 0) }),
  reserved61: gap(1),
  ...bits(u8, { offsetType: bit(7) }),
  commandSetId: withDefault(u8, 0),
  cdw15: zero32,
});

export const Identify = adminCommand('Identify', 0x06, {
  cns: u8,
  reserved45: gap(1),
  cntid: zero16,
  cnsSpecificId: zero16,
  reserved50: gap(1),
  commandSetId: withDefault(u8, 0),
  cdw12: zero32,
  cdw13: zero32,
  ...bits(u8, { uuidIndex: bit(6, 0) }),
  reserved61: gap(3),
  cdw15: zero32,
});

export const SetFeatures = adminCommand('SetFeatures', 0x09, {
  featureId: u8,
  reserved45: gap(2),
  ...bits(u8, { save: bit(7) }),
  cdw11: zero32,
  cdw12: zero32,
  cdw13: zero32,
  ...bits(u8, { uuidIndex: bit(6, 0) }),
  reserved61: gap(3),
  cdw15: zero32,
});

export const GetFeatures = adminCommand('GetFeatures', 0x0a, {
  featureId: u8,
  ...bits(u8, { select: bit(2, 0) }),
  reserved46: gap(2),
  cdw11: zero32,
  cdw12: zero32,
  cdw13: zero32,
  ...bits(u8, { uuidIndex: bit(6, 0) }),
  reserved61: gap(3),
  cdw15: zero32,
});

export const NamespaceManagement = adminCommand('NamespaceManagement', 0x0d, {
  ...bits(u8, { select: bit(3, 0) }),
  reserved45: gap(3),
  reserved48: gap(3),
  commandSetId: withDefault(u8, 0),
  cdw12: zero32,
  cdw13: zero32,
  cdw14: zero32,
  cdw15: zero32,
});

export const COMMIT_ACTION = {
  store: 0,
  storeAndActivateAtReset: 1,
  activateAtReset: 2,
  activateNow: 3,
  storeBootPartition: 6,
  activateBootPartition: 7,
} as const;

export const FirmwareCommit = adminCommand('FirmwareCommit', 0x10, {
  ...bits(le.u32, { firmwareSlot: bit(2, 0), commitAction: bit(5, 3), bootPartitionId: bit(31) }),
  cdw11: zero32,
  cdw12: zero32,
  cdw13: zero32,
  cdw14: zero32,
  cdw15: zero32,
});

export const FirmwareImageDownload = adminCommand('FirmwareImageDownload', 0x11, {
  /** Dwords of the part, minus one. */
  numberOfDwords: le.u32,
  /** Dwords. */
  downloadOffset: le.u32,
  cdw12: zero32,
  cdw13: zero32,
  cdw14: zero32,
  cdw15: zero32,
});

export const FormatNvm = adminCommand('FormatNvm', 0x80, {
  ...bits(le.u32, {
    lbaFormatLower: bit(3, 0),
    metadataSettings: bit(4),
    protectionInformation: bit(7, 5),
    protectionInformationLocation: bit(8),
    secureEraseSettings: bit(11, 9),
    lbaFormatUpper: bit(13, 12),
  }),
  cdw11: zero32,
  cdw12: zero32,
  cdw13: zero32,
  cdw14: zero32,
  cdw15: zero32,
});

const security = {
  reserved44: gap(1),
  securityProtocolSpecific: zero16,
  securityProtocol: u8,
  allocationLength: zero32,
  cdw12: zero32,
  cdw13: zero32,
  cdw14: zero32,
  cdw15: zero32,
};
export const SecuritySend = adminCommand('SecuritySend', 0x81, security);
export const SecurityReceive = adminCommand('SecurityReceive', 0x82, security);

export const Sanitize = adminCommand('Sanitize', 0x84, {
  ...bits(le.u32, {
    sanitizeAction: bit(2, 0),
    allowUnrestrictedExit: bit(3),
    overwritePassCount: bit(7, 4),
    invertPattern: bit(8),
    noDeallocateAfterSanitize: bit(9),
  }),
  overwritePattern: zero32,
  cdw12: zero32,
  cdw13: zero32,
  cdw14: zero32,
  cdw15: zero32,
});

/** A command with an opcode nothing here names: its dwords as they are. */
export function opaqueAdmin(code: number) {
  return adminCommand('AdminCommand', code, rawDwords);
}

export const ADMIN_COMMANDS = [
  GetLogPage,
  Identify,
  SetFeatures,
  GetFeatures,
  NamespaceManagement,
  FirmwareCommit,
  FirmwareImageDownload,
  FormatNvm,
  SecuritySend,
  SecurityReceive,
  Sanitize,
] as const satisfies readonly AnyNvmeMiCommand[];
