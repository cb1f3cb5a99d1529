/** What changes a drive through the admin tunnel, one call each: firmware, format, sanitize, security. */

import { MctpError } from '../errors.js';
import type { CallOptions } from '../protocol/index.js';
import type { MctpAddress } from '../transport.js';
import { ALL_NAMESPACES, admin, expectSuccess, MOST_DATA, statusOf } from './admin-call.js';
import {
  FirmwareCommit,
  FirmwareImageDownload,
  FormatNvm,
  Sanitize,
  SecurityReceive,
  SecuritySend,
} from './admin-commands.js';
import { AdminRequester } from './admin-requester.js';
import type { NvmeStatus } from './admin-structures.js';

export interface DownloadOptions extends CallOptions {
  /** Where to go on, in bytes; default 0. A multiple of 4. */
  readonly from?: number;
  /** Bytes per part, a multiple of 4, up to 4096 (default). */
  readonly partBytes?: number;
  /** Told after every part. */
  readonly onProgress?: (done: number, all: number) => void;
}

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

export class StorageRequester extends AdminRequester {
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
      metadataSettings: 0,
      protectionInformation: 0,
      protectionInformationLocation: 0,
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
      allowUnrestrictedExit: 0,
      invertPattern: 0,
      noDeallocateAfterSanitize: 0,
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
      securityProtocol,
      securityProtocolSpecific,
      allocationLength,
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
      securityProtocol,
      securityProtocolSpecific,
      allocationLength: data.length,
      data,
    };
    expectSuccess('Security Send', await this.request(peer, SecuritySend, fields, options));
  }
}
