/**
 * A file host: files with their PDRs, and the commands of type 7 (DSP0242 §9). Data moves with MultipartReceive and
 * MultipartSend of type 0, as far as it is known how: FIFOs are polled; to open one as "pushed" is refused with
 * INVALID_DF_ATTRIBUTE.
 */

import type { Failure } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import { fail } from '../../stack/protocol/index.js';
import type { MultipartResponder, Section } from '../base/multipart-responder.js';
import { COMPLETION } from '../base/pldm-completion-codes.js';
import type { PldmContext } from '../base/pldm-handlers.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import type { PldmTerminus } from '../terminus/terminus-responder.js';
import {
  DfClose,
  DfGetFileAttribute,
  DfHeartbeat,
  DfOpen,
  DfProperties,
  DfSetFileAttribute,
  FILE_CODES,
} from './file-commands.js';
import { DescriptorTable, type OpenDescriptor } from './file-descriptors.js';
import { type FileStorage, isFifo } from './file-storage.js';
import { filePdr, type HostedFile, maximumDescriptorsOf, maximumSizeOf, mayBeEmptied } from './hosted-file.js';

export interface FileHostOptions {
  readonly files?: readonly HostedFile[];
  /** Open at once, of all files and clients; over it MAX_NUM_FDS_EXCEEDED. Default 16. */
  readonly maxDescriptors?: number;
  /** A descriptor without heartbeat is closed when nothing came for this long; ms, default 300000. */
  readonly idleMs?: number;
  /** Heartbeat intervals that are granted; ms, default 1000 to 60000. */
  readonly heartbeat?: { readonly min: number; readonly max: number };
  /** What DfProperties says; default 1. */
  readonly maxConcurrentMedium?: number;
}

export interface FileHostCounters {
  opened: number;
  closed: number;
  /** Closed because their owner was not heard of. */
  expired: number;
  refused: number;
}

const OPEN = { write: 1, exclusive: 2, fifo: 4, pushed: 8 } as const;
const CLOSE_ZERO_LENGTH = 1;
const PROPERTY = { maxConcurrentMedium: 1, maxFileDescriptors: 2 } as const;
const ATTRIBUTE = { zeroLength: 1, maximumPollInterval: 1 << 17 } as const;
/** In GetPLDMCommands only: DfRead stands for MultipartReceive. */
const DF_READ = 0x20;

/**
 *     const terminus = new PldmTerminus({ transport, clock, description });
 *     const host = new FileHost(terminus, { files: [{ identifier: 1, name: 'boot.log', storage: new MemoryFile(log) }] });
 *
 * @throws MctpError EINVAL for a file that cannot be
 */
export class FileHost {
  readonly #stops: (() => void)[] = [];
  readonly counters: FileHostCounters = { opened: 0, closed: 0, expired: 0, refused: 0 };
  readonly #files = new Map<number, { readonly file: HostedFile; readonly recordHandle: number }>();
  readonly #descriptors: DescriptorTable;
  readonly #multipart: MultipartResponder;
  readonly #options: FileHostOptions;

