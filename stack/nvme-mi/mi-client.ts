/** The requester of NVMe-MI: commands one at a time per drive, and what most callers want of a drive in one call each. */

import { decode, type Fields } from '../codec/index.js';
import { MctpError } from '../errors.js';
import { type CallOptions, Requester, type RequesterOptions } from '../protocol/index.js';
import type { MctpAddress } from '../transport.js';
import { FirmwareCommit, FirmwareImageDownload, GetLogPage, Identify, LOG_PAGE } from './admin-commands.js';
import {
  firmwareSlotLog,
  IDENTIFY_HEAD_SIZE,
  type IdentifyController,
  identifyController,
  LOG_SIZE,
  type NvmeStatus,
  nvmeStatus,
  type SmartLog,
  smartLog,
} from './admin-structures.js';
import type { AdminResponse, AnyNvmeMiCommand } from './mi-command.js';
import { DATA_STRUCTURE, ReadDataStructure, SubsystemHealthPoll } from './mi-commands.js';
import { type NvmeMiHeader, nvmeMiMessages } from './mi-protocol.js';
import { controllerList, type SubsystemHealth, subsystemHealth, subsystemInformation } from './mi-structures.js';

/** Admin data of one command; longer logs are read in parts. */
const MOST_DATA = 4096;
/** What downloads look like without a limit of the caller's. */
const PART_BYTES = 4096;
/** Longest log `readLog` reads; bytes. */
const MOST_LOG = 16 * 1024 * 1024;

/** What identify, log pages and downloads have in common. */
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

export class NvmeMiClient extends Requester<AnyNvmeMiCommand, NvmeMiHeader> {
  /**
   * One command slot per drive, unless `instanceIds` and `outstanding` say 2. `minGapMs`: for drives which lose a command
   * that comes right after a response.
   * @throws MctpError EAFNOSUPPORT, EACCES from transports which need the system for a socket
   */
  constructor(options: RequesterOptions) {
    super(nvmeMiMessages, { instanceIds: 1, ...options });
  }

  /** @throws CompletionCodeError, CodecError, and those of `exchange` */
  async subsystemInformation(peer: MctpAddress, options?: CallOptions): Promise<Fields<typeof subsystemInformation>> {
    const data = await this.#structure(peer, DATA_STRUCTURE.subsystem, options);
    return decode(subsystemInformation, data, { what: 'subsystem information' });
  }

  /** The controllers' ids, ascending. @throws as `subsystemInformation` */
  async controllers(peer: MctpAddress, options?: CallOptions): Promise<readonly number[]> {
    const data = await this.#structure(peer, DATA_STRUCTURE.controllerList, options);
    return decode(controllerList, data, { what: 'controller list', partial: true }).controllers;
  }

  /** One poll says whether anything changed; `clear` clears the change flags. @throws as `subsystemInformation` */
  async health(peer: MctpAddress, clear = false, options?: CallOptions): Promise<SubsystemHealth> {
    const { data } = await this.request(peer, SubsystemHealthPoll, { clearStatus: clear ? 1 : 0 }, options);
    return decode(subsystemHealth, data, { what: 'subsystem health' });
  }

  /** Model, serial number and firmware of a controller. @throws MctpError EPROTO, and as `subsystemInformation` */
  async identify(peer: MctpAddress, controller: number, options?: CallOptions): Promise<IdentifyController> {
    const fields = { ...admin(controller, IDENTIFY_HEAD_SIZE), cns: 1, uuidIndex: 0 };
    const { data } = expectSuccess('Identify', await this.request(peer, Identify, fields, options));
    return decode(identifyController, data, { what: 'identify controller', partial: true });
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
        namespaceId: 0xffff_ffff,
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

  /** All of an image, or what is left of it from `from` on. @throws MctpError EINVAL, and as `identify` */
  async downloadFirmware(
    peer: MctpAddress,
    controller: number,
    image: Uint8Array,
    options: DownloadOptions = {},
  ): Promise<void> {
    const { from = 0, partBytes = PART_BYTES, onProgress, ...call } = options;
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

  /** Which reset the drive still wants comes with the status: SCT 1, 0x0b, 0x10 or 0x11 mean stored, reset due. */
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

  async #structure(peer: MctpAddress, dataStructureType: number, options?: CallOptions): Promise<Uint8Array> {
    const { data } = await this.request(peer, ReadDataStructure, { dataStructureType }, options);
    return data;
  }
}

function statusOf(response: AdminResponse): NvmeStatus {
  const dword = new Uint8Array(4);
  new DataView(dword.buffer).setUint32(0, response.cdw3, true);
  return decode(nvmeStatus, dword);
}

function expectSuccess(what: string, response: AdminResponse): AdminResponse {
  const { statusCodeType, statusCode } = statusOf(response);
  if (statusCode === 0 && statusCodeType === 0) return response;
  throw new MctpError('EPROTO', `${what}: the drive says NVMe status ${statusCodeType}/0x${statusCode.toString(16)}`);
}
