/**
 * All checks against one device, one after the other. The run ends in bounded time whatever the device does: a check has
 * a budget, and a device that answers nothing any more is asked nothing more. What checks change is put back.
 */

import { GetEndpointID, GetMCTPVersionSupport, SetEndpointID } from '../../stack/control/index.js';
import { MctpError } from '../../stack/errors.js';
import { onAbort } from '../../stack/util/abort.js';
import type { Check, Level, Permission } from './declaration.js';
import { Finding, type Verdict } from './finding.js';
import { PacketLog } from './packet-log.js';
import { Probe, RunFacts } from './probe.js';
import type { PassedPacket, Target } from './target.js';

export interface CheckResult {
  readonly check: Check;
  /** With that of the profile. */
  readonly level: Level;
  readonly verdict: Verdict;
  /** Why, in a sentence; '' for a pass. */
  readonly why: string;
  readonly packets: readonly PassedPacket[];
  /** Packets beyond those that are kept. */
  readonly packetsDropped: number;
  readonly ms: number;
}

export interface ChecksRunOptions {
  readonly target: Target;
  readonly allowed?: readonly Permission[];
  /** In place of the level of the standard. */
  readonly levelOf?: (check: Check) => Level;
}

export interface RunOptions extends ChecksRunOptions {
  readonly checks: readonly Check[];
  /** A check is about to run: counted from 1. */
  readonly begins?: (check: Check, index: number, total: number) => void;
  readonly ended?: (result: CheckResult) => void;
  readonly signal: AbortSignal;
}

/** The longest that a check may take which says nothing else: assemblies and instance IDs expire in 6 s, an activation takes longer. */
const CHECK_BUDGET_MS = 120_000;
/** What putting back may take. */
export const PUT_BACK_MS = 5_000;

const NEVER = new AbortController().signal;

/** The longest that the check may take; ms. */
export const budgetOf = ({ budgetMs }: Check): number => budgetMs ?? CHECK_BUDGET_MS;

/**
 * The results, in the order of the checks.
 * @throws MctpError ECANCELED when the signal aborts: the device has been put back by then
 */
export async function runChecks(options: RunOptions): Promise<CheckResult[]> {
  const { checks, begins, ended, signal } = options;
  const results: CheckResult[] = [];
  const run = await ChecksRun.open(options);
  try {
    for (const [index, check] of checks.entries()) {
      signal.throwIfAborted();
      begins?.(check, index + 1, checks.length);
      const result = await run.check(check, signal);
      results.push(result);
      ended?.(result);
    }
    return results;
  } finally {
    run.close();
  }
}

/** Checks of one device, one after the other. */
export class ChecksRun {
  readonly #options: ChecksRunOptions;
  readonly #facts = new RunFacts();
  #log = new PacketLog();
  #isGone = false;
  #stop: () => void = () => {};
  /** Of one check after the other: a new one when a check had to be given up. */
  #budget = new AbortController();

  private constructor(options: ChecksRunOptions) {
    this.#options = options;
  }

  /** Hears the packets from now on, and looks whether the device is there. */
  static async open(options: ChecksRunOptions): Promise<ChecksRun> {
    const run = new ChecksRun(options);
    run.#stop = await options.target.record((packet) => run.#log.add(packet));
    try {
      run.#isGone = !(await run.#isThere());
      return run;
    } catch (error) {
      run.close();
      throw error;
    }
  }

  /** It did not answer anything, at the beginning or after some check. */
  get isGone(): boolean {
    return this.#isGone;
  }

  close(): void {
    this.#stop();
  }

  /** @throws MctpError ECANCELED when the signal aborts: the device has been put back by then */
  async check(check: Check, signal: AbortSignal): Promise<CheckResult> {
    const { target, allowed = [], levelOf } = this.#options;
    const { clock } = target;
    const level = levelOf?.(check) ?? check.level;
    const log = (this.#log = new PacketLog());
    const start = clock.now();
    const probe = new Probe(target, this.#facts, log, signal);
    const finding = this.#reasonAgainst(check, allowed) ?? (await this.#run(check, probe, signal));
    const ms = clock.now() - start;
    await this.#putBack(probe, finding);
    if (signal.aborted) throw new MctpError('ECANCELED', 'the validation was interrupted');
    return {
      check,
      level,
      verdict: verdictOf(finding, level),
      why: finding?.message ?? '',
      packets: log.packets,
      packetsDropped: log.dropped,
      ms,
    };
  }

  #reasonAgainst({ needs }: Check, allowed: readonly Permission[]): Finding | undefined {
    if (needs !== undefined && !allowed.includes(needs)) {
      return new Finding('notApplicable', `it disturbs the device, and "${needs}" was not allowed`);
    }
    if (this.#isGone) return new Finding('inconclusive', 'the device does not answer anything');
    return undefined;
  }

  /** Undefined: it passes. */
  async #run(check: Check, probe: Probe, signal: AbortSignal): Promise<Finding | undefined> {
    const { clock } = probe;
    if (this.#budget.signal.aborted) this.#budget = new AbortController();
    const budget = this.#budget;
    const timer = clock.schedule(budgetOf(check), () => budget.abort());
    const stopListening = onAbort(signal, () => budget.abort());
    probe.signal = budget.signal;
    try {
      await check.run(probe);
      return undefined;
    } catch (error) {
      if (error instanceof Finding) return error;
      if (!MctpError.is(error)) throw error;
      if (budget.signal.aborted) return new Finding('inconclusive', 'the check took too long and was given up');
      return new Finding('inconclusive', error.message, true);
    } finally {
      timer.cancel();
      stopListening?.();
    }
  }

  /** What the check changed, and what it cannot know: whether the device is there still, with the EID it had. */
  async #putBack(probe: Probe, finding: Finding | undefined): Promise<void> {
    const changed = probe.hasChanges;
    if (changed) {
      const deadline = new AbortController();
      const timer = probe.clock.schedule(PUT_BACK_MS, () => deadline.abort());
      await probe.putBack(deadline.signal).catch(() => {});
      timer.cancel();
    }
    const suspicious = changed || (finding !== undefined && finding.kind !== 'notApplicable');
    if (suspicious && !this.#isGone) this.#isGone = !(await this.#isThere());
  }

  /** Does it answer anything? If it has another EID than it had, it gets that again. */
  async #isThere(): Promise<boolean> {
    const { target } = this.#options;
    this.#log = new PacketLog();
    // Not that of the run: a device is put back after Ctrl-C, too. Every request has a time of its own.
    const probe = new Probe(target, this.#facts, this.#log, NEVER);
    const physical = target.physicalAddress !== undefined;
    try {
      const answer = await probe.tryControl(GetEndpointID.code, [], { physical });
      const changed = answer?.code === 0 && answer.data[0] !== target.eid && target.eid !== 0;
      if (changed && physical) await probe.tryControl(SetEndpointID.code, [0, target.eid], { physical });
      if (answer === undefined) await probe.tryControl(GetMCTPVersionSupport.code, [0]);
    } catch (error) {
      if (!MctpError.is(error)) throw error;
    }
    // A wrong answer is a sign of life, too.
    return this.#log.received().length > 0;
  }
}

function verdictOf(finding: Finding | undefined, level: Level): Verdict {
  if (finding === undefined) return 'pass';
  if (finding.kind === 'broken') return level === 'recommended' ? 'warning' : 'fail';
  return finding.kind;
}
