/** Where a server keeps what is to last: what it records, and firmware packages while they are in use. */

import { createHash } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import type { WatchConfig } from '../config/config-model.js';

type Environment = Readonly<Record<string, string | undefined>>;

const NOTHING = 'none';

/** Undefined: nothing is recorded. */
export function historyPath({ history }: Pick<WatchConfig, 'history'>, env: Environment): string | undefined {
  if (history === NOTHING) return undefined;
  return history ?? `${stateFolder(env)}/history.db`;
}

/** Of the files of the flight recorder. */
export function recorderFolder(config: Pick<WatchConfig, 'history' | 'recorderDir'>, env: Environment): string {
  const path = historyPath(config, env);
  return config.recorderDir ?? (path === undefined ? stateFolder(env) : dirname(path));
}

/**
 * Of firmware packages from the web page. A network's folder is served by one server at a time, and so is what is kept for it.
 */
export function packageFolder(network: string, env: Environment): string {
  const path = resolve(network);
  const which = createHash('sha256').update(path).digest('hex').slice(0, 8);
  return `${stateFolder(env)}/firmware/${basename(path)}-${which}`;
}

/** systemd may name several folders: the first is ours. */
function stateFolder({ STATE_DIRECTORY: given, XDG_STATE_HOME: state, HOME: home = '' }: Environment): string {
  if (given !== undefined && given !== '') return given.split(':')[0]!;
  return `${state === undefined || state === '' ? `${home}/.local/state` : state}/mctpkit`;
}
