/** The admin tunnel of a drive, one call each: identify, logs, features, firmware, format, sanitize, security. */

import { decode, encode, type Fields, le } from '../codec/index.js';
import { MctpError } from '../errors.js';
import type { CallOptions } from '../protocol/index.js';
import type { MctpAddress } from '../transport.js';
import {
  FirmwareCommit,
  FirmwareImageDownload,
  FormatNvm,
  GetFeatures,
  GetLogPage,
  Identify,
  LOG_PAGE,
  opaqueAdmin,
  Sanitize,
  SecurityReceive,
  SecuritySend,
  SetFeatures,
} from './admin-commands.js';
import {
  ERROR_ENTRY_SIZE,
  errorLogEntry,
  firmwareSlotLog,
  IDENTIFY_HEAD_SIZE,
  IDENTIFY_NAMED_SIZE,
  type IdentifyController,
  identifyController,
  identifyMore,
  LOG_SIZE,
  type NvmeStatus,
  nvmeStatus,
  type SmartLog,
  sanitizeLog,
  smartLog,
} from './admin-structures.js';
import type { AdminResponse } from './mi-command.js';
import { MiConfigurator } from './mi-configurator.js';
import { quirkGapMs } from './mi-patience.js';
import { nvmeStatusText } from './nvme-status.js';

/** Admin data of one command; longer logs are read in parts. */
const MOST_DATA = 4096;
/** Longest log `readLog` reads; bytes. */
const MOST_LOG = 16 * 1024 * 1024;
const SANITIZE_LOG_SIZE = 32;
const ALL_NAMESPACES = 0xffff_ffff;

/** What all commands of the tunnel have in common. */
function admin(controller: number, dataLength: number) {
  return { controller, dataLength, dataLengthValid: dataLength > 0 ? 1 : 0, dataOffsetValid: 0, ignoreShutdown: 0 };
}

export interface DownloadOptions extends CallOptions {
  /** Where to go on, in bytes; default 0. A multiple of 4. */
  readonly from?: number;
  /** Bytes per part, a multiple of 4, up to 4096 (default). */
  readonly partBytes?: number;
  /** Told after every part. */
  readonly onProgress?: (done: number, all: number) => void;
}

export type WholeIdentity = IdentifyController & Fields<typeof identifyMore>;

export interface FormatSettings {
  /** Default 0xffffffff: all. */
  readonly namespaceId?: number;
  /** 0 to 63. */
  readonly lbaFormat?: number;
  /** 0 none (default), 1 user data, 2 cryptographic. */
  readonly secureErase?: 0 | 1 | 2;
}

/** 1 leave failure mode, 2 block erase, 3 overwrite, 4 crypto erase, 5 leave media verification. */
export type SanitizeAction = 1 | 2 | 3 | 4 | 5;

export interface SanitizeSettings {
  readonly action: SanitizeAction;
  /** Of overwrite, 1 to 16; default 1. */
  readonly passes?: number;
  /** Of overwrite; 32 bits, default 0. */
  readonly pattern?: number;
}

export interface AdminDwords {
  readonly namespaceId?: number;
  readonly cdw10?: number;
  readonly cdw11?: number;
  readonly cdw12?: number;
  readonly cdw13?: number;
  readonly cdw14?: number;
  readonly cdw15?: number;
  /** Bytes wanted; 0 (default) when there are none. */
  readonly dataLength?: number;
  /** Sent with it. */
  readonly data?: Uint8Array;
}

export class AdminRequester extends MiConfigurator {
  /** Model, serial number and firmware of a controller. @throws MctpError EPROTO, and as `subsystemInformation` */
  async identify(peer: MctpAddress, controller: number, options?: CallOptions): Promise<IdentifyController> {
    const data = await this.#identifyData(peer, controller, IDENTIFY_HEAD_SIZE, options);
    const known = decode(identifyController, data, { what: 'identify controller', partial: true });
    this.#heed(peer, known);
    return known;
  }

  /** All fields of a controller which have names. @throws as `identify` */
  async identifyWhole(peer: MctpAddress, controller: number, options?: CallOptions): Promise<WholeIdentity> {
    const data = await this.#identifyData(peer, controller, IDENTIFY_NAMED_SIZE, options);
    const head = decode(identifyController, data, { what: 'identify controller', partial: true });
    this.#heed(peer, head);
    const rest = { what: 'identify controller', start: IDENTIFY_HEAD_SIZE, partial: true };
    return { ...head, ...decode(identifyMore, data, rest) };
  }

