/** MultipartReceive and MultipartSend, served for the types that have data to give or take (DSP0240 §9.6, §9.7). */

import type { Failure } from '../../stack/codec/index.js';
import { fail } from '../../stack/protocol/index.js';
import type { BaseResponder } from './base-responder.js';
import { crc32 } from './crc.js';
import { MULTIPART_FLAG, MultipartReceive, MultipartSend, TRANSFER_OPERATION } from './multipart-commands.js';
import { COMPLETION } from './pldm-completion-codes.js';
import type { PldmContext } from './pldm-handlers.js';

/** Data that is read part by part, in order. */
export interface Section {
  readonly length: number;
  /** Fewer bytes than asked for when there are no more: the section ends there. */
  read(at: number, length: number): Uint8Array;
  /** The requester says that it has everything. */
  complete?(): void;
}

/** A section of what `transferContext` names, or the completion code that says why not. */
export type SectionSource = (
  transferContext: number,
  offset: number,
  length: number,
  context: PldmContext,
) => Uint8Array | Section | Failure;

/** Asked before anything is done with a context, whichever operation it is. Undefined: it may be. */
export type ContextCheck = (
  transferContext: number,
  direction: 'receive' | 'send',
  context: PldmContext,
) => Failure | undefined;

/** Takes a whole section that was pushed. Undefined: taken. */
export type SectionSink = (
  transferContext: number,
  offset: number,
  data: Uint8Array,
  context: PldmContext,
) => Failure | undefined;

interface Reading {
  readonly section: Section;
  /** Where the current part begins. */
  at: number;
  /** The current part, kept in case it is wanted again: what it was read from may have changed by then. */
  part: Uint8Array;
  last: boolean;
  /** CRC-32 up to `at`. */
  crc: number;
}

interface Writing {
  readonly offset: number;
  readonly length: number;
  readonly parts: Uint8Array;
  size: number;
  crc: number;
}

const NEGOTIATION_INCOMPLETE = 0x83;

export interface MultipartLimits {
  /** Transfers open at once, of all requesters; over it the oldest ends. Default 16. */
  readonly transfers?: number;
  /** Bytes of a section taken in; default 1 MiB. */
  readonly sectionBytes?: number;
}

export class MultipartResponder {
  readonly #sources = new Map<number, SectionSource>();
  readonly #sinks = new Map<number, SectionSink>();
  readonly #checks = new Map<number, ContextCheck>();
  readonly #reading = new Map<string, Reading>();
  readonly #writing = new Map<string, Writing>();

