/** The cables which were paired: can they be used, and does nobody else read their keys? */

import { makeCable } from '../../bindings/cable/cable-settings.js';
import type { Environment } from '../../bindings/shared/shared-folder.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { cablesFolder, findCable, pairedNames } from '../cable/cable-files.js';
import { CommandError } from '../command-error.js';
import type { Check } from './check.js';

/** Nothing is opened. */
export async function checkCables(env: Environment, clock: Clock): Promise<Check[]> {
  return Promise.all(pairedNames(cablesFolder(env)).map((name) => checkCable(name, env, clock)));
}

async function checkCable(name: string, env: Environment, clock: Clock): Promise<Check> {
  const id = `cable:${name}`;
  try {
    const { connect = [], listen = [], ...others } = await findCable(name, undefined, env);
    makeCable(id, { connect, listen, ...others }, { clock });
    const where = connect.length > 0 ? `connects to ${connect.join(', ')}` : `listens at ${listen.join(', ')}`;
    return { id, status: 'ok', what: `${id} is paired and ${where}` };
  } catch (error) {
    if (!MctpError.is(error) && !(error instanceof CommandError)) throw error;
    const fix = /chmod .*$/.exec(error.message)?.[0];
    return { id, status: 'broken', what: error.message, ...(fix !== undefined && { fix }) };
  }
}
