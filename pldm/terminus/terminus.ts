/** One PLDM terminus: where it is, what it speaks, and calls to it. */

import type { RequestInput, ResponseFields } from '../../stack/codec/index.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { addressText } from '../../stack/place.js';
import type { CallOptions, ResponseOf } from '../../stack/protocol/index.js';
import type { MctpAddress } from '../../stack/transport.js';
import {
  GetPLDMCommands,
  GetPLDMTypes,
  GetPLDMVersion,
  GetTID,
  NegotiateTransferParameters,
  SetTID,
  versionsCrc,
} from '../base/base-commands.js';
import type { PldmClient } from '../base/pldm-client.js';
import type { AnyPldmCommand } from '../base/pldm-command.js';
import { COMPLETION } from '../base/pldm-completion-codes.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import { bitfieldHex, bitfieldNumbers } from '../base/shared-fields.js';
import { compareVersions, ver32Text } from '../base/ver32.js';
import { GetTerminusUID } from '../platform/event-commands.js';

/** What a terminus says of one PLDM type. */
export interface TypeSupport {
  readonly type: number;
  /** Hex of ver32, alpha first: "00f0f1f1"; newest last as the terminus lists them. */
  readonly versions: readonly string[];
  /** "1.1.0" */
  readonly versionTexts: readonly string[];
  /** Codes. */
  readonly commands: ReadonlySet<number>;
}

export interface DiscoverOptions extends CallOptions {
  /** Give the terminus this TID, 1..254, when it has none yet. Default: leave it. */
  readonly assignTid?: number;
}

export interface NegotiatedTransfer {
  /** Bytes; the smaller of both sides' sizes. */
  readonly partSize: number;
  /** Types that both sides move by multipart. */
  readonly types: ReadonlySet<number>;
}

const MIN_PART_SIZE = 256;
const MAX_VERSIONS = 64;
const RESERVED_TID = 0xff;

/**
 *     const terminus = new Terminus(client, { eid: 9 });
 *     await terminus.discover();
 *     if (terminus.supports(GetPDR)) await terminus.call(GetPDRRepositoryInfo, {});
 */
export class Terminus {
  /** 0: not assigned, or not asked yet. */
  tid = 0;
  uuid: string | undefined;
  readonly types = new Map<number, TypeSupport>();
  /** What went wrong during discovery without stopping it. */
  readonly notes: string[] = [];
  #negotiated: NegotiatedTransfer | undefined;
  #address: MctpAddress;

  constructor(
    readonly client: PldmClient,
    address: MctpAddress,
    /** For every call to it, unless the call says otherwise. */
    readonly defaults: CallOptions = {},
  ) {
    this.#address = address;
  }

  get address(): MctpAddress {
    return this.#address;
  }

  /** The device has another address: calls from now on go there. */
  moveTo(address: MctpAddress): void {
    this.#address = address;
  }

  /** "EID 9", or its place: "i2c:1/0x1d" */
  get name(): string {
    return addressText(this.address);
  }

  get key(): string {
    return this.client.peerKey(this.address);
  }

  /** @throws CompletionCodeError, MctpError */
  call<C extends AnyPldmCommand>(
    command: C,
    fields: RequestInput<C>,
    options?: CallOptions,
  ): Promise<ResponseFields<C>> {
    return this.client.request(this.address, command, fields, { ...this.defaults, ...options });
  }

  /** As `call`, with any completion code. */
  exchange<C extends AnyPldmCommand>(
    command: C,
    fields: RequestInput<C>,
    options?: CallOptions,
  ): Promise<ResponseOf<C>> {
    return this.client.exchange(this.address, command, fields, { ...this.defaults, ...options });
  }

  /** True, too, when the terminus was not discovered: then asking is the way to know. */
  supports(command: AnyPldmCommand): boolean {
    if (this.types.size === 0) return true;
    return this.types.get(command.pldmType)?.commands.has(command.code) ?? false;
  }