  constructor(
    readonly base: BaseResponder,
    readonly limits: MultipartLimits = {},
  ) {
    const { handlers } = base.responder;
    handlers.on(MultipartReceive, (request, context) => {
      const size = base.partSize(context.peerKey);
      if (size === undefined) return fail(NEGOTIATION_INCOMPLETE);
      const source = this.#sources.get(request.pldmType);
      if (source === undefined) return fail(COMPLETION.ERROR_INVALID_PLDM_TYPE);
      const refused = this.#checks.get(request.pldmType)?.(request.transferContext, 'receive', context);
      if (refused !== undefined) return refused;
      const key = transferKey(context.peerKey, request.pldmType, request.transferContext);
      switch (request.transferOperation) {
        case TRANSFER_OPERATION.firstPart: {
          if (request.dataTransferHandle !== 0) return fail(COMPLETION.ERROR_INVALID_DATA_TRANSFER_HANDLE);
          const { transferContext, requestedSectionOffset, requestedSectionLengthBytes } = request;
          const data = source(transferContext, requestedSectionOffset, requestedSectionLengthBytes, context);
          if ('completionCode' in data) return data;
          const section = data instanceof Uint8Array ? wholeSection(data) : data;
          this.#make(this.#reading, key, readPart(section, 0, 0, size));
          break;
        }
        case TRANSFER_OPERATION.nextPart: {
          const reading = this.#reading.get(key);
          if (reading === undefined) return fail(COMPLETION.ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION);
          // A retry, when the part after this handle is what was sent last.
          if (reading.at > 0 && request.dataTransferHandle === reading.at) break;
          const end = reading.at + reading.part.length;
          // Some requesters always send 0.
          const { dataTransferHandle } = request;
          if (dataTransferHandle !== end && dataTransferHandle !== 0) {
            return fail(COMPLETION.ERROR_INVALID_DATA_TRANSFER_HANDLE);
          }
          if (reading.last) return fail(COMPLETION.ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION);
          const crc = crc32(reading.part, 0, reading.part.length, reading.crc);
          Object.assign(reading, readPart(reading.section, end, crc, size));
          break;
        }
        case TRANSFER_OPERATION.currentPart:
          if (!this.#reading.has(key)) return fail(COMPLETION.ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION);
          break;
        default: {
          const ended = this.#reading.get(key);
          this.#reading.delete(key);
          if (request.transferOperation === TRANSFER_OPERATION.complete && ended?.last) ended.section.complete?.();
          return {
            transferFlag: MULTIPART_FLAG.acknowledgeCompletion,
            nextDataTransferHandle: 0,
            data: new Uint8Array(),
          };
        }
      }
      return currentPart(this.#reading.get(key)!);
    });
    handlers.on(MultipartSend, (request, context) => {
      if (base.partSize(context.peerKey) === undefined) return fail(NEGOTIATION_INCOMPLETE);
      const sink = this.#sinks.get(request.pldmType);
      if (sink === undefined) return fail(COMPLETION.ERROR_INVALID_PLDM_TYPE);
      const { pldmType, transferContext } = request;
      const refused = this.#checks.get(pldmType)?.(transferContext, 'send', context);
      if (refused !== undefined) return refused;
      return this.#take(request, transferKey(context.peerKey, pldmType, transferContext), sink, context);
    });
  }

  /** Serve sections of a type. */
  source(pldmType: number, source: SectionSource): void {
    this.#sources.set(pldmType, source);
  }

  /** Take sections of a type. */
  sink(pldmType: number, sink: SectionSink): void {
    this.#sinks.set(pldmType, sink);
  }

  /** What holds for every operation of a type. */
  check(pldmType: number, check: ContextCheck): void {
    this.#checks.set(pldmType, check);
  }

  /** Forget the transfers of a context: it does not exist any more. */
  drop(peerKey: string, pldmType: number, transferContext: number): void {
    const key = transferKey(peerKey, pldmType, transferContext);
    this.#reading.delete(key);
    this.#writing.delete(key);
  }

  #take(
    request: {
      readonly transferFlag: number;
      readonly transferContext: number;
      readonly sectionOffset: number;
      readonly sectionLengthBytes: number;
      readonly data: Uint8Array;
      readonly dataIntegrityChecksum?: number;
    },
    key: string,
    sink: SectionSink,
    context: PldmContext,
  ) {
    const { transferFlag: flag, data, dataIntegrityChecksum } = request;
    const first = flag === MULTIPART_FLAG.start || flag === MULTIPART_FLAG.startAndEnd;
    const last = flag === MULTIPART_FLAG.end || flag === MULTIPART_FLAG.startAndEnd;
    if (first) {
      const length = request.sectionLengthBytes;
      if (length > (this.limits.sectionBytes ?? 1024 * 1024)) return fail(COMPLETION.ERROR_INVALID_DATA);
      this.#make(this.#writing, key, {
        offset: request.sectionOffset,
        length,
        parts: new Uint8Array(length),
        size: 0,
        crc: 0,
      });
    }
    const writing = this.#writing.get(key);
    if (writing === undefined || (!first && !last && flag !== MULTIPART_FLAG.middle)) {
      return fail(COMPLETION.ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION);
    }
    if (writing.size + data.length > writing.length) {
      this.#writing.delete(key);
      return { nextTransferOperation: TRANSFER_OPERATION.abort };
    }
    const crc = crc32(data, 0, data.length, writing.crc);
    if (data.length > 0 && dataIntegrityChecksum !== crc) {
      return { nextTransferOperation: TRANSFER_OPERATION.currentPart };
    }
    writing.parts.set(data, writing.size);
    writing.size += data.length;
    writing.crc = crc;
    if (!last) return { nextTransferOperation: TRANSFER_OPERATION.nextPart };
    this.#writing.delete(key);
    const refused = sink(request.transferContext, writing.offset, writing.parts.subarray(0, writing.size), context);
    return refused ?? { nextTransferOperation: TRANSFER_OPERATION.complete };
  }

  #make<T>(transfers: Map<string, T>, key: string, transfer: T): void {
    transfers.delete(key);
    if (transfers.size >= (this.limits.transfers ?? 16)) transfers.delete(transfers.keys().next().value!);
    transfers.set(key, transfer);
  }
}

function transferKey(peerKey: string, pldmType: number, transferContext: number): string {
  return `${peerKey} ${pldmType} ${transferContext}`;
}

function wholeSection(data: Uint8Array): Section {
  return { length: data.length, read: (at, length) => data.subarray(at, at + length) };
}

/** The part at `at`; `crc` is that of what goes before. */
function readPart(section: Section, at: number, crc: number, size: number): Reading {
  const wanted = Math.min(size, section.length - at);
  const part = section.read(at, wanted).slice(0, wanted);
  return { section, at, crc, part, last: part.length < wanted || at + part.length >= section.length };
}

function currentPart({ at, part, last: final, crc }: Reading) {
  const { start, middle, end, startAndEnd } = MULTIPART_FLAG;
  const first = at === 0;
  return {
    transferFlag: final ? (first ? startAndEnd : end) : first ? start : middle,
    nextDataTransferHandle: final ? 0 : at + part.length,
    data: part,
    dataIntegrityChecksum: crc32(part, 0, part.length, crc),
  };
}
