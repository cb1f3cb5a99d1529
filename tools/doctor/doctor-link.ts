/** One link, opened and closed again. */

import { parseLinkUrl } from '../../bindings/link-url.js';
import { ECHO_SENTENCE } from '../../bindings/serial/echo-watch.js';
import type { Clock } from '../../stack/clock.js';
import { ControlClient, GetEndpointID } from '../../stack/control/index.js';
import { MctpError } from '../../stack/errors.js';
import { EID_MIN, EID_NULL } from '../../stack/ids.js';
import type { Link } from '../../stack/link.js';
import { Mctp } from '../../stack/mctp.js';
import { onAbort } from '../../stack/util/abort.js';
import { inTurn } from '../../stack/util/in-turn.js';
import { CommandError } from '../command-error.js';
import { kindOf, linksOf, type StackOfItsOwn } from '../link-kinds.js';
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

/** Is the URL itself wrong, whatever there is on this machine? A file which it names may be missing, and is no fault of the URL. */
function isWrong(error: unknown): boolean {
  if (error instanceof CommandError) return error.cause === undefined || isWrong(error.cause);
  if (!MctpError.is(error, 'EUSAGE')) return false;
  return (error.cause as NodeJS.ErrnoException | undefined)?.syscall === undefined;
}

/** The links of a stack that is there already, as they are. @throws CommandError, MctpError */
async function checkStack(
  id: string,
  url: string,
  { open }: StackOfItsOwn,
  { clock, time, env }: World,
): Promise<Check[]> {
  const wish = { ownEid: EID_MIN, asIs: true, clock, time, env, description: 'mctpkit doctor' };
  const { stack, links } = await open(parseLinkUrl(url), wish);
  try {
    const found = stack.links().filter(({ name }) => links.includes(name));
    if (found.length === 0) return [{ id, status: 'warning', what: `${url} has no links` }];
    return found.flatMap(({ name, up }): Check[] => [
      { id: `${id}:${name}`, status: up ? 'ok' : 'warning', what: `${url}: ${name} is ${up ? 'up' : 'down'}` },
      ...stack
        .hints(name)
        .map((what, index): Check => ({ id: `${id}:${name}:hint${index + 1}`, status: 'warning', what })),
    ]);
  } finally {
    await stack.close();
  }
}

/** @throws CommandError (usage), MctpError EUSAGE: the URL is wrong, as every verb says it */
export async function checkLink(url: string, world: World): Promise<Check[]> {
  const { clock, env, signal } = world;
  const id = `link:${url}`;
  const mctp = new Mctp({ clock });
  const ends: (() => Promise<void>)[] = [];
  const stopListening = onAbort(signal, () => void mctp.close());
  try {
    const kind = kindOf(url);
    if (kind.stack !== undefined) return await checkStack(id, url, kind.stack, world);
    const opened = await linksOf(url, { clock, env });
    ends.push(opened.end);
    const always = kind.always?.(url);
    if (always !== undefined) return [{ id, status: 'ok', what: always }];
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
    if (isWrong(error) || (!MctpError.is(error) && !(error instanceof CommandError))) throw error;
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
    stopListening?.();
    await inTurn([() => mctp.close(), ...ends]);
  }
}