  async #identifyData(peer: MctpAddress, controller: number, size: number, options?: CallOptions): Promise<Uint8Array> {
    const fields = { ...admin(controller, size), cns: 1, uuidIndex: 0 };
    return expectSuccess('Identify', await this.request(peer, Identify, fields, options)).data;
  }

  /** Some models need a pause between commands. */
  #heed(peer: MctpAddress, identity: IdentifyController): void {
    const gapMs = quirkGapMs(identity);
    if (gapMs > 0) this.setGap(peer, gapMs);
  }

  /** @throws as `identify` */
  async smart(peer: MctpAddress, controller: number, options?: CallOptions): Promise<SmartLog> {
    const log = await this.readLog(peer, controller, LOG_PAGE.smart, LOG_SIZE, options);
    return decode(smartLog, log, { what: 'SMART log' });
  }

  /** Active and next slot, and the revision in each of seven. @throws as `identify` */
  async firmwareSlots(
    peer: MctpAddress,
    controller: number,
    options?: CallOptions,
  ): Promise<Fields<typeof firmwareSlotLog>> {
    const log = await this.readLog(peer, controller, LOG_PAGE.firmwareSlot, LOG_SIZE, options);
    return decode(firmwareSlotLog, log, { what: 'firmware slot log' });
  }

  /** Newest first; entries which are empty are left out. `count`: 1 to 256. @throws as `readLog` */
  async errorLog(
    peer: MctpAddress,
    controller: number,
    count: number,
    options?: CallOptions,
  ): Promise<Fields<typeof errorLogEntry>[]> {
    const log = await this.readLog(peer, controller, LOG_PAGE.error, count * ERROR_ENTRY_SIZE, options);
    const entries = [];
    for (let start = 0; start + ERROR_ENTRY_SIZE <= log.length; start += ERROR_ENTRY_SIZE) {
      const entry = decode(errorLogEntry, log, { start, end: start + ERROR_ENTRY_SIZE, what: 'error log' });
      if (entry.errorCount !== 0n) entries.push(entry);
    }
    return entries;
  }

  /** How far a sanitize operation is. @throws as `readLog` */
  async sanitizeStatus(
    peer: MctpAddress,
    controller: number,
    options?: CallOptions,
  ): Promise<Fields<typeof sanitizeLog>> {
    const log = await this.readLog(peer, controller, LOG_PAGE.sanitize, SANITIZE_LOG_SIZE, options);
    return decode(sanitizeLog, log, { what: 'sanitize log', partial: true });
  }

  /**
   * A log page of any size, in parts; less than `length` bytes where it ends. `length`: a multiple of 4.
   * @throws MctpError EINVAL, and as `identify`
   */
  async readLog(
    peer: MctpAddress,
    controller: number,
    logPageId: number,
    length: number,
    options?: CallOptions,
  ): Promise<Uint8Array> {
    if (!Number.isInteger(length / 4) || length <= 0 || length > MOST_LOG) {
      throw new MctpError('EINVAL', `${length} bytes of a log: a multiple of 4 up to ${MOST_LOG}`);
    }
    const log = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      const size = Math.min(MOST_DATA, length - at);
      const fields = {
        ...admin(controller, size),
        namespaceId: ALL_NAMESPACES,
        logPageId,
        logSpecificField: 0,
        // The events which a page reports stay until its last part was read.
        retainAsynchronousEvent: at + size < length ? 1 : 0,
        numberOfDwords: size / 4 - 1,
        logPageOffset: BigInt(at),
        uuidIndex: 0,
        offsetType: 0,
      };
      const { data } = expectSuccess('Get Log Page', await this.request(peer, GetLogPage, fields, options));
      log.set(data.subarray(0, size), at);
      at += Math.min(size, data.length);
      if (data.length < size) break;
    }
    return log.subarray(0, at);
  }

  /** Value in dword 0 of the completion, and what comes as data. @throws as `identify` */
  async getFeature(
    peer: MctpAddress,
    controller: number,
    featureId: number,
    {
      select = 0,
      dataLength = 0,
      ...call
    }: { readonly select?: number; readonly dataLength?: number } & CallOptions = {},
  ): Promise<{ readonly value: number; readonly data: Uint8Array }> {
    const fields = { ...admin(controller, dataLength), featureId, select, uuidIndex: 0 };
    const { cdw0, data } = expectSuccess('Get Features', await this.request(peer, GetFeatures, fields, call));
    return { value: cdw0, data };
  }

  /** `save`: beyond a reset. @throws as `identify` */
  async setFeature(
    peer: MctpAddress,
    controller: number,
    featureId: number,
    value: number,
    { save = false, data, ...call }: { readonly save?: boolean; readonly data?: Uint8Array } & CallOptions = {},
  ): Promise<void> {
    const fields = {
      ...admin(controller, data?.length ?? 0),
      ...{ featureId, save: save ? 1 : 0, cdw11: value, uuidIndex: 0 },
      ...(data === undefined ? {} : { data }),
    };
    expectSuccess('Set Features', await this.request(peer, SetFeatures, fields, call));
  }

  /** All of an image, or what is left of it from `from` on. @throws MctpError EINVAL, and as `identify` */
  async downloadFirmware(
    peer: MctpAddress,
    controller: number,
    image: Uint8Array,
    options: DownloadOptions = {},
  ): Promise<void> {
    const { from = 0, partBytes = MOST_DATA, onProgress, ...call } = options;
    if (image.length % 4 !== 0 || from % 4 !== 0 || partBytes % 4 !== 0 || partBytes < 4 || partBytes > MOST_DATA) {
      throw new MctpError(
        'EINVAL',
        'an image, its parts and where they begin are multiples of 4 bytes, parts up to 4096',
      );
    }
    for (let at = from; at < image.length; at += partBytes) {
      const data = image.subarray(at, Math.min(at + partBytes, image.length));
      const fields = {
        ...admin(controller, data.length),
        numberOfDwords: data.length / 4 - 1,
        downloadOffset: at / 4,
        data,
      };
      expectSuccess('Firmware Image Download', await this.request(peer, FirmwareImageDownload, fields, call));
      onProgress?.(at + data.length, image.length);
    }
  }

  /** Which reset the drive still wants comes with the status: see `resetDue`. @throws as `subsystemInformation` */
  async commitFirmware(
    peer: MctpAddress,
    controller: number,
    firmwareSlot: number,
    commitAction: number,
    options?: CallOptions,
  ): Promise<NvmeStatus> {
    const fields = { ...admin(controller, 0), firmwareSlot, commitAction, bootPartitionId: 0 };
    return statusOf(await this.request(peer, FirmwareCommit, fields, options));
  }

  /** Destroys data. @throws as `identify` */
  async format(
    peer: MctpAddress,
    controller: number,
    { namespaceId = ALL_NAMESPACES, lbaFormat = 0, secureErase = 0 }: FormatSettings = {},
    options?: CallOptions,
  ): Promise<void> {
    const fields = {
      ...admin(controller, 0),
      namespaceId,
      lbaFormatLower: lbaFormat & 0x0f,
      lbaFormatUpper: lbaFormat >> 4,
      ...{ metadataSettings: 0, protectionInformation: 0, protectionInformationLocation: 0 },
      secureEraseSettings: secureErase,
    };
    expectSuccess('Format NVM', await this.request(peer, FormatNvm, fields, options));
  }

  /** Destroys data; returns when it has begun: `sanitizeStatus` says how far it is. @throws as `identify` */
  async sanitize(
    peer: MctpAddress,
    controller: number,
    { action, passes = 1, pattern = 0 }: SanitizeSettings,
    options?: CallOptions,
  ): Promise<void> {
    const fields = {
      ...admin(controller, 0),
      sanitizeAction: action,
      ...{ allowUnrestrictedExit: 0, invertPattern: 0, noDeallocateAfterSanitize: 0 },
      // 0 means 16.
      overwritePassCount: passes & 0x0f,
      overwritePattern: pattern,
    };
    expectSuccess('Sanitize', await this.request(peer, Sanitize, fields, options));
  }

  /** @throws as `identify` */
  async securityReceive(
    peer: MctpAddress,
    controller: number,
    securityProtocol: number,
    securityProtocolSpecific: number,
    allocationLength: number,
    options?: CallOptions,
  ): Promise<Uint8Array> {
    const fields = {
      ...admin(controller, allocationLength),
      ...{ securityProtocol, securityProtocolSpecific, allocationLength },
    };
    return expectSuccess('Security Receive', await this.request(peer, SecurityReceive, fields, options)).data;
  }

  /** @throws as `identify` */
  async securitySend(
    peer: MctpAddress,
    controller: number,
    securityProtocol: number,
    securityProtocolSpecific: number,
    data: Uint8Array,
    options?: CallOptions,
  ): Promise<void> {
    const fields = {
      ...admin(controller, data.length),
      ...{ securityProtocol, securityProtocolSpecific, allocationLength: data.length, data },
    };
    expectSuccess('Security Send', await this.request(peer, SecuritySend, fields, options));
  }

  /** Any other command of the tunnel, by its dwords. @throws as `identify` */
  async adminCommand(
    peer: MctpAddress,
    controller: number,
    opcode: number,
    { dataLength = 0, data, ...dwords }: AdminDwords = {},
    options?: CallOptions,
  ): Promise<{ readonly value: number; readonly data: Uint8Array }> {
    const fields = {
      ...admin(controller, data?.length ?? dataLength),
      ...dwords,
      ...(data === undefined ? {} : { data }),
    };
    const what = `admin command 0x${opcode.toString(16)}`;
    const response = expectSuccess(what, await this.request(peer, opaqueAdmin(opcode), fields, options));
    return { value: response.cdw0, data: response.data };
  }
}

function statusOf(response: AdminResponse): NvmeStatus {
  return decode(nvmeStatus, encode(le.u32, response.cdw3));
}

function expectSuccess(what: string, response: AdminResponse): AdminResponse {
  const status = statusOf(response);
  if (status.statusCode === 0 && status.statusCodeType === 0) return response;
  throw new MctpError('EPROTO', `${what}: the drive says ${nvmeStatusText(status)}`);
}
