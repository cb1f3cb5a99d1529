/** Commands that have a name here but no declaration, by type: for the text of a decoder. */

import { PLDM_TYPE } from './base/pldm-types.js';

type CommandNames = Readonly<Record<number, string>>;

/** DSP0246. */
const SMBIOS: CommandNames = {
  1: 'GetSMBIOSStructureTableMetadata',
  2: 'SetSMBIOSStructureTableMetadata',
  3: 'GetSMBIOSStructureTable',
  4: 'SetSMBIOSStructureTable',
  5: 'GetSMBIOSStructureByType',
  6: 'GetSMBIOSStructureByHandle',
};

/** DSP0248 §18: the event log. */
const PLATFORM: CommandNames = {
  64: 'GetPLDMEventLogInfo',
  65: 'EnablePLDMEventLogging',
  66: 'ClearPLDMEventLog',
  67: 'GetPLDMEventLogTimestamp',
  68: 'SetPLDMEventLogTimestamp',
  69: 'ReadPLDMEventLog',
  70: 'GetPLDMEventLogPolicyInfo',
  71: 'SetPLDMEventLogPolicy',
  72: 'FindPLDMEventLogEntry',
};

/** DSP0247. */
const BIOS: CommandNames = {
  3: 'UpdateBIOSTable',
  4: 'GetBIOSTableTags',
  5: 'SetBIOSTableTags',
  6: 'AcceptBIOSAttributesPendingValues',
  10: 'GetBIOSAttributeCurrentValueByType',
  11: 'GetBIOSAttributePendingValueByType',
  14: 'GetBIOSStringTableStringType',
  15: 'SetBIOSStringTableStringType',
};

/** DSP0257 2.0. */
const FRU: CommandNames = {
  16: 'ReadFRUDataItem',
  17: 'WriteFRUDataItem',
  24: 'FindFRUFiles',
  25: 'GetFRUFileMetadata',
};

/** DSP0218. */
const RDE: CommandNames = {
  1: 'NegotiateRedfishParameters',
  2: 'NegotiateMediumParameters',
  3: 'GetSchemaDictionary',
  4: 'GetSchemaURI',
  5: 'GetResourceETag',
  6: 'GetOEMCount',
  7: 'GetOEMName',
  8: 'GetRegistryCount',
  9: 'GetRegistryDetails',
  10: 'SelectRegistryVersion',
  11: 'GetMessageRegistry',
  12: 'GetSchemaFile',
  16: 'RDEOperationInit',
  17: 'SupplyCustomRequestParameters',
  18: 'RetrieveCustomResponseParameters',
  19: 'RDEOperationComplete',
  20: 'RDEOperationStatus',
  21: 'RDEOperationKill',
  22: 'RDEOperationEnumerate',
  48: 'RDEMultipartSend',
  49: 'RDEMultipartReceive',
};

/** DSP0242: bits of GetPLDMCommands that are not messages of type 7. */
const FILE_TRANSFER: CommandNames = { 32: 'DfRead', 33: 'DfFifoSend' };

export const NAMED_COMMANDS: Readonly<Record<number, CommandNames>> = {
  [PLDM_TYPE.smbios]: SMBIOS,
  [PLDM_TYPE.platform]: PLATFORM,
  [PLDM_TYPE.bios]: BIOS,
  [PLDM_TYPE.fru]: FRU,
  [PLDM_TYPE.rde]: RDE,
  [PLDM_TYPE.fileTransfer]: FILE_TRANSFER,
};
