/** The session of verbs that are about the named addresses, or about all that is found. */

import type { NamedAddress } from '../stack/names/index.js';
import { linksFor } from './address.js';
import { findConfig } from './config/find.js';
import { findNames } from './names/find-names.js';
import { Session } from './session.js';
import type { World } from './world.js';

export interface AddressedOptions {
  readonly link: readonly string[];
  readonly ownEid: number;
  readonly capture: string | undefined;
  readonly assign: boolean;
  readonly config: string | undefined;
}

export interface Addressed {
  readonly session: Session;
  /** What was named, in its order. */
  readonly addresses: readonly NamedAddress[];
}

/** On the links that the addresses name, or else on those of the options. @throws CommandError, MctpError */
export async function addressedSession(
  texts: readonly string[],
  { link, ownEid, capture, assign, config: file }: AddressedOptions,
  world: World,
): Promise<Addressed> {
  const config = await findConfig(file, world.env);
  const names = await findNames(config, world.env);
  const addresses = texts.map((text) => names.parse(text));
  const links = [...new Set(addresses.flatMap((address) => linksFor(address, link)))];
  const session = await Session.open({
    ...{ links: links.length > 0 ? links : link, ownEid, capture, assigns: assign, config, names, world },
  });
  return { session, addresses };
}
