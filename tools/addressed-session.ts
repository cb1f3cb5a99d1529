/** The session of verbs that are about the named addresses, or about all that is found. */

import { type Address, linksFor } from './address.js';
import { findConfig } from './config/find.js';
import { Session } from './session.js';
import type { World } from './world.js';

export interface AddressedOptions {
  readonly link: readonly string[];
  readonly ownEid: number;
  readonly capture: string | undefined;
  readonly assign: boolean;
  readonly config: string | undefined;
}

/** On the links that the addresses name, or else on those of the options. @throws CommandError, MctpError */
export async function addressedSession(
  addresses: readonly Address[],
  { link, ownEid, capture, assign, config }: AddressedOptions,
  world: World,
): Promise<Session> {
  const links = [...new Set(addresses.flatMap((address) => linksFor(address, link)))];
  return Session.open({
    ...{ links: links.length > 0 ? links : link, ownEid, capture, assigns: assign, world },
    config: await findConfig(config, world.env),
  });
}
