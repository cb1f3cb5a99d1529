/** What the addresses on a command line name, and the session of verbs that are about them, or about all that is found. */

import type { NamedAddress } from '../stack/names/index.js';
import { linksFor } from './address.js';
import { CONFIG_OPTION, findConfig } from './config/find.js';
import { findNames } from './names/find-names.js';
import { Session, type SessionOptions } from './session.js';
import { ASSIGN_OPTION, CAPTURE_OPTION, JSON_OPTION, LINK_OPTION, OWN_EID_OPTION } from './verb.js';
import type { World } from './world.js';

/** Options of every verb about devices that are named by their addresses, or all that are found. */
export const DEVICE_OPTIONS = {
  link: LINK_OPTION,
  json: JSON_OPTION,
  ownEid: OWN_EID_OPTION,
  assign: ASSIGN_OPTION,
  config: CONFIG_OPTION,
  capture: CAPTURE_OPTION,
} as const;

export interface AddressOptions {
  readonly link: readonly string[];
  readonly config: string | undefined;
  /** Files that declare vendors' messages. */
  readonly vendor?: readonly string[];
}

export interface FoundAddresses {
  /** What was named, in its order. */
  readonly addresses: readonly NamedAddress[];
  /** What a session with them needs to know. */
  readonly to: Required<Pick<SessionOptions, 'links' | 'names' | 'config'>>;
}

/** By the names that hold here, on the links that the addresses name, or else on those of the options. @throws CommandError */
export async function findAddresses(
  texts: readonly string[],
  { link, config: file, vendor }: AddressOptions,
  { env }: Pick<World, 'env'>,
): Promise<FoundAddresses> {
  const config = await findConfig(file, env, vendor);
  const names = await findNames(config, env);
  const addresses = texts.map((text) => names.parse(text));
  const links = [...new Set(addresses.flatMap((address) => linksFor(address, link)))];
  return { addresses, to: { links: links.length > 0 ? links : link, names, config } };
}

export interface AddressedOptions extends AddressOptions {
  readonly ownEid: number;
  readonly capture: string | undefined;
  readonly assign: boolean;
}

export interface Addressed {
  readonly session: Session;
  /** What was named, in its order. */
  readonly addresses: readonly NamedAddress[];
}

/** @throws CommandError, MctpError */
export async function addressedSession(
  texts: readonly string[],
  options: AddressedOptions,
  world: World,
): Promise<Addressed> {
  const { addresses, to } = await findAddresses(texts, options, world);
  const { ownEid, capture, assign: assigns } = options;
  return { session: await Session.open({ ...to, ownEid, capture, assigns, world }), addresses };
}
