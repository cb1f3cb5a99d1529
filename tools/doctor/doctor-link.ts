/** One link, opened and closed again. */

import { MctpError } from '../../stack/errors.js';
import { Mctp } from '../../stack/mctp.js';
import { CommandError } from '../errors.js';
import { createRealLink } from '../session.js';
import type { World } from '../world.js';
import type { Check } from './check.js';

export async function checkLink(url: string, { clock, signal }: World): Promise<Check[]> {
  const id = `link:${url}`;
  if (url.startsWith('bench:')) return [{ id, status: 'ok', what: `${url} is the virtual bench: it is always there` }];
  const mctp = new Mctp({ clock });
  const onAbort = (): void => void mctp.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const link = await createRealLink(url, clock);
    mctp.addLink(link);
    await mctp.openLink(link.name);
    const hints = link.hints?.() ?? [];
    return [
      { id, status: 'ok', what: `${link.name} opens` },
      ...hints.map((what, index): Check => ({ id: `${id}:hint${index + 1}`, status: 'warning', what })),
    ];
  } catch (error) {
    if (!MctpError.is(error) && !(error instanceof CommandError)) throw error;
    const [what = '', fix] = error.message.split(/: (?=[^:]*\?$)/);
    return [
      {
        id,
        status: 'broken',
        what: what.startsWith(url) ? what : `${url}: ${what}`,
        ...(fix !== undefined && { fix }),
      },
    ];
  } finally {
    signal.removeEventListener('abort', onAbort);
    await mctp.close();
  }
}
