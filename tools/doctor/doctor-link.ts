/** One link, opened and closed again. */

import { ECHO_SENTENCE } from '../../bindings/serial/echo-watch.js';
import type { Clock } from '../../stack/clock.js';
import { ControlClient, GetEndpointID } from '../../stack/control/index.js';
import { MctpError } from '../../stack/errors.js';
import { EID_NULL } from '../../stack/ids.js';
import type { Link } from '../../stack/link.js';
import { Mctp } from '../../stack/mctp.js';
import { inTurn } from '../../stack/util/in-turn.js';
import { CommandError } from '../command-error.js';
import { kindOf, linksOf } from '../link-kinds.js';
import type { World } from '../world.js';
import type { Check } from './check.js';

/** What is at the other end of a point-to-point link: asked once, because a line that is joined shows only what was sent. */
async function otherEnd(mctp: Mctp, link: string, clock: Clock): Promise<string> {
  const client = new ControlClient({ transport: mctp, clock, retries: 0 });
  try {
    const { eid } = await client.request({ eid: EID_NULL, link, physicalAddress: '' }, GetEndpointID, {});
    return `; the other end answers, ${eid === EID_NULL ? 'and has no EID yet' : `as EID ${eid}`}`;
  } catch (error) {
    if (!MctpError.is(error)) throw error;
    return '; no other device answers';
  } finally {
    client.close();
  }
}

export async function checkLink(url: string, { clock, env, signal }: World): Promise<Check[]> {
  const id = `link:${url}`;
  const mctp = new Mctp({ clock });
  const ends: (() => Promise<void>)[] = [];
  const onAbort = (): void => void mctp.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const always = kindOf(url).always?.(url);
    if (always !== undefined) return [{ id, status: 'ok', what: always }];
    const opened = await linksOf(url, { clock, env });
    ends.push(opened.end);
    const [link] = opened.links as [Link];
    mctp.addLink(link);
    await mctp.openLink(link.name);
    const answer = link.addressSize > 0 ? '' : await otherEnd(mctp, link.name, clock);
    const hints = link.hints?.() ?? [];
    const status = (what: string) => (what === ECHO_SENTENCE ? 'broken' : 'warning');
    return [
      { id, status: 'ok', what: `${link.name} opens${answer}` },
      ...hints.map((what, index): Check => ({ id: `${id}:hint${index + 1}`, status: status(what), what })),
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
