/** One component as the device fetches, verifies and applies it: what it is answered, and when it has taken too long. */

import type { Clock } from '../../../stack/clock.js';
import type { Failure } from '../../../stack/codec/index.js';
import type { MctpError } from '../../../stack/errors.js';
import { fail } from '../../../stack/protocol/index.js';
import { wait } from '../../../stack/util/async.js';
import { hexNumber } from '../../../stack/util/text.js';
import { AUX_STATE, FD_STATE, FWUP_CODES, PROGRESS_NOT_SUPPORTED } from '../firmware-enums.js';
import type { AgentTiming } from '../firmware-timing.js';
import { BASELINE_TRANSFER_SIZE } from '../inventory-commands.js';
import { isOutOfReach } from './agent-client.js';
import type { ImageWindow } from './image-window.js';
import { type FirmwareStatus, fdStateName, reasonText } from './read-inventory.js';

const PHASES = ['downloading', 'verifying', 'applying'] as const;
export type TransferPhase = (typeof PHASES)[number];
const STATE_OF = { downloading: FD_STATE.download, verifying: FD_STATE.verify, applying: FD_STATE.apply } as const;

export interface TransferOutcome {
  readonly good: boolean;
  /** Why not. */
  readonly reason: string;
  /** The transfer went wrong, not the image: another try may do. */
  readonly worthRetry: boolean;
  /** The device is not in update mode any more: nothing to cancel. */
  readonly gone: boolean;
  /** It does not answer at all. */
  readonly silent: boolean;
  /** Activation methods instead of those in its parameters. */
  readonly activationMethods: number | undefined;
}

export interface TransferOptions {
  readonly clock: Clock;
  readonly timing: AgentTiming;
  readonly image: ImageWindow;
  readonly maximumTransferSize: number;
  /** It has had the beginning of the image from an earlier run of ours. */
  readonly resumed: boolean;
  /** Bytes were served, a phase began, or the device told its progress. */
  readonly changed: () => void;
  /** The device is out of reach; told once, until it was heard again. */
  readonly waits: (why: string) => void;
  /** Ask the device how it is. */
  readonly status: (signal: AbortSignal) => Promise<FirmwareStatus>;
}

/** Nothing can be said of it but why. */
export const FAILED = {
  good: false,
  worthRetry: false,
  gone: false,
  silent: false,
  activationMethods: undefined,
} as const;

/** What a device may ask for, in sizes of the image, and besides: parts again that were lost, or read back. */
const MOST_SERVED = 4;
const SERVED_BESIDES = 65_536;
/** Bytes of the image that count as one part when it is looked whether a device gets on. */
const PART_BYTES = 4096;
/** Between two looks at a device that did not say how it is; ms. */
const LOOK_AGAIN_MS = 1000;

export class ComponentTransfer {
  phase: TransferPhase;
  /** Every byte before this has been asked for once. */
  done = 0;
  percent: number | undefined;
  served = 0;
  /** Bytes that the device had before. */
  skipped = 0;
  /** False: the device has refused it, for now. What it asks for is not for this component. */
  expected = true;
  readonly outcome: Promise<TransferOutcome>;
  readonly #options: TransferOptions;
  readonly #end = new AbortController();
  #settle!: (outcome: TransferOutcome) => void;
  #settled = false;
  #deadline = Number.POSITIVE_INFINITY;
  #heardAt: number;
  /** When a part of the image was asked for that had not been asked for before. */
  #newAt: number;
  /** A bit for each part that has been asked for. */
  readonly #asked: Uint8Array;
  #silences = 0;
  #isWaiting = false;

