/** The admin tunnel of a drive, one call each: identify, logs, features, and any other command. */

import { decode, type Fields } from '../codec/index.js';
import { MctpError } from '../errors.js';
import type { CallOptions } from '../protocol/index.js';
import type { MctpAddress } from '../transport.js';
import { ALL_NAMESPACES, admin, expectSuccess, MOST_DATA } from './admin-call.js';
import { GetFeatures, GetLogPage, Identify, LOG_PAGE, opaqueAdmin, SetFeatures } from './admin-commands.js';
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
  type SmartLog,
  sanitizeLog,
  smartLog,
} from './admin-structures.js';
import { MiConfigurator } from './mi-configurator.js';
import { quirkGapMs } from './mi-patience.js';

/** Longest log `readLog` reads; bytes. */
const MOST_LOG = 16 * 1024 * 1024;
const SANITIZE_LOG_SIZE = 32;

export type WholeIdentity = IdentifyController & Fields<typeof identifyMore>;

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
      featureId,
      save: save ? 1 : 0,
      cdw11: value,
      uuidIndex: 0,
      ...(data === undefined ? {} : { data }),
    };
    expectSuccess('Set Features', await this.request(peer, SetFeatures, fields, call));
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
