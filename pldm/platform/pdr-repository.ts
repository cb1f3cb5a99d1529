/** A terminus's PDRs, downloaded and kept up to date (DSP0248 §26). Whatever the terminus does, the work is bounded. */

import { CodecError } from '../../stack/codec/index.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import { throwIfAborted } from '../../stack/util/abort.js';
import { wait } from '../../stack/util/async.js';
import type { Terminus } from '../terminus/terminus.js';
import { PDR_CHANGE_FORMAT, PDR_CHANGE_OPERATION } from './event-data.js';
import { needsTid, ownRecords } from './own-records.js';
import { type Pdr, readPdr } from './pdr/pdr-codec.js';
import { GET_PDR_CODES, GetPDRRepositoryInfo, GetPDRRepositorySignature } from './pdr-commands.js';
import { type PdrView, viewOf } from './pdr-view.js';
import { REPOSITORY_STATE } from './platform-enums.js';
import { fetchRecord, RepositoryChanged } from './record-transfer.js';

export interface PdrRecord {
  /** As the record itself says. */
  readonly recordHandle: number;
  readonly bytes: Uint8Array;
  /** Undefined when it does not decode; then `error` says why. */
  readonly pdr: Pdr | undefined;
  /** What is strange about its bytes, though it decodes. */
  readonly remarks: readonly string[];
  readonly error: CodecError | undefined;
}

export interface RepositoryInfo {
  readonly updateTime: string;
  readonly oemUpdateTime: string;
  readonly recordCount: number;
  readonly repositorySize: number;
  /** Undefined when the terminus has no GetPDRRepositorySignature. */
  readonly signature: number | undefined;
}

export interface RepositoryOptions {
  /** Bytes asked for in one GetPDR; default 1024. */
  readonly requestCount?: number;
  /** Default 16384. Besides, never more than twice what the terminus announces and 256. */
  readonly maxRecords?: number;
  /** Bytes in all; default 8 MiB. */
  readonly maxBytes?: number;
  /** Bytes of one record; default 65545, the most its header can say. */
  readonly maxRecordBytes?: number;
  /** Times to start over when the repository changes on the way; default 3. */
  readonly restarts?: number;
  /** Wait before starting over; ms, default 1000. */
  readonly restartDelayMs?: number;
}

export interface DownloadOptions extends CallOptions {
  readonly onProgress?: (done: number, announced: number) => void;
}

/** A change as the event tells it. */
export interface RepositoryChange {
  readonly eventDataFormat: number;
  readonly changeRecords: readonly { readonly eventDataOperation: number; readonly changeEntry: readonly number[] }[];
}

/** Changes that wait for their turn before they are lumped together. */
const MAX_WAITING = 8;

export class PdrRepository {
  readonly #notes: string[] = [];
  #records = new Map<number, PdrRecord>();
  #info: RepositoryInfo | undefined;
  #view: PdrView | undefined;
  #own: { readonly view: PdrView; readonly notes: readonly string[] } | undefined;
  #hasSignature: boolean | undefined;
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  #catchUp: Promise<void> | undefined;
  readonly #limits: Required<RepositoryOptions>;

