/**
 * A file client: what files a terminus has, and those opened, read and written (DSP0242).
 *
 *     const files = new FileClient(terminus);
 *     for (const entry of fileEntries(await files.list())) console.log(entry.path, entry.maximumSize);
 *     for await (const part of files.get(entry)) save(part);
 */

import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import { onAbort, throwIfAborted } from '../../stack/util/abort.js';
import { PLDM_TYPE } from '../base/pldm-types.js';
import { type DownloadOptions, PdrRepository } from '../platform/pdr-repository.js';
import type { Terminus } from '../terminus/terminus.js';
import { DfOpen, DfProperties, FILE_CODES } from './file-commands.js';
import { Heartbeat } from './file-heartbeat.js';
import { type FileEntry, type FileNode, fileTree } from './file-tree.js';
import { isForgotten, LARGEST_FILE, OpenFile, type ReadOptions, type WriteOptions } from './open-file.js';

export interface FileClientOptions {
  /** Most bytes of a part that we take or send; default 4096. The host may want less. */
  readonly partSize?: number;
  /** What we propose; ms, default 30000. 0: no heartbeat. */
  readonly heartbeatMs?: number;
}

/** A file by its identifier alone, for use without PDRs. */
export type FileReference = Pick<FileEntry, 'identifier'> & Partial<Pick<FileEntry, 'path' | 'isFifo' | 'maximumSize'>>;

export interface OpenOptions {
  readonly write?: boolean;
  readonly exclusive?: boolean;
  readonly fifo?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface PutOptions extends WriteOptions {
  /** Empty the file first, by closing it with zero length; default true, unless there is an offset. */
  readonly empty?: boolean;
}

/** For what ends a piece of work that was cancelled: short, and not cancelled with it. */
const LAST_WORD: CallOptions = { timeoutMs: 1000, retries: 1, notReadyRetries: 0, signal: undefined };

export class FileClient {
  readonly pdrs: PdrRepository;

  constructor(
    readonly terminus: Terminus,
    private readonly options: FileClientOptions = {},
  ) {
    this.pdrs = new PdrRepository(terminus);
  }

  /** Read the terminus's PDRs; the files among them. @throws as `PdrRepository.download` */
  async list(options: DownloadOptions = {}): Promise<FileNode[]> {
    await this.pdrs.download(options);
    return fileTree(this.pdrs.ownView.files);
  }

  /** How many descriptors the host gives out; undefined when it does not tell. */
  async maxDescriptors(options: CallOptions = {}): Promise<number | undefined> {
    const answer = await this.terminus.exchange(DfProperties, { dfProperty: ['maxFileDescriptors'] }, options);
    return DfProperties.succeeded(answer) ? answer.value : undefined;
  }

  /**
   * Open a file; whoever does must close it. Cancelled, it is closed again if the host had opened it.
   * @throws CompletionCodeError; MctpError ENOTSUP when the host moves no files by multipart, those of calls
   */
  async open(file: FileReference, options: OpenOptions = {}): Promise<OpenFile> {
    const { write = false, exclusive = false, fifo = file.isFifo ?? false, signal } = options;
    throwIfAborted(signal);
    const { partSize, types } = await this.terminus.negotiateTransfer({
      signal,
      ...(this.options.partSize === undefined ? {} : { partSize: this.options.partSize }),
    });
    if (!types.has(PLDM_TYPE.fileTransfer)) {
      throw new MctpError('ENOTSUP', `${this.terminus.name} transfers no files by multipart`);
    }
    const attributes = { write, exclusive, fifo };
    const names = (Object.keys(attributes) as (keyof typeof attributes)[]).filter((name) => attributes[name]);
    const { fileDescriptor } = await this.#uninterrupted(
      this.terminus.call(DfOpen, { fileIdentifier: file.identifier, dfOpenAttributes: names }),
      signal,
      ({ fileDescriptor: late }) => this.#made(file, late, partSize, undefined, fifo).close(LAST_WORD),
    );
    const { heartbeatMs = 30_000 } = this.options;
    const heartbeat = heartbeatMs === 0 ? undefined : new Heartbeat(this.terminus, fileDescriptor, heartbeatMs);
    const opened = this.#made(file, fileDescriptor, partSize, heartbeat, fifo);
    try {
      await heartbeat?.start(signal);
    } catch (error) {
      await opened.close(LAST_WORD).catch(() => undefined);
      throw error;
    }
    return opened;
  }