  /**
   * GetTID, GetPLDMTypes, and GetPLDMVersion and GetPLDMCommands of each type. Optional commands may be missing, and a
   * type that answers with errors is left out with a note; GetPLDMTypes must work.
   */
  async discover(options: DiscoverOptions = {}): Promise<void> {
    const { assignTid, ...call } = options;
    this.notes.length = 0;
    await this.#discoverTid(assignTid, call);
    const { pldmTypes } = await this.call(GetPLDMTypes, {}, call);
    this.types.clear();
    for (const type of bitfieldNumbers(pldmTypes)) {
      const support = await this.#tolerate(`PLDM type ${type}`, () => this.#discoverType(type, call));
      if (support !== undefined) this.types.set(type, support);
    }
    if (this.types.get(PLDM_TYPE.platform)?.commands.has(GetTerminusUID.code)) {
      this.uuid = (await this.#tolerate('GetTerminusUID', () => this.call(GetTerminusUID, {}, call)))?.uuid;
    }
  }

  /** The TID that the terminus says it has now; 0: none. Undefined: it does not say. @throws MctpError */
  async readTid(options?: CallOptions): Promise<number | undefined> {
    const answer = await this.exchange(GetTID, {}, options);
    if (!GetTID.succeeded(answer)) return undefined;
    return answer.tid === RESERVED_TID ? 0 : answer.tid;
  }

  /** @throws CompletionCodeError when the terminus has no SetTID; MctpError EINVAL unless 1..254 */
  async setTid(tid: number, options?: CallOptions): Promise<void> {
    await this.call(SetTID, { tid }, options);
    this.tid = tid;
  }

  /** Versions of a type, as hex of ver32. @throws MctpError EPROTO when the list does not end or its checksum is wrong */
  async versions(pldmType: number, options?: CallOptions): Promise<string[]> {
    const all: string[] = [];
    let handle = 0;
    for (let part = 0; ; part++) {
      const response = await this.call(
        GetPLDMVersion,
        {
          dataTransferHandle: handle,
          transferOperationFlag: part === 0 ? 'getFirstPart' : 'getNextPart',
          pldmType,
        },
        options,
      );
      for (const version of response.versions) all.push(version);
      if (response.crc32 !== undefined) {
        if (response.crc32 !== versionsCrc(all)) {
          throw new MctpError('EPROTO', `${this.name}: the checksum of the versions of type ${pldmType} is wrong`);
        }
        return all;
      }
      if (response.versions.length === 0 || all.length > MAX_VERSIONS) {
        throw new MctpError('EPROTO', `${this.name}: the list of versions of type ${pldmType} does not end`);
      }
      handle = response.nextDataTransferHandle;
    }
  }

  /**
   * Part size for multipart transfers, negotiated once. `renegotiate` after either side was reset.
   * @throws CompletionCodeError when the terminus has no multipart commands
   */
  async negotiateTransfer(
    options: CallOptions & {
      readonly partSize?: number;
      readonly types?: readonly number[];
      readonly renegotiate?: boolean;
    } = {},
  ): Promise<NegotiatedTransfer> {
    const { partSize = 4096, types = [PLDM_TYPE.base, PLDM_TYPE.fileTransfer], renegotiate = false, ...call } = options;
    if (this.#negotiated !== undefined && !renegotiate) return this.#negotiated;
    const response = await this.call(
      NegotiateTransferParameters,
      { requesterPartSize: partSize, requesterProtocolSupport: bitfieldHex(types, 8) },
      call,
    );
    const size = Math.min(partSize, response.responderPartSize);
    if (size < MIN_PART_SIZE) {
      throw new MctpError('EPROTO', `${this.name} offers parts of ${size} bytes; the least is ${MIN_PART_SIZE}`);
    }
    const theirs = new Set(bitfieldNumbers(response.responderProtocolSupport));
    this.#negotiated = { partSize: size, types: new Set(types.filter((type) => theirs.has(type))) };
    return this.#negotiated;
  }

  async #discoverTid(assignTid: number | undefined, call: CallOptions): Promise<void> {
    const answer = await this.exchange(GetTID, {}, call);
    if (GetTID.succeeded(answer)) this.tid = answer.tid;
    else this.notes.push(`GetTID was answered with completion code ${answer.completionCode}`);
    if (this.tid === RESERVED_TID) {
      this.notes.push('GetTID gave the reserved TID 255');
      this.tid = 0;
    }
    if (this.tid !== 0 || assignTid === undefined) return;
    const set = await this.exchange(SetTID, { tid: assignTid }, call);
    if (set.completionCode === COMPLETION.SUCCESS) this.tid = assignTid;
    else this.notes.push(`SetTID was answered with completion code ${set.completionCode}`);
  }

  async #discoverType(type: number, call: CallOptions): Promise<TypeSupport> {
    const versions = await this.versions(type, call);
    // The last one listed is the newest with the termini seen so far; compared by digits to be sure.
    const version = [...versions].sort(compareVersions).at(-1);
    const commands = new Set<number>();
    if (version !== undefined) {
      const { pldmCommands } = await this.call(GetPLDMCommands, { pldmType: type, version }, call);
      for (const command of bitfieldNumbers(pldmCommands)) commands.add(command);
    }
    return { type, versions, versionTexts: versions.map(ver32Text), commands };
  }

  /** A peer's error or broken answer is a note; silence and cancelling are not. */
  async #tolerate<T>(what: string, run: () => Promise<T>): Promise<T | undefined> {
    try {
      return await run();
    } catch (error) {
      const tolerable =
        error instanceof CompletionCodeError || MctpError.is(error, 'EBADMSG') || MctpError.is(error, 'EPROTO');
      if (!tolerable) throw error;
      this.notes.push(`${what}: ${(error as Error).message}`);
      return undefined;
    }
  }
}
