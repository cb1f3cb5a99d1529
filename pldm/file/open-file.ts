/** A file that is open at a host: reading and writing by sections, and closing, whatever happens (DSP0242 §8, §9). */

import { CodecError } from '../../stack/codec/index.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import { throwIfAborted } from '../../stack/util/abort.js';
import { concat } from '../base/concat.js';
import { MULTIPART_CODES } from '../base/multipart-commands.js';
import { sectionParts, sendSection } from '../base/multipart-requester.js';
import { COMPLETION } from '../base/pldm-completion-codes.js';
import { completionCodeName } from '../base/pldm-protocol.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import type { Terminus } from '../terminus/terminus.js';
import { DfClose, FILE_CODES } from './file-commands.js';
import type { Heartbeat } from './file-heartbeat.js';

export interface ReadOptions {
  /** Bytes; default 0. A FIFO has none. */
  readonly offset?: number;
  /** Most bytes; default: to the end. */
  readonly length?: number;
  /** Bytes asked for in one multipart transfer; default 256 KiB. */
  readonly sectionBytes?: number;
  /** Times to ask again, from where it stands, when a transfer breaks without progress; default 2. */
  readonly restarts?: number;
  /** Take a checksum of each part alone, too. Default false: over the section so far. */
  readonly partChecksums?: boolean;
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface WriteOptions {
  /** Bytes; default 0. */
  readonly offset?: number;
  /** Bytes sent in one multipart transfer; default 32 KiB. */
  readonly sectionBytes?: number;
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Offsets are 32 bits. */
export const LARGEST_FILE = 0xffff_ffff;
const READ_SECTION = 256 * 1024;
const WRITE_SECTION = 32 * 1024;
/** In one write. */
const MOST_LOST_WAYS = 3;
/** A transfer that the host has lost or that came damaged is asked for again; other refusals hold. */
const WORTH_ANOTHER_TRY: readonly number[] = [
  COMPLETION.ERROR_INVALID_DATA_TRANSFER_HANDLE,
  COMPLETION.ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION,
  MULTIPART_CODES.NEGOTIATION_INCOMPLETE,
];

export class OpenFile {
  #open = true;

  constructor(
    readonly terminus: Terminus,
    readonly descriptor: number,
    /** For messages: "/logs/boot.log". */
    readonly name: string,
    private readonly partSize: number | undefined,
    private readonly heartbeat: Heartbeat | undefined,
    /** A FIFO is read from its front. */
    private readonly fifo: boolean,
  ) {}

  get isOpen(): boolean {
    return this.#open;
  }

  /** @throws as `parts` */
  async read(options: ReadOptions = {}): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of this.parts(options)) {
      parts.push(part);
      size += part.length;
    }
    return concat(parts, size);
  }

  /**
   * The bytes as they come; ends with the file, or after `length`. The file stays open.
   * @throws CompletionCodeError; MctpError EPROTO for a host that breaks the rules, ENOTCONN when closed, those of calls
   */
  async *parts(options: ReadOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const { sectionBytes = READ_SECTION, restarts = 2, onProgress, signal, partChecksums = false } = options;
    const start = this.fifo ? 0 : (options.offset ?? 0);
    const end = Math.min(LARGEST_FILE, start + (options.length ?? LARGEST_FILE));
    let at = start;
    let failures = 0;
    while (at < end) {
      this.#check(signal);
      const length = Math.min(sectionBytes, end - at);
      const section = this.#section(this.fifo ? 0 : at, length);
      let came = 0;
      try {
        for await (const part of sectionParts(this.terminus, section, { partChecksums, signal })) {
          came += part.length;
          at += part.length;
          onProgress?.(at - start);
          yield part;
          this.#check(signal);
        }
      } catch (error) {
        if (at > start && came === 0 && beyondEnd(error)) return;
        // All that was asked for and no end: the host has more than it says, or does not stop.
        if (!worthAnotherTry(error) || at >= end) throw error;
        // What is not acknowledged comes again from a FIFO: going on would give it out twice.
        if (this.fifo && came > 0) throw error;
        failures = came > 0 ? 1 : failures + 1;
        if (failures > restarts) throw error;
        await this.#renegotiate(error, signal);
        continue;
      }
      failures = 0;
      if (came < length) return;
    }
  }