  /**
   * A whole file, or the range `offset` and `length` give, part by part. However it ends, the file is closed.
   * @throws as `open` and `OpenFile.parts`; MctpError EPROTO when more comes than the file can have
   */
  async *get(
    file: FileReference,
    options: ReadOptions & OpenOptions = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    // 0 is what hosts write that do not know.
    const limit = file.maximumSize === undefined || file.maximumSize === 0 ? LARGEST_FILE : file.maximumSize;
    const { offset = 0, length = Math.max(0, limit - offset) } = options;
    const opened = await this.open(file, options);
    try {
      yield* opened.parts({ ...options, offset, length });
    } finally {
      await opened.close(LAST_WORD).catch(() => undefined);
    }
  }

  /**
   * Write a file. Emptying it first takes two opens, as a file is emptied only by closing it. After a restart of the host
   * the whole file is written again.
   * @throws as `open` and `OpenFile.write`; MctpError EMSGSIZE before anything is done when it cannot be so large
   */
  async put(file: FileReference, data: Uint8Array, options: PutOptions = {}): Promise<void> {
    const { offset = 0, empty = offset === 0, signal } = options;
    const { maximumSize = 0 } = file;
    if (maximumSize > 0 && offset + data.length > maximumSize) {
      throw new MctpError('EMSGSIZE', `${offset + data.length} bytes, and the file can have ${maximumSize}`);
    }
    if (empty) await this.#empty(file, signal);
    try {
      await this.#write(file, data, options);
    } catch (error) {
      if (!isForgotten(error)) throw error;
      await this.#write(file, data, options);
    }
  }

  async #write(file: FileReference, data: Uint8Array, options: PutOptions): Promise<void> {
    const opened = await this.open(file, { write: true, signal: options.signal });
    try {
      await opened.write(data, options);
    } catch (error) {
      await opened.close(LAST_WORD).catch(() => undefined);
      throw error;
    }
    // A host may keep what it was sent only now: its answer counts.
    await opened.close();
  }

  async #empty(file: FileReference, signal: AbortSignal | undefined): Promise<void> {
    const opened = await this.open(file, { write: true, exclusive: true, signal });
    try {
      await opened.close({ zeroLength: true, signal });
    } catch (error) {
      await opened.close(LAST_WORD).catch(() => undefined);
      const code = error instanceof CompletionCodeError ? error.completionCode : undefined;
      if (code === FILE_CODES.ZEROLENGTH_NOT_ALLOWED) {
        throw new MctpError('ENOTSUP', 'the host does not let the file be emptied', { cause: error });
      }
      throw error;
    }
  }

  #made(file: FileReference, descriptor: number, partSize: number, heartbeat: Heartbeat | undefined, fifo: boolean) {
    const name = file.path ?? `file ${file.identifier}`;
    return new OpenFile(this.terminus, descriptor, name, partSize, heartbeat, fifo);
  }

  /** A request that opens something is waited for in any case: when it is cancelled while it waits, what it opened is closed. */
  #uninterrupted<T>(work: Promise<T>, signal: AbortSignal | undefined, undo: (result: T) => Promise<void>): Promise<T> {
    if (signal === undefined) return work;
    return new Promise((resolve, reject) => {
      const stopListening = onAbort(signal, (error) => {
        const over = (): void => reject(error);
        void work.then(undo).then(over, over);
      });
      const settled = (): boolean => {
        stopListening?.();
        return !signal.aborted;
      };
      work.then(
        (result) => settled() && resolve(result),
        (error: unknown) => settled() && reject(error as Error),
      );
    });
  }
}
