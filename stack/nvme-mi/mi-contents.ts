/** What the data of a message is, told by the request: which structure under which name. */

import { type AnyCodec, encode, fromJson, type Json, list } from '../codec/index.js';
import { GetFeatures, GetLogPage, Identify, LOG_PAGE, SecurityReceive, SetFeatures } from './admin-commands.js';
import {
  arbitration,
  firmwareSlotLog,
  IDENTIFY_HEAD_SIZE,
  identifyController,
  LOG_SIZE,
  powerManagement,
  sanitizeLog,
  securityProtocols,
  smartLog,
  supportedLogPages,
  timestamp,
} from './admin-structures.js';
import { type AnyNvmeMiCommand, NMIMT } from './mi-command.js';
import {
  CONFIGURATION,
  ControllerHealthPoll,
  DATA_STRUCTURE,
  GetConfiguration,
  ReadDataStructure,
  SetAsynchronousEvents,
  SubsystemHealthPoll,
} from './mi-commands.js';
import {
  CONTROLLER_HEALTH_SIZE,
  commandList,
  controllerHealth,
  controllerInformation,
  controllerList,
  eventList,
  occurrenceList,
  portInformation,
  STRUCTURE_SIZE,
  subsystemHealth,
  subsystemInformation,
} from './mi-structures.js';

/** The numbers in a request which its answer's meaning depends on. */
export type RequestNumbers = { readonly [name: string]: unknown };

export interface Content {
  /** The name its fields have in JSON. */
  readonly name: string;
  readonly codec: AnyCodec;
  /** Bytes it takes; undefined: as many as it says. */
  readonly size?: number;
  /** More bytes may follow which have no names. */
  readonly partial?: boolean;
  /** It has the data to itself in one list member, which is shown instead. */
  readonly only?: string;
}

const STRUCTURES: Readonly<Record<number, Content>> = {
  [DATA_STRUCTURE.subsystem]: { name: 'subsystemInformation', codec: subsystemInformation, size: STRUCTURE_SIZE },
  [DATA_STRUCTURE.port]: { name: 'portInformation', codec: portInformation, size: STRUCTURE_SIZE },
  [DATA_STRUCTURE.controllerList]: { name: 'controllerList', codec: controllerList, only: 'controllers' },
  [DATA_STRUCTURE.controller]: { name: 'controllerInformation', codec: controllerInformation, size: STRUCTURE_SIZE },
  [DATA_STRUCTURE.optionalCommands]: { name: 'commandList', codec: commandList, only: 'commands' },
  [DATA_STRUCTURE.bufferCommands]: { name: 'commandList', codec: commandList, only: 'commands' },
};

const LOGS: Readonly<Record<number, Content>> = {
  [LOG_PAGE.supported]: { name: 'supportedLogPages', codec: supportedLogPages, size: 1024 },
  [LOG_PAGE.smart]: { name: 'smartLog', codec: smartLog, size: LOG_SIZE },
  [LOG_PAGE.firmwareSlot]: { name: 'firmwareSlotLog', codec: firmwareSlotLog, size: LOG_SIZE },
  [LOG_PAGE.sanitize]: { name: 'sanitizeLog', codec: sanitizeLog, partial: true },
};

const IDENTIFY: Content = { name: 'identifyController', codec: identifyController, partial: true };
const TIMESTAMP_FEATURE = 0x0e;
const OCCURRENCES: Content = { name: 'aeOccurrenceList', codec: occurrenceList };

/** Values of features, in completion dword 0. */
export const FEATURES: Readonly<Record<number, Content>> = {
  1: { name: 'arbitration', codec: arbitration, size: 4 },
  2: { name: 'powerManagement', codec: powerManagement, size: 4, partial: true },
};

/** Of the data in a response. */
export function responseContent(command: AnyNvmeMiCommand, asked: RequestNumbers, length: number): Content | undefined {
  return fitting(contentOfResponse(command, asked), length);
}

function contentOfResponse(command: AnyNvmeMiCommand, asked: RequestNumbers): Content | undefined {
  if (command.nmimt === NMIMT.mi) {
    switch (command.code) {
      case ReadDataStructure.code:
        return STRUCTURES[asked.dataStructureType as number];
      case SubsystemHealthPoll.code:
        return { name: 'subsystemHealth', codec: subsystemHealth, size: 8 };
      case ControllerHealthPoll.code:
        return { name: 'controllerHealth', codec: controllerHealths };
      case SetAsynchronousEvents.code:
        return asked.configurationId === CONFIGURATION.asynchronousEvents ? OCCURRENCES : undefined;
      case GetConfiguration.code:
        if (asked.configurationId !== CONFIGURATION.asynchronousEvents) return undefined;
        return { name: 'aeSupportedList', codec: eventList };
    }
    return undefined;
  }
  if (command.nmimt !== NMIMT.admin || asked.dataOffset !== 0) return undefined;
  if (command.code === Identify.code && asked.cns === 1) return IDENTIFY;
  if (command.code === GetLogPage.code && Number(asked.logPageOffset) === 0) return LOGS[asked.logPageId as number];
  if (command.code === SecurityReceive.code && asked.securityProtocol === 0) {
    return { name: 'securityProtocolList', codec: securityProtocols, partial: true };
  }
  if (command.code === GetFeatures.code && asked.featureId === TIMESTAMP_FEATURE) {
    return { name: 'timestamp', codec: timestamp, size: 8 };
  }
  return undefined;
}

const controllerHealths = list(controllerHealth, { itemBytes: CONTROLLER_HEALTH_SIZE });

/** Of the data in a request. */
export function requestContent(command: AnyNvmeMiCommand, asked: RequestNumbers, length: number): Content | undefined {
  if (command === SetAsynchronousEvents) return { name: 'aeEnableList', codec: eventList };
  if (command === SetFeatures && asked.featureId === TIMESTAMP_FEATURE) {
    return fitting({ name: 'timestamp', codec: timestamp, size: 8 }, length);
  }
  return undefined;
}

/** Of an asynchronous event message. */
export const eventContent = OCCURRENCES;

function fitting(content: Content | undefined, length: number): Content | undefined {
  if (content === undefined || length === 0) return content?.name === 'controllerHealth' ? content : undefined;
  if (content.name === 'identifyController') return length >= IDENTIFY_HEAD_SIZE ? content : undefined;
  if (content.size === undefined) return content;
  return length === content.size || (content.partial === true && length > content.size) ? content : undefined;
}

/** Everything that data may be, by name; features that lie in a dword are not data. */
export const CONTENTS: readonly Content[] = [
  ...Object.values(STRUCTURES),
  ...Object.values(LOGS),
  IDENTIFY,
  OCCURRENCES,
  { name: 'subsystemHealth', codec: subsystemHealth },
  { name: 'controllerHealth', codec: controllerHealths },
  { name: 'aeSupportedList', codec: eventList },
  { name: 'aeEnableList', codec: eventList },
  { name: 'securityProtocolList', codec: securityProtocols },
  { name: 'timestamp', codec: timestamp },
];

/** The data of a content from its JSON. @throws MctpError EINVAL */
export function contentBytes({ name, codec, only }: Content, json: Json): Uint8Array {
  const given = only === undefined ? json : { [only]: json };
  return upToLength(encode(codec, fromJson(codec, given, name) as never, name), json);
}

/** Lists say their own length, which may be less than what they have. */
function upToLength(bytes: Uint8Array, json: Json): Uint8Array {
  const length = typeof json === 'object' && json !== null && !Array.isArray(json) ? json.totalLength : undefined;
  return typeof length === 'number' && length < bytes.length ? bytes.subarray(0, length) : bytes;
}
