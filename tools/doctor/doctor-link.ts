/** One link, opened and closed again. */

import { MctpError } from '../../stack/errors.js';
import type { Link } from '../../stack/link.js';
import { Mctp } from '../../stack/mctp.js';
import { inTurn } from '../../stack/util/in-turn.js';
import { CommandError } from '../command-error.js';
import { kindOf, linksOf } from '../link-kinds.js';
import type { World } from '../world.js';
import type { Check } from './check.js';

export async function checkLink(url: string, { clock, signal }: World): Promise<Check[]> {
  const id = `link:${url}`;
  const mctp = new Mctp({ clock });
  const ends: (() => Promise<void>)[] = [];
  const onAbort = (): void => void mctp.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const always = kindOf(url).always?.(url);
    if (always !== undefined) return [{ id, status: 'ok', what: always }];
    const opened = await linksOf(url, clock);
    ends.push(opened.end);
    const [link] = opened.links as [Link];
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
    await inTurn([() => mctp.close(), ...ends]);
  }
}