  /**
   * Write over what is there, or behind it. A host that was restarted refuses it with NEGOTIATION_INCOMPLETE and knows
   * the descriptor no more, or as that of another file: the file is to be opened again.
   * @throws CompletionCodeError; MctpError EPROTO, ENOTCONN, those of calls
   */
  async write(data: Uint8Array, options: WriteOptions = {}): Promise<void> {
    const { offset = 0, sectionBytes = WRITE_SECTION, onProgress, signal } = options;
    const partSize = this.partSize ?? 256;
    let lostWays = 0;
    for (let at = 0; at < data.length; ) {
      this.#check(signal);
      const section = data.subarray(at, at + sectionBytes);
      const place = { pldmType: PLDM_TYPE.fileTransfer, transferContext: this.descriptor, offset: offset + at };
      try {
        await sendSection(this.terminus, place, section, partSize, { signal });
      } catch (error) {
        // The same bytes at the same place do no harm.
        if (MctpError.is(error, 'EWAYLOST') && ++lostWays <= MOST_LOST_WAYS) continue;
        // For the next file.
        await this.#renegotiate(error, signal);
        throw error;
      }
      at += section.length;
      onProgress?.(at);
    }
  }

  /**
   * Give the descriptor back; again does nothing. With `zeroLength` the file is emptied, which takes exclusive
   * ownership; a refusal leaves it open.
   * @throws CompletionCodeError; those of calls, then the host closes it when the heartbeat stays out
   */
  async close(options: CallOptions & { readonly zeroLength?: boolean } = {}): Promise<void> {
    if (!this.#open) return;
    const { zeroLength = false, ...call } = options;
    if (!zeroLength) this.#over();
    const answer = await this.terminus.exchange(
      DfClose,
      { fileDescriptor: this.descriptor, dfCloseOptions: zeroLength ? 1 : 0 },
      call,
    );
    const code: number = answer.completionCode;
    // Gone already, by its heartbeat or a reset: as good as closed.
    if (!zeroLength && code === FILE_CODES.INVALID_FILE_DESCRIPTOR) return;
    if (code !== COMPLETION.SUCCESS) {
      throw new CompletionCodeError(DfClose.name, code, completionCodeName(DfClose, code));
    }
    this.#over();
  }

  #over(): void {
    this.#open = false;
    this.heartbeat?.stop();
  }

  #section(offset: number, length: number) {
    return { pldmType: PLDM_TYPE.fileTransfer, transferContext: this.descriptor, offset, length };
  }

  #check(signal: AbortSignal | undefined): void {
    throwIfAborted(signal);
    if (!this.#open) throw new MctpError('ENOTCONN', `${this.terminus.name}: ${this.name} is closed`);
  }

  async #renegotiate(error: unknown, signal: AbortSignal | undefined): Promise<void> {
    if (!isForgotten(error)) return;
    const partSize = this.partSize === undefined ? {} : { partSize: this.partSize };
    await this.terminus.negotiateTransfer({ ...partSize, signal, renegotiate: true });
  }
}

/** The host does not know that parts were agreed upon: it was restarted since. */
export function isForgotten(error: unknown): boolean {
  return error instanceof CompletionCodeError && error.completionCode === MULTIPART_CODES.NEGOTIATION_INCOMPLETE;
}

/** Asked for what is behind the end. */
function beyondEnd(error: unknown): boolean {
  return (
    error instanceof CompletionCodeError && error.completionCode === COMPLETION.ERROR_INVALID_REQUESTED_SECTION_OFFSET
  );
}

function worthAnotherTry(error: unknown): boolean {
  if (error instanceof CompletionCodeError) return WORTH_ANOTHER_TRY.includes(error.completionCode);
  // Bytes that were lost with their way come by another one.
  return error instanceof CodecError || MctpError.is(error, 'EPROTO') || MctpError.is(error, 'EWAYLOST');
}
