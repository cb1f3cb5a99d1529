/** `cable:desk`: the cable which a configuration, or a pairing, has given this name. */

import { makeCable } from '../../bindings/cable/cable-settings.js';
import type { LinkUrl } from '../../bindings/link-url.js';
import type { Environment } from '../../bindings/shared/shared-folder.js';
import { MctpError } from '../../stack/errors.js';
import type { Link } from '../../stack/link.js';
import { CommandError, usageError } from '../command-error.js';
import type { LinkSurroundings } from '../link-surroundings.js';
import { cablesFolder, findCable, pairedNames } from './cable-files.js';

/** @throws CommandError, MctpError: ENODEV where the name is well written, and what is kept of it here is wrong */
export async function namedCable(url: LinkUrl, { clock, env, config, cables }: LinkSurroundings): Promise<Link> {
  if (url.options.length > 0) {
    throw usageError(`${url.text}: a cable with a name has its options in its section [cables.${url.place}]`);
  }
  try {
    const { name, ...settings } = await findCable(url.place, config, env);
    const link = `cable:${name}`;
    return makeCable(link, settings, {
      clock,
      ...(cables !== undefined && {
        hopBook: cables.hopBook,
        patient: true,
        hear: (event) => cables.hear(link, event),
      }),
    });
  } catch (cause) {
    if (!(cause instanceof CommandError) && !MctpError.is(cause, 'EUSAGE')) throw cause;
    throw new MctpError('ENODEV', cause.message, { cause });
  }
}

/** Those which were paired. */
export function cablesHere(env: Environment): { readonly url: string; readonly what: string }[] {
  return pairedNames(cablesFolder(env)).map((name) => ({ url: `cable:${name}`, what: 'paired cable' }));
}