  constructor(options: TransferOptions, phase: TransferPhase = 'downloading') {
    this.#options = options;
    this.phase = phase;
    this.#heardAt = this.#newAt = options.clock.now();
    this.#asked = new Uint8Array(Math.floor(options.image.size / PART_BYTES / 8) + 1);
    if (options.resumed && phase !== 'downloading') this.done = this.skipped = options.image.size;
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** It has ended, well or not. */
  get over(): boolean {
    return this.#settled;
  }

  /** The device has agreed; it said how long it needs before its first request, in s. */
  start(estimatedSeconds: number): void {
    if (this.#settled) return;
    this.#heard();
    this.#deadline += 1000 * estimatedSeconds;
    void this.#watch().catch(() => undefined);
  }

  /** It will not happen, or is not waited for any more. */
  stop(reason: string): void {
    this.#finish({ ...FAILED, reason });
  }

  /** RequestFirmwareData. */
  request(offset: number, length: number) {
    const { image, maximumTransferSize } = this.#options;
    const { size } = image;
    if (this.phase !== 'downloading' || this.#settled || !this.expected) return fail(FWUP_CODES.COMMAND_NOT_EXPECTED);
    this.#heard();
    // Fewer than 32 bytes only at the very end, as some devices ask for them.
    if (length > maximumTransferSize || (length < BASELINE_TRANSFER_SIZE && offset + length !== size)) {
      return fail(FWUP_CODES.INVALID_TRANSFER_LENGTH);
    }
    if (offset >= size || offset + length > size + BASELINE_TRANSFER_SIZE) return fail(FWUP_CODES.DATA_OUT_OF_RANGE);
    const { served } = this;
    if (served + length > MOST_SERVED * size + SERVED_BESIDES) {
      this.stop(`the device asked for ${served + length} bytes of an image of ${size}, and for more and more`);
      return fail(FWUP_CODES.CANCEL_PENDING);
    }
    this.#noteAsked(offset);
    const portion = image.read(offset, length);
    if (portion instanceof Promise) return this.#later(portion, offset, length);
    return this.#give(portion, offset, length);
  }

  transferComplete(result: number): Failure | { readonly completionCode?: number } {
    if (!this.expected) return fail(FWUP_CODES.COMMAND_NOT_EXPECTED);
    if (this.phase !== 'downloading') return this.#again('downloading', result);
    if (result === 0) {
      this.#enter('verifying');
      return {};
    }
    const reason = `the transfer failed: ${transferText(result)}`;
    this.#finish({ ...FAILED, reason, worthRetry: true });
    return {};
  }

  verifyComplete(result: number): Failure | { readonly completionCode?: number } {
    if (this.phase === 'applying') return this.#again('verifying', result);
    // It goes on without our answer to its TransferComplete, perhaps; else it is a late report of the component before.
    if (this.phase === 'downloading' && this.done < this.#options.image.size)
      return fail(FWUP_CODES.COMMAND_NOT_EXPECTED);
    if (result === 0) {
      this.#enter('applying');
      return {};
    }
    this.#finish({ ...FAILED, reason: `the device refuses the image: ${verifyText(result)}` });
    return {};
  }

  applyComplete(result: number, activationMethods: number): Failure | { readonly completionCode?: number } {
    if (this.phase !== 'applying') return fail(FWUP_CODES.COMMAND_NOT_EXPECTED);
    if (result > 1) {
      this.#finish({ ...FAILED, reason: `the image could not be applied: ${applyText(result)}` });
      return {};
    }
    const methods = result === 1 ? activationMethods : undefined;
    this.#finish({ ...FAILED, good: true, reason: '', activationMethods: methods });
    return {};
  }

  /** A report that we have had: the device did not get our answer. */
  #again(phase: TransferPhase, result: number): Failure | { readonly completionCode?: number } {
    return result === 0 && PHASES.indexOf(phase) < PHASES.indexOf(this.phase)
      ? {}
      : fail(FWUP_CODES.COMMAND_NOT_EXPECTED);
  }

  async #later(portion: Promise<Uint8Array>, offset: number, length: number) {
    try {
      const bytes = await portion;
      if (this.#settled) return fail(FWUP_CODES.COMMAND_NOT_EXPECTED);
      return this.#give(bytes, offset, length);
    } catch (error) {
      this.#finish({ ...FAILED, reason: `the package cannot be read: ${(error as Error).message}` });
      return fail(FWUP_CODES.CANCEL_PENDING);
    }
  }

  #give(componentImagePortion: Uint8Array, offset: number, length: number) {
    if (this.served === 0 && this.#options.resumed) this.done = this.skipped = offset;
    this.served += length;
    const end = Math.min(offset + length, this.#options.image.size);
    if (offset <= this.done && end > this.done) {
      this.done = end;
      this.#newAt = this.#options.clock.now();
    }
    this.#options.changed();
    return { componentImagePortion };
  }

  #noteAsked(offset: number): void {
    const part = Math.floor(offset / PART_BYTES);
    const at = Math.floor(part / 8);
    const bit = 1 << (part & 7);
    if ((this.#asked[at]! & bit) !== 0) return;
    this.#asked[at]! |= bit;
    this.#newAt = this.#options.clock.now();
  }

  #enter(phase: TransferPhase): void {
    this.phase = phase;
    this.percent = undefined;
    if (phase === 'verifying') this.done = this.#options.image.size;
    this.#heard();
    this.#options.changed();
  }

  /** Something came: the wait begins anew. */
  #heard(): void {
    const { clock, timing } = this.#options;
    this.#heardAt = clock.now();
    this.#silences = 0;
    this.#isWaiting = false;
    this.#deadline = this.#heardAt + (this.phase === 'downloading' ? timing.downloadIdleMs : timing.stateMs);
  }

  #finish(outcome: TransferOutcome): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#end.abort();
    this.#settle(outcome);
  }

  /** Looks at the device when it is silent, so that one that gave up is noticed, and at the clock. */
  async #watch(): Promise<void> {
    const { clock, timing } = this.#options;
    const { signal } = this.#end;
    while (!this.#settled) {
      const now = clock.now();
      if (now >= this.#deadline) {
        const waited = this.phase === 'downloading' ? timing.downloadIdleMs : timing.stateMs;
        const what = this.phase === 'downloading' ? 'asked for no data' : `did not get on with ${this.phase}`;
        this.stop(`the device ${what} for ${Math.round(waited / 1000)} s`);
        return;
      }
      if (this.phase === 'downloading' && now - this.#newAt >= timing.standstillMs) {
        const seconds = Math.round(timing.standstillMs / 1000);
        this.stop(`the device asked for nothing new for ${seconds} s: it stands still at byte ${this.done}`);
        return;
      }
      const lookAt = this.phase === 'downloading' ? this.#lookAt(now) : now + timing.pollMs;
      const until = Math.min(this.#deadline, lookAt > now ? lookAt : now + timing.pollMs);
      await wait(clock, Math.max(1, until - now), signal);
      if (this.phase !== 'downloading' || clock.now() - this.#heardAt >= timing.pollMs) await this.#look(signal);
    }
  }

  /** After silence a device that was to ask for data is asked how it is; and soon again when it does not say. */
  #lookAt(now: number): number {
    return this.#silences > 0 ? now + LOOK_AGAIN_MS : this.#heardAt + this.#options.timing.pollMs;
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { clock, timing } = this.#options;
    const { phase } = this;
    const heardAt = this.#heardAt;
    let away: MctpError | undefined;
    const status = await this.#options.status(signal).catch((error: unknown) => {
      if (isOutOfReach(error)) away = error;
    });
    // What has come since then says more. A device which could not be asked was not silent.
    if (this.#settled || this.phase !== phase || this.#heardAt !== heardAt) return;
    if (away !== undefined) {
      if (!this.#isWaiting) this.#options.waits(away.message);
      this.#isWaiting = true;
      return;
    }
    if (!status) {
      // A device at work on its flash may be silent for long; one that was to ask for data is gone.
      if (phase !== 'downloading' || ++this.#silences < timing.silentLooks) return;
      const reason = `the device does not answer any more: silent for ${Math.round((clock.now() - heardAt) / 1000)} s`;
      this.#finish({ ...FAILED, reason, silent: true });
      return;
    }
    this.#silences = 0;
    const { currentState, auxState, progressPercent, reasonCode } = status;
    if (currentState === FD_STATE.idle) {
      const reason = `the device left update mode while ${phase}, after ${reasonText(reasonCode)}`;
      this.#finish({ ...FAILED, reason, gone: true });
    } else if (currentState < FD_STATE.download) {
      this.stop(`the device is in state ${fdStateName(currentState)} instead of ${phase}`);
    } else if (currentState === STATE_OF[phase] && auxState === AUX_STATE.operationFailed) {
      this.stop(`the device says that ${phase} has failed`);
    } else if (
      phase !== 'downloading' &&
      progressPercent < PROGRESS_NOT_SUPPORTED &&
      progressPercent !== this.percent
    ) {
      this.percent = progressPercent;
      this.#heard();
      this.#options.changed();
    }
  }
}

const ABORTED: Readonly<Record<number, string>> = {
  9: 'timeout',
  10: 'generic error',
  11: 'low power',
  12: 'a reset is needed',
  13: 'storage',
  14: 'opaque data',
  15: 'downstream device',
  16: 'security revision',
};

function resultText(result: number, names: Readonly<Record<number, string>>): string {
  const hex = hexNumber(result);
  return `${names[result] ?? ABORTED[result] ?? 'vendor or reserved result'} (${hex})`;
}

function transferText(result: number): string {
  return resultText(result, { 1: 'image corrupt', 2: 'version mismatch', 3: 'aborted by the device' });
}

function verifyText(result: number): string {
  const names = { 1: 'verification failure', 2: 'version mismatch', 3: 'security checks', 4: 'image incomplete' };
  return resultText(result, names);
}

function applyText(result: number): string {
  return resultText(result, { 2: 'memory write' });
}