  constructor(
    readonly terminus: PldmTerminus,
    options: FileHostOptions = {},
  ) {
    const multipart = terminus.serveMultipart([PLDM_TYPE.fileTransfer]);
    this.#multipart = multipart;
    this.#options = options;
    this.#descriptors = new DescriptorTable(
      terminus.responder.clock,
      options.idleMs ?? 300_000,
      ({ owner, descriptor }, expired) => {
        this.counters.closed++;
        if (expired) this.counters.expired++;
        multipart.drop(owner, PLDM_TYPE.fileTransfer, descriptor);
      },
    );
    for (const file of options.files ?? []) this.add(file);
    this.#serve();
  }

  /** Descriptors open now. */
  get open(): number {
    return this.#descriptors.size;
  }

  /** @throws MctpError EEXIST, EINVAL */
  add(file: HostedFile): void {
    if (this.#files.has(file.identifier)) throw new MctpError('EEXIST', `there is a file ${file.identifier} already`);
    let last = 0;
    for (const handle of this.terminus.repository.records.keys()) last = Math.max(last, handle);
    const recordHandle = last + 1;
    this.terminus.putPdr(filePdr(file, recordHandle));
    this.#files.set(file.identifier, { file, recordHandle });
  }

  /** Its descriptors are closed. False when there is none. */
  remove(identifier: number): boolean {
    const found = this.#files.get(identifier);
    if (found === undefined) return false;
    for (const { descriptor } of this.#descriptors.of(found.file)) this.#descriptors.close(descriptor);
    this.#files.delete(identifier);
    this.terminus.removePdr(found.recordHandle);
    return true;
  }

  /** Close all descriptors and stop answering. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#descriptors.closeAll();
  }

  #serve(): void {
    const { handlers } = this.terminus.responder;
    const on: typeof handlers.on = (command, handler) => {
      const stop = handlers.on(command, handler);
      this.#stops.push(stop);
      return stop;
    };
    handlers.announce(PLDM_TYPE.fileTransfer, [DF_READ]);
    const refuse = (code: number): Failure => {
      this.counters.refused++;
      return fail(code);
    };
    on(DfOpen, ({ fileIdentifier, dfOpenAttributes }, { peerKey }) => {
      const opened = this.#open(fileIdentifier, dfOpenAttributes, peerKey);
      return typeof opened === 'number' ? refuse(opened) : { fileDescriptor: opened.descriptor };
    });
    on(DfClose, ({ fileDescriptor, dfCloseOptions }, { peerKey }) => {
      const code = this.#close(fileDescriptor, dfCloseOptions, peerKey);
      return code === undefined ? {} : refuse(code);
    });
    on(DfHeartbeat, ({ fileDescriptor, requesterMaxInterval }, { peerKey }) => {
      if (this.#descriptors.hear(fileDescriptor, peerKey) === undefined) {
        return refuse(FILE_CODES.INVALID_FILE_DESCRIPTOR);
      }
      const { min, max } = this.#options.heartbeat ?? { min: 1000, max: 60_000 };
      const interval = requesterMaxInterval === 0 ? 0 : Math.min(max, Math.max(min, requesterMaxInterval));
      this.#descriptors.grant(fileDescriptor, interval);
      return { responderMaxInterval: interval };
    });
    on(DfProperties, ({ fileDescriptor, dfProperty }, { peerKey }) => {
      if (fileDescriptor !== undefined && this.#descriptors.hear(fileDescriptor, peerKey) === undefined) {
        return refuse(FILE_CODES.INVALID_FILE_DESCRIPTOR);
      }
      const { maxConcurrentMedium = 1 } = this.#options;
      if (dfProperty === PROPERTY.maxConcurrentMedium) return { value: maxConcurrentMedium };
      if (dfProperty === PROPERTY.maxFileDescriptors) return { value: this.#maxDescriptors };
      return refuse(FILE_CODES.INVALID_DF_ATTRIBUTE);
    });
    on(DfGetFileAttribute, ({ fileIdentifier, dfAttribute }) => {
      const file = this.#files.get(fileIdentifier)?.file;
      if (file === undefined) return refuse(FILE_CODES.INVALID_FILE_IDENTIFIER);
      if (dfAttribute === ATTRIBUTE.zeroLength) return { value: mayBeEmptied(file) ? 1 : 0 };
      const { maximumPollInterval } = file;
      if (dfAttribute === ATTRIBUTE.maximumPollInterval && maximumPollInterval !== undefined) {
        return { value: maximumPollInterval };
      }
      return refuse(FILE_CODES.INVALID_DF_ATTRIBUTE);
    });
    // None of the attributes we know of can be set.
    on(DfSetFileAttribute, ({ fileIdentifier }) =>
      refuse(this.#files.has(fileIdentifier) ? FILE_CODES.INVALID_DF_ATTRIBUTE : FILE_CODES.INVALID_FILE_IDENTIFIER),
    );
    this.#serveData();
  }

  #serveData(): void {
    const type = PLDM_TYPE.fileTransfer;
    // A descriptor is good for the direction it was opened for.
    this.#multipart.check(type, (transferContext, direction, { peerKey }) => {
      const open = this.#descriptors.hear(transferContext, peerKey);
      const fits = open !== undefined && open.write === (direction === 'send');
      return fits ? undefined : fail(COMPLETION.ERROR_INVALID_TRANSFER_CONTEXT);
    });
    this.#multipart.source(type, (transferContext, offset, length, context) => {
      const storage = this.#storageOf(transferContext, context);
      if (storage === undefined) return fail(COMPLETION.ERROR_INVALID_TRANSFER_CONTEXT);
      if (isFifo(storage)) return fifoSection(storage, length);
      if (offset > storage.size) return fail(COMPLETION.ERROR_INVALID_REQUESTED_SECTION_OFFSET);
      return {
        length: Math.min(length, storage.size - offset),
        read: (at, count) => storage.read(offset + at, count),
      };
    });
    this.#multipart.sink(type, (transferContext, offset, data, context) => {
      const open = this.#descriptors.hear(transferContext, context.peerKey);
      const storage = open?.file.storage;
      if (open === undefined || storage?.write === undefined) return fail(COMPLETION.ERROR_INVALID_TRANSFER_CONTEXT);
      if (offset > storage.size) return fail(COMPLETION.ERROR_INVALID_REQUESTED_SECTION_OFFSET);
      if (offset + data.length > maximumSizeOf(open.file)) return fail(COMPLETION.ERROR_INVALID_DATA);
      storage.write(offset, data);
      return undefined;
    });
  }

  #storageOf(descriptor: number, { peerKey }: PldmContext): FileStorage | undefined {
    return this.#descriptors.hear(descriptor, peerKey)?.file.storage;
  }

  get #maxDescriptors(): number {
    return this.#options.maxDescriptors ?? 16;
  }

  /** The descriptor, or the code that says why not. */
  #open(identifier: number, attributes: number, owner: string): OpenDescriptor | number {
    const file = this.#files.get(identifier)?.file;
    if (file === undefined) return FILE_CODES.INVALID_FILE_IDENTIFIER;
    const { storage } = file;
    if (storage === undefined) return FILE_CODES.DFOPEN_DIR_NOT_ALLOWED;
    const has = (bit: number): boolean => (attributes & bit) !== 0;
    const [write, exclusive, fifo, pushed] = [has(OPEN.write), has(OPEN.exclusive), has(OPEN.fifo), has(OPEN.pushed)];
    const known = attributes < 16 && !pushed && fifo === isFifo(storage);
    if (!known || (write && storage.write === undefined)) return FILE_CODES.INVALID_DF_ATTRIBUTE;
    const allowed = write ? file.exclusiveWrite : file.exclusiveRead;
    if (exclusive && allowed === false) return FILE_CODES.EXCLUSIVE_OWNERSHIP_NOT_ALLOWED;
    const others = this.#descriptors.of(file);
    if (exclusive && others.length > 0) return FILE_CODES.EXCLUSIVE_OWNERSHIP_NOT_AVAILABLE;
    // Somebody else's alone, or written to by somebody else.
    if (others.some((other) => other.exclusive || (write && other.write))) return FILE_CODES.FILE_OPEN;
    if (others.length >= maximumDescriptorsOf(file) || this.#descriptors.size >= this.#maxDescriptors) {
      return FILE_CODES.MAX_NUM_FDS_EXCEEDED;
    }
    if (file.ready?.() === false) return FILE_CODES.UNABLE_TO_OPEN_FILE;
    this.counters.opened++;
    return this.#descriptors.open({ owner, file, write, exclusive, fifo });
  }

  /** A close that is refused closes nothing: it may be repeated without the option. */
  #close(descriptor: number, options: number, owner: string): number | undefined {
    const open = this.#descriptors.hear(descriptor, owner);
    if (open === undefined) return FILE_CODES.INVALID_FILE_DESCRIPTOR;
    if ((options & ~CLOSE_ZERO_LENGTH) !== 0) return FILE_CODES.INVALID_DF_ATTRIBUTE;
    if (options === CLOSE_ZERO_LENGTH) {
      if (!mayBeEmptied(open.file)) return FILE_CODES.ZEROLENGTH_NOT_ALLOWED;
      if (!open.exclusive) return FILE_CODES.EXCLUSIVE_OWNERSHIP_NOT_ESTABLISHED;
      open.file.storage?.truncate?.(0);
    }
    this.#descriptors.close(descriptor);
    return undefined;
  }
}

/** What is there now; gone once the requester says that it has it. */
function fifoSection(storage: FileStorage & { consume(length: number): void }, length: number): Section {
  const bytes = storage.read(0, Math.min(length, storage.size));
  return {
    length: bytes.length,
    read: (at, count) => bytes.subarray(at, at + count),
    complete: () => storage.consume(bytes.length),
  };
}
