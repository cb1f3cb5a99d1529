/** What the user wants to be run when something happens: a program without a shell, or a web server which is told. */

import { isDeepStrictEqual } from 'node:util';
import { fileProblem } from '../../../bindings/read-own-file.js';
import { runProgram } from '../../../bindings/run-program.js';
import type { Clock, Timer } from '../../../stack/clock.js';
import { onAbort } from '../../../stack/util/abort.js';
import { printable } from '../../command-error.js';
import type { HookConfig } from '../../config/config-model.js';
import type { HookEvent } from './hook-events.js';

export interface HooksOptions {
  readonly hooks: readonly HookConfig[];
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A hook failed, or runs were left out; it stops nothing. */
  onProblem(what: string): void;
}

const MINUTE_MS = 60_000;
/** Of one hook at the same time. */
const MOST_RUNNING = 4;
const LONGEST_RUN_MS = 30_000;
const DEFAULT_ON = ['threshold', 'lost-device'] as const;

interface Hook {
  readonly config: HookConfig;
  since: number;
  runs: number;
  running: number;
  leftOut: number;
  /** Tells how many were left out. */
  telling: Timer | undefined;
}

export class Hooks {
  readonly #options: HooksOptions;
  #hooks: Hook[] = [];
  readonly #stop = new AbortController();

  constructor(options: HooksOptions) {
    this.#options = options;
    this.replace(options.hooks);
  }

  /** These from now on. One which is the same as before has the runs of the last minute behind it. */
  replace(hooks: readonly HookConfig[]): void {
    const old = this.#hooks;
    this.#hooks = hooks.map((config) => {
      const before = old.find((hook) => isDeepStrictEqual(hook.config, config));
      return before ?? { config, since: 0, runs: 0, running: 0, leftOut: 0, telling: undefined };
    });
    for (const hook of old) if (!this.#hooks.includes(hook)) hook.telling?.cancel();
  }

  /** Run those which are for it. Never throws, and never waits. */
  tell(event: HookEvent): void {
    for (const hook of this.#hooks) {
      const on: readonly string[] = hook.config.on ?? DEFAULT_ON;
      if (on.includes(event.on) && this.#admits(hook)) void this.#run(hook, event);
    }
  }

  /** Those which run are ended. */
  close(): void {
    this.#stop.abort();
    for (const { telling } of this.#hooks) telling?.cancel();
  }

  #admits(hook: Hook): boolean {
    const now = this.#options.clock.now();
    if (hook.runs === 0 || now - hook.since >= MINUTE_MS) {
      hook.since = now;
      hook.runs = 0;
    }
    if (hook.runs >= hook.config.perMinute || hook.running >= MOST_RUNNING) {
      hook.leftOut++;
      hook.telling ??= this.#options.clock.schedule(hook.since + MINUTE_MS - now, () => this.#tellLeftOut(hook));
      return false;
    }
    hook.runs++;
    return true;
  }

  #tellLeftOut(hook: Hook): void {
    const { leftOut, config } = hook;
    hook.leftOut = 0;
    hook.telling = undefined;
    this.#options.onProblem(`hook ${config.name}: too many in a minute, ${leftOut} left out`);
  }

  async #run(hook: Hook, event: HookEvent): Promise<void> {
    const { command, url, name } = hook.config;
    hook.running++;
    const run = new AbortController();
    const timer = this.#options.clock.schedule(LONGEST_RUN_MS, () => run.abort());
    const stopListening = onAbort(this.#stop.signal, () => run.abort());
    try {
      if (command !== undefined) await this.#program(command, event, run.signal);
      else await post(url!, event, run.signal);
    } catch (error) {
      const why = run.signal.aborted ? `it took longer than ${LONGEST_RUN_MS / 1000} s` : reasonOf(error as Error);
      if (!this.#stop.signal.aborted) this.#options.onProblem(`hook ${name}: ${printable(why.split('\n')[0]!)}`);
    } finally {
      timer.cancel();
      stopListening?.();
      hook.running--;
    }
  }

  /** The event is on its standard input as JSON, and in its environment. */
  async #program(command: readonly string[], event: HookEvent, signal: AbortSignal): Promise<void> {
    const added = Object.entries(event).map(([name, value]) => [`MCTPKIT_${name.toUpperCase()}`, String(value ?? '')]);
    const env = { ...this.#options.env, ...Object.fromEntries(added) } as Record<string, string | undefined>;
    try {
      await runProgram({ command, env, input: `${JSON.stringify(event)}\n`, signal });
    } catch (error) {
      if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error;
      throw new Error(`${command[0]}: ${fileProblem(error)}`, { cause: error });
    }
  }
}

/** `fetch` says only that it failed: what went wrong is its cause. */
function reasonOf({ message, cause }: Error): string {
  return message === 'fetch failed' && cause instanceof Error ? `${message}: ${cause.message}` : message;
}

async function post(url: string, event: HookEvent, signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(event), signal, redirect: 'error' });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`${url} answers with status ${answer.status}`);
}
