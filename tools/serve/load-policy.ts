/** The policy of a served network: one that is built in, or a module of the user's with the hooks of `Policy`. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createContext, Script } from 'node:vm';
import { type HookRunner, RUN_PLAINLY } from '../../bindings/shared/server/guarded-policy.js';
import { POLICIES, type Policy } from '../../bindings/shared/server/policy.js';
import { usageError } from '../command-error.js';
import { didYouMean } from '../suggest.js';

/** A hook which takes longer is ended, and counted. Not less: on a machine with other work a process can stand still for 50 ms. */
const LONGEST_HOOK_MS = 500;

export interface LoadedPolicy {
  readonly policy: Policy;
  readonly runHook: HookRunner;
}

/** `switch`, `hub`, or a path: with a slash, or an ending. @throws CommandError */
export async function loadPolicy(named: string): Promise<LoadedPolicy> {
  const builtIn = POLICIES[named];
  if (builtIn !== undefined) return { policy: builtIn, runHook: RUN_PLAINLY };
  if (!/[./]/.test(named)) {
    const known = Object.keys(POLICIES);
    throw usageError(
      `no policy "${named}"${didYouMean(named, known)}: use ${known.join(', ')}, or the path of a module such as ./${named}.js`,
    );
  }
  if (!existsSync(resolve(named)))
    throw usageError(`policy ${named}: there is no such module: name the path of its file`);
  let module: unknown;
  try {
    module = await import(pathToFileURL(resolve(named)).href);
  } catch (cause) {
    throw usageError(`policy ${named} cannot be loaded: ${(cause as Error).message}`, cause);
  }
  const policy = (module as { readonly default?: unknown }).default;
  if (!isPolicy(policy)) {
    throw usageError(
      `policy ${named}: its default export must be an object with the hooks newNode and handleMessage (docs/shared-protocol.md)`,
    );
  }
  return { policy: { ...policy, name: named }, runHook: limited };
}

function isPolicy(value: unknown): value is Policy {
  if (typeof value !== 'object' || value === null) return false;
  const { newNode, handleMessage } = value as Partial<Policy>;
  return typeof newNode === 'function' && typeof handleMessage === 'function';
}

const CALL = new Script('hook()');

/** The engine ends what a script does, wherever it was loaded, when its time is over. */
const limited: HookRunner = <T>(hook: () => T): T =>
  CALL.runInContext(createContext({ hook }), { timeout: LONGEST_HOOK_MS }) as T;