  constructor(
    readonly terminus: Terminus,
    options: RepositoryOptions = {},
  ) {
    this.#limits = {
      requestCount: options.requestCount ?? 1024,
      maxRecords: options.maxRecords ?? 16_384,
      maxBytes: options.maxBytes ?? 8 * 1024 * 1024,
      maxRecordBytes: options.maxRecordBytes ?? 65_545,
      restarts: options.restarts ?? 3,
      restartDelayMs: options.restartDelayMs ?? 1000,
    };
  }

  /** By record handle, in the terminus's order. Empty before the first download. */
  get records(): ReadonlyMap<number, PdrRecord> {
    return this.#records;
  }

  /** As of the last download; undefined before. */
  get info(): RepositoryInfo | undefined {
    return this.#info;
  }

  /** Sensors, effecters, entities, names: made of the records, again after each change. */
  get view(): PdrView {
    this.#view ??= viewOf(pdrsOf(this.#records));
    return this.#view;
  }

  /** What this terminus itself is asked for: the same, without what other termini have, where the records say so. */
  get ownView(): PdrView {
    return this.#ours.view;
  }

  /** What is strange about the repository without making it unreadable. */
  get notes(): readonly string[] {
    return [...this.#notes, ...this.view.notes, ...this.#ours.notes];
  }

  get #ours() {
    if (this.#own !== undefined) return this.#own;
    const { tid, address } = this.terminus;
    const { pdrs, others, leftOut } = ownRecords(pdrsOf(this.#records), { tid, eid: address.eid });
    const handles = `terminus handle${others.length === 1 ? '' : 's'} ${others.join(', ')}`;
    const note = `${leftOut} sensors and effecters of ${handles} are of other termini, and not asked for here`;
    this.#own = { view: others.length === 0 ? this.view : viewOf(pdrs), notes: leftOut === 0 ? [] : [note] };
    return this.#own;
  }

  /**
   * Read all records; what was there before stays until the new ones are complete. Starts over when the repository
   * changes on the way.
   * @throws MctpError EAGAIN when it keeps changing, EPROTO when its chain of records loops or does not end; those of calls
   */
  download(options: DownloadOptions = {}): Promise<void> {
    return this.#inTurn(() => this.#download(options));
  }

  async #download(options: DownloadOptions): Promise<void> {
    const { onProgress, ...call } = options;
    let reason = '';
    for (let attempt = 0; attempt <= this.#limits.restarts; attempt++) {
      if (attempt > 0) await wait(this.terminus.client.clock, this.#limits.restartDelayMs, call.signal);
      this.#notes.length = 0;
      try {
        const before = await this.#readInfo(call);
        const records = await this.#walk(before, call, onProgress);
        const after = await this.#readInfo(call);
        if (!sameInfo(before, after)) throw new RepositoryChanged('it changed during the download');
        await this.#accept(records, after, call);
        return;
      } catch (error) {
        if (!(error instanceof RepositoryChanged)) throw error;
        reason = error.message;
      }
    }
    throw new MctpError(
      'EAGAIN',
      `${this.terminus.name}: the PDR repository did not hold still for ${this.#limits.restarts + 1} downloads (${reason})`,
    );
  }

  /** Download again if signature, times or counts moved. Resolves to whether they had. */
  refresh(options: DownloadOptions = {}): Promise<boolean> {
    return this.#inTurn(() => this.#refresh(options));
  }

  async #refresh(options: DownloadOptions): Promise<boolean> {
    if (this.#info !== undefined) {
      const { onProgress: _, ...call } = options;
      try {
        if (sameInfo(this.#info, await this.#readInfo(call))) return false;
      } catch (error) {
        if (!(error instanceof RepositoryChanged)) throw error;
      }
    }
    await this.#download(options);
    return true;
  }

  /**
   * Follow a pldmPDRRepositoryChgEvent. Handles are read one by one; everything else is a new download, and so is a
   * change that turns out different from what the event said.
   */
  apply(change: RepositoryChange, options: DownloadOptions = {}): Promise<void> {
    if (this.#waiting < MAX_WAITING) return this.#inTurn(() => this.#apply(change, options));
    // A flood of changes: one look at all of it does for the rest.
    this.#catchUp ??= this.#inTurn(async () => {
      this.#catchUp = undefined;
      await this.#refresh(options);
    });
    return this.#catchUp;
  }

  /** One after the other: each starts from what the one before it left. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const turn = this.#turn.then(run).finally(() => {
      this.#waiting--;
    });
    this.#turn = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  async #apply(change: RepositoryChange, options: DownloadOptions): Promise<void> {
    const { onProgress: _, ...call } = options;
    if (this.#info === undefined || change.eventDataFormat !== PDR_CHANGE_FORMAT.formatIsPDRHandles) {
      await this.#download(options);
      return;
    }
    const records = new Map(this.#records);
    const { maxRecords, maxBytes } = this.#limits;
    let bytes = 0;
    for (const record of records.values()) bytes += record.bytes.length;
    try {
      for (const { eventDataOperation, changeEntry } of change.changeRecords) {
        if (eventDataOperation === PDR_CHANGE_OPERATION.refreshAllRecords) throw new RepositoryChanged('all of it');
        // An event may name one record many times; once is enough.
        for (const handle of new Set(changeEntry)) {
          const before = records.get(handle);
          bytes -= before?.bytes.length ?? 0;
          if (eventDataOperation === PDR_CHANGE_OPERATION.recordsDeleted) {
            records.delete(handle);
            continue;
          }
          if (before === undefined && records.size >= maxRecords)
            this.#broken(`its changes lead to more than ${maxRecords} PDRs`);
          const record = recordOf((await this.#read(handle, call)).bytes);
          bytes += record.bytes.length;
          if (bytes > maxBytes) this.#broken(`its changes lead to more than ${maxBytes} bytes of PDRs`);
          records.set(handle, record);
        }
      }
      const info = await this.#readInfo(call);
      if (info.recordCount !== records.size) throw new RepositoryChanged('the number of records is another');
      await this.#accept(records, info, call);
    } catch (error) {
      if (!(error instanceof RepositoryChanged)) throw error;
      await this.#download(options);
    }
  }

  async #accept(records: Map<number, PdrRecord>, info: RepositoryInfo, call: CallOptions): Promise<void> {
    if (this.terminus.tid === 0 && needsTid(pdrsOf(records))) {
      this.terminus.tid = (await this.terminus.readTid(call)) ?? 0;
    }
    this.#records = records;
    this.#info = info;
    this.#view = undefined;
    this.#own = undefined;
    if (info.recordCount !== records.size) {
      this.#notes.push(`the terminus announces ${info.recordCount} records and has ${records.size}`);
    }
    for (const { recordHandle, error, remarks } of records.values()) {
      if (error !== undefined) this.#notes.push(`record ${recordHandle}: ${error.message}`);
      for (const remark of remarks) this.#notes.push(`record ${recordHandle}: ${remark}`);
    }
  }

  async #walk(
    { recordCount }: RepositoryInfo,
    call: CallOptions,
    onProgress: DownloadOptions['onProgress'],
  ): Promise<Map<number, PdrRecord>> {
    const { maxRecords, maxBytes } = this.#limits;
    const most = Math.min(maxRecords, 2 * recordCount + 256);
    const records = new Map<number, PdrRecord>();
    const asked = new Set<number>();
    let bytes = 0;
    let handle = 0;
    do {
      throwIfAborted(call.signal);
      if (asked.has(handle)) this.#broken(`the chain of PDRs leads back to record ${handle}`);
      asked.add(handle);
      if (asked.size > most) this.#broken(`${most} PDRs came where ${recordCount} were announced, and no end`);
      const fetched = await this.#read(handle, call).catch((error: unknown) => {
        if (recordCount === 0 && handle === 0 && hasNoRecord(error)) return undefined;
        throw error;
      });
      if (fetched === undefined) return records;
      bytes += fetched.bytes.length;
      if (bytes > maxBytes) this.#broken(`more than ${maxBytes} bytes of PDRs came, and no end`);
      const record = recordOf(fetched.bytes);
      if (handle !== 0 && record.recordHandle !== handle) {
        this.#notes.push(`record ${handle} calls itself ${record.recordHandle}`);
      }
      if (records.has(record.recordHandle)) this.#broken(`two PDRs call themselves ${record.recordHandle}`);
      records.set(record.recordHandle, record);
      onProgress?.(records.size, recordCount);
      handle = fetched.nextRecordHandle;
    } while (handle !== 0);
    return records;
  }

  #broken(detail: string): never {
    throw new MctpError('EPROTO', `${this.terminus.name}: ${detail}`);
  }

  #read(handle: number, call: CallOptions) {
    const { requestCount, maxRecordBytes } = this.#limits;
    return fetchRecord(this.terminus, handle, { ...call, requestCount, maxRecordBytes });
  }

  async #readInfo(call: CallOptions): Promise<RepositoryInfo> {
    const info = await this.terminus.call(GetPDRRepositoryInfo, {}, call);
    if (info.repositoryState === REPOSITORY_STATE.updateInProgress)
      throw new RepositoryChanged('an update is in progress');
    if (info.repositoryState === REPOSITORY_STATE.failed) this.#broken('the PDR repository has failed');
    const { updateTime, oemUpdateTime, recordCount, repositorySize } = info;
    return { updateTime, oemUpdateTime, recordCount, repositorySize, signature: await this.#readSignature(call) };
  }

  async #readSignature(call: CallOptions): Promise<number | undefined> {
    this.#hasSignature ??= this.terminus.supports(GetPDRRepositorySignature);
    if (!this.#hasSignature) return undefined;
    try {
      return (await this.terminus.call(GetPDRRepositorySignature, {}, call)).pdrRepositorySignature;
    } catch (error) {
      if (!(error instanceof CompletionCodeError)) throw error;
      this.#hasSignature = false;
      return undefined;
    }
  }
}

/** A record with what it decodes to, or with why it does not. At least 4 bytes: the record handle. */
export function recordOf(bytes: Uint8Array): PdrRecord {
  const recordHandle = (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0;
  try {
    return { recordHandle, bytes, ...readPdr(bytes), error: undefined };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    return { recordHandle, bytes, pdr: undefined, remarks: [], error };
  }
}

function pdrsOf(records: ReadonlyMap<number, PdrRecord>): readonly Pdr[] {
  return [...records.values()].flatMap(({ pdr }) => (pdr === undefined ? [] : [pdr]));
}

/** Record 0 stands for the first one. */
function hasNoRecord(error: unknown): boolean {
  return error instanceof RepositoryChanged && error.completionCode === GET_PDR_CODES.INVALID_RECORD_HANDLE;
}

function sameInfo(a: RepositoryInfo, b: RepositoryInfo): boolean {
  return (
    a.signature === b.signature &&
    a.updateTime === b.updateTime &&
    a.oemUpdateTime === b.oemUpdateTime &&
    a.recordCount === b.recordCount &&
    a.repositorySize === b.repositorySize
  );
}
