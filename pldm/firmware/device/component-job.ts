/** One component from its first byte to ApplyComplete: DOWNLOAD, VERIFY, APPLY (DSP0267 §12.6 to §12.9). */

import { bounded, TIMED_OUT } from '../../../stack/util/async.js';
import { collectParts, isLastPart } from '../../base/collect-parts.js';
import { concat } from '../../base/concat.js';
import { APPLY_RESULT, FD_STATE, TRANSFER_RESULT, VERIFY_RESULT } from '../firmware-enums.js';
import { GetMetaData } from '../inventory-commands.js';
import { ApplyComplete, TransferComplete, VerifyComplete } from '../update-commands.js';
import type { AgentCaller } from './agent-caller.js';
import type { DeviceStatus, FdState } from './device-status.js';
import { download } from './download.js';
import type { ApplyOutcome, ComponentSink, SinkOffer, WorkContext } from './firmware-hardware.js';

const TIMEOUT = 0x09;
const GENERIC_ERROR = 0x0a;
const MAX_META_DATA = 0xffff;

export interface JobOptions {
  readonly status: DeviceStatus;
  readonly caller: AgentCaller;
  readonly sink: ComponentSink;
  readonly ready: SinkOffer['ready'];
  readonly size: number;
  readonly chunk: number;
  /** Our own work begins or ends: the idle timer stands still while it runs. */
  readonly working: (yes: boolean) => void;
  /** The component is applied and the agent knows it. */
  readonly applied: () => void;
}

export class ComponentJob {
  readonly #abort = new AbortController();
  readonly #options: JobOptions;
  #applied = false;

  constructor(options: JobOptions) {
    this.#options = options;
  }

  get busy(): boolean {
    return this.#options.sink.busy?.() ?? false;
  }

  /** Ends when all is done, when it failed, or when it is stopped. Never rejects. */
  async run(): Promise<void> {
    try {
      await this.#run();
    } catch {
      if (this.#abort.signal.aborted) return;
      // A hook that throws where none may: the component has failed, and says so.
      this.#options.status.fail(GENERIC_ERROR);
      this.#giveUp();
    }
  }

  /** No more requests, no more hooks. */
  stop(): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.#giveUp();
  }

  async #run(): Promise<void> {
    const { status, caller, sink, ready, size, chunk } = this.#options;
    const { signal } = this.#abort;
    if (ready !== undefined && (await this.#work(ready)) === TIMED_OUT) return this.#fail(TIMEOUT);
    const result = await download({
      caller,
      sink,
      size,
      chunk,
      signal,
      onProgress: (done) => status.progress((100 * done) / size),
    });
    signal.throwIfAborted();
    if (result === undefined) return this.#fail(GENERIC_ERROR);
    const transferred = await this.#report(result === TRANSFER_RESULT.success, result, (transferResult) =>
      caller.ask(TransferComplete, { transferResult }, signal),
    );
    if (!transferred) return;
    this.#enter(FD_STATE.verify);
    const verdict = await this.#hook(() => sink.verify(this.#context()));
    const verifyResult = typeof verdict === 'number' ? verdict : GENERIC_ERROR;
    const verified = await this.#report(verifyResult === VERIFY_RESULT.success, verifyResult, (code) =>
      caller.ask(VerifyComplete, { verifyResult: code }, signal),
    );
    if (!verified) return;
    this.#enter(FD_STATE.apply);
    const outcome = await this.#hook(() => sink.apply(this.#context()));
    const apply: ApplyOutcome = typeof outcome === 'number' ? { result: outcome } : outcome;
    const good = apply.result === APPLY_RESULT.success || apply.result === APPLY_RESULT.successActivationModified;
    const methods = apply.result === APPLY_RESULT.successActivationModified ? (apply.activationMethods ?? 0) : 0;
    this.#applied = good;
    const known = await this.#report(good, apply.result, (applyResult) =>
      caller.ask(ApplyComplete, { applyResult, componentActivationMethodsModification: methods }, signal),
    );
    if (!known) return;
    this.#enter(FD_STATE.readyXfer);
    this.#options.applied();
  }

  /** Tell the agent; false: the component ends here, and waits to be cancelled. */
  async #report(
    good: boolean,
    result: number,
    ask: (result: number) => Promise<{ readonly completionCode: number }>,
  ): Promise<boolean> {
    const { status } = this.#options;
    if (good) status.succeed();
    else this.#fail(result);
    const { completionCode } = await ask(result);
    this.#abort.signal.throwIfAborted();
    if (good && completionCode !== 0) this.#fail(GENERIC_ERROR);
    return good && completionCode === 0;
  }

  /** Promises settle a little later than what they wait for: by now the component may have been cancelled. */
  #enter(state: FdState): void {
    this.#abort.signal.throwIfAborted();
    this.#options.status.enter(state);
  }

  /** A hook's value; 9 when it took too long, 0x0a when it threw. */
  async #hook<T>(start: () => T | Promise<T>): Promise<T | number> {
    try {
      const value = await this.#work(start());
      return value === TIMED_OUT ? TIMEOUT : value;
    } catch (error) {
      if (this.#abort.signal.aborted) throw error;
      return GENERIC_ERROR;
    }
  }

  async #work<T>(work: T | Promise<T>): Promise<T | typeof TIMED_OUT> {
    const { caller, working } = this.#options;
    working(true);
    try {
      const value = await bounded(caller.client.clock, work, caller.timing.workMs, this.#abort.signal);
      this.#abort.signal.throwIfAborted();
      return value;
    } finally {
      working(false);
    }
  }

  #fail(result: number): void {
    this.#options.status.fail(result);
    this.#giveUp();
  }

  #giveUp(): void {
    if (this.#applied) return;
    this.#applied = true;
    try {
      this.#options.sink.abort();
    } catch {
      // It was to be thrown away.
    }
  }

  #context(): WorkContext {
    const { status, caller } = this.#options;
    const { signal } = this.#abort;
    return {
      signal,
      progress: (percent) => {
        if (!signal.aborted) status.progress(percent);
      },
      metaData: () =>
        collectParts({
          what: 'metadata',
          maxBytes: MAX_META_DATA,
          load: async (request) => {
            const part = await caller.ask(GetMetaData, request, signal);
            if (!GetMetaData.succeeded(part)) return { data: concat([]), nextHandle: 0, last: true };
            const { portionOfMetaData: data, nextDataTransferHandle: nextHandle, transferFlag } = part;
            return { data, nextHandle, last: isLastPart(transferFlag) };
          },
        }),
    };
  }
}
