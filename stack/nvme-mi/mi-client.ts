/** The requester of NVMe-MI: commands one at a time per drive, and what most callers want of a drive in one call each. */

import { decode, encode, le, type RequestInput, type ResponseFields } from '../codec/index.js';
import { CompletionCodeError } from '../errors.js';
import { MESSAGE_TYPE } from '../ids.js';
import { addressText } from '../place.js';
import { type CallOptions, isAnswer, type RequesterOptions } from '../protocol/index.js';
import type { MctpAddress, MctpSocket } from '../transport.js';
import type { AnyNvmeMiCommand } from './mi-command.js';
import {
  Abort,
  GetState,
  Pause,
  PcieConfigurationRead,
  PcieConfigurationWrite,
  PcieIoRead,
  PcieIoWrite,
  PcieMemoryRead,
  PcieMemoryWrite,
  Replay,
  Resume,
} from './mi-commands.js';
import { mayBeRepeated } from './mi-patience.js';
import { NVME_MI, nvmeMiMessages } from './mi-protocol.js';
import { MI_STATUS_NAMES } from './mi-status.js';
import { type EndpointState, endpointState } from './mi-structures.js';
import { StorageRequester } from './storage-requester.js';

/** Primitives are served at once. */
const PRIMITIVE_TIMEOUT_MS = 1000;
/** Of those which ask a silent drive what it does: it may be gone. */
const RECOVERY_TIMEOUT_MS = 500;

export interface NvmeMiClientOptions extends RequesterOptions {
  /**
   * After a time-out, ask for the state of the command slot and abort what is in it; send the command once more where the
   * drive has not begun with it, or where twice does no harm. Default true.
   */
  readonly recover?: boolean;
}

export const ABORT_RESULT = ['nothing to abort', 'aborted before processing', 'aborted, partly done'] as const;
const ABORTED_BEFORE_PROCESSING = 1;

/** Which command slot; default 0. */
export interface SlotChoice {
  readonly slot?: 0 | 1;
}

/** Where in the PCIe function; 0 where it has nothing to say. */
export interface PciePlace {
  readonly space: 'configuration' | 'memory' | 'io';
  /** Which base address register, 0 to 5; of memory and I/O. */
  readonly bar?: number;
  /** Bytes. */
  readonly offset: number | bigint;
}

const PCIE = {
  configuration: [PcieConfigurationRead, PcieConfigurationWrite],
  memory: [PcieMemoryRead, PcieMemoryWrite],
  io: [PcieIoRead, PcieIoWrite],
} as const;

export class NvmeMiClient extends StorageRequester {
  readonly #primitives: MctpSocket;
  readonly #recover: boolean;
  #tag = 0;

  /** @throws as `MiRequester` */
  constructor(options: NvmeMiClientOptions) {
    super(options);
    this.#recover = options.recover ?? true;
    this.#primitives = options.transport.socket();
  }

  /** Responses of both slots stop at the end of a packet. @throws CompletionCodeError, and those of `exchange` */
  async pause(peer: MctpAddress, options?: CallOptions): Promise<void> {
    await this.#primitive(peer, Pause, {}, 0, options);
  }

  /** @throws as `pause` */
  async resume(peer: MctpAddress, options?: CallOptions): Promise<void> {
    await this.#primitive(peer, Resume, {}, 0, options);
  }

  /** The command slot becomes idle. @returns an index of ABORT_RESULT. @throws as `pause` */
  async abort(peer: MctpAddress, { slot = 0 }: SlotChoice = {}, options?: CallOptions): Promise<number> {
    return (await this.#primitive(peer, Abort, {}, slot, options)).result & 3;
  }

  /** What the endpoint does in a slot, and which errors it has seen. @throws as `pause` */
  async state(
    peer: MctpAddress,
    { slot = 0, clear = false }: SlotChoice & { readonly clear?: boolean } = {},
    options?: CallOptions,
  ): Promise<EndpointState> {
    const { result } = await this.#primitive(peer, GetState, { clearErrorStateFlags: clear ? 1 : 0 }, slot, options);
    return decode(endpointState, encode(le.u16, result));
  }

  /** Send the last response again, from packet `first` on. @returns whether it does. @throws as `pause` */
  async replay(
    peer: MctpAddress,
    { slot = 0, first = 0 }: SlotChoice & { readonly first?: number } = {},
    options?: CallOptions,
  ): Promise<boolean> {
    const { result } = await this.#primitive(peer, Replay, { responseReplayOffset: first }, slot, options);
    return (result & 1) === 1;
  }

  /** @throws CompletionCodeError, and those of `exchange` */
  async pcieRead(
    peer: MctpAddress,
    controller: number,
    place: PciePlace,
    length: number,
    options?: CallOptions,
  ): Promise<Uint8Array> {
    const [read] = PCIE[place.space];
    const { data } = await this.request(peer, read, { ...placeFields(controller, place), length }, options);
    return data.subarray(0, length);
  }

  /** @throws as `pcieRead` */
  async pcieWrite(
    peer: MctpAddress,
    controller: number,
    place: PciePlace,
    data: Uint8Array,
    options?: CallOptions,
  ): Promise<void> {
    const [, write] = PCIE[place.space];
    const padded = new Uint8Array(Math.ceil(data.length / 4) * 4);
    padded.set(data);
    await this.request(peer, write, { ...placeFields(controller, place), length: data.length, data: padded }, options);
  }

  override close(): void {
    super.close();
    this.#primitives.close();
  }

  protected override async mayAskAgain(
    peer: MctpAddress,
    command: AnyNvmeMiCommand,
    slot: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (!this.#recover) return false;
    const call = { timeoutMs: RECOVERY_TIMEOUT_MS, signal };
    try {
      await this.state(peer, { slot: slot as 0 | 1 }, call);
      const result = await this.abort(peer, { slot: slot as 0 | 1 }, call);
      return result === ABORTED_BEFORE_PROCESSING || mayBeRepeated(command);
    } catch {
      // The time-out of the command is what the caller hears of.
      return false;
    }
  }

  /** Past all turns: a primitive is about the command under way. */
  async #primitive<K extends AnyNvmeMiCommand>(
    peer: MctpAddress,
    command: K,
    fields: RequestInput<K>,
    slot: 0 | 1,
    { timeoutMs = PRIMITIVE_TIMEOUT_MS, retries = 0, signal }: CallOptions = {},
  ): Promise<{ readonly result: number }> {
    this.#tag = (this.#tag + 1) & 0xff;
    const request = nvmeMiMessages.encodeRequest(command, slot, {
      ...(fields as object),
      tag: this.#tag,
    } as RequestInput<K>);
    const reply = await this.#primitives.request(peer, request, {
      type: MESSAGE_TYPE.nvmeMi,
      integrityCheck: true,
      timeoutMs,
      retries,
      accept: (message) => isAnswer(NVME_MI, message, slot, NVME_MI.key(command)),
      ...(signal === undefined ? {} : { signal }),
    });
    const response = nvmeMiMessages.decodeResponse(command, reply.payload);
    const { completionCode } = response;
    if (command.response.isSuccess(completionCode)) return response as ResponseFields<K> & { readonly result: number };
    const name = MI_STATUS_NAMES[completionCode] ?? NVME_MI.unnamedCode(completionCode);
    throw new CompletionCodeError(`${command.name} to ${addressText(peer)}`, completionCode, name);
  }
}

function placeFields(controller: number, { bar = 0, offset }: PciePlace) {
  const at = BigInt(offset);
  return { controller, bar, nmd1: Number(at & 0xffff_ffffn), nmd2: Number(at >> 32n) };
}
