/** The verb `name`: names for devices, which every verb takes as addresses. */

import { MctpError } from '../../stack/errors.js';
import { type NamedAddress, type Naming, sayAddress, writeAddress } from '../../stack/names/index.js';
import { placeName } from '../../stack/place.js';
import { endpointTarget, resolveAddress, type Target } from '../address.js';
import { addressedSession } from '../addressed-session.js';
import { EXIT, printable, refusal, usageError } from '../command-error.js';
import { CONFIG_OPTION, findConfig } from '../config/find.js';
import { tableLines } from '../format/columns.js';
import type { Io } from '../io.js';
import { findNames } from '../names/find-names.js';
import { NAME_ACTIONS, type NameActionWord } from '../names/name-actions.js';
import { changeUserNames } from '../names/user-names.js';
import type { NameDocument } from '../schema/network-documents.js';
import type { Session } from '../session.js';
import { didYouMean } from '../suggest.js';
import { ASSIGN_OPTION, defineVerb, flag, JSON_OPTION, LINK_OPTION, OWN_EID_OPTION } from '../verb.js';
import type { World } from '../world.js';

const WORDS = Object.keys(NAME_ACTIONS) as NameActionWord[];

export const name = defineVerb({
  name: 'name',
  summary: 'give devices names, which every verb takes as addresses',
  description:
    `${WORDS.map((word) => `mctpkit name ${NAME_ACTIONS[word].usage}`).join('; ')}. ` +
    'Names of [names] and [devices.NAME] of the configuration hold, and those that are added here, which are kept in ' +
    '~/.config/mctpkit/names.toml ($XDG_CONFIG_HOME) and hold without a configuration.',
  arguments: [
    { name: 'action', summary: `${WORDS.join(', ')} (list)`, required: false, many: false },
    { name: 'more', summary: 'the name, and the address', required: false, many: true },
  ],
  options: {
    link: LINK_OPTION,
    force: flag('-f, --force', 'add: also where the name stands for something else'),
    json: JSON_OPTION,
    ownEid: OWN_EID_OPTION,
    assign: ASSIGN_OPTION,
    config: CONFIG_OPTION,
  },
  examples: [
    ['mctpkit name add drive0 uuid:7a1c5e10-4c2b-11ee-8d07-001b21000007', 'whatever EID it has'],
    ['mctpkit name add slot3 i2c:1/0x1d', 'a place: whichever device is there'],
    ['mctpkit ping drive0', 'every verb takes names'],
    ['mctpkit name resolve drive0', 'where it is now'],
  ],
  async run({ args: [word = 'list', ...more], options, world }) {
    if (!isWord(word)) {
      throw usageError(`no word "${word}"${didYouMean(word, WORDS)}: known are ${WORDS.join(', ')}`);
    }
    const { usage, words } = NAME_ACTIONS[word];
    if (more.length !== words) throw usageError(`write mctpkit name ${usage}`);
    const show = shower(world.io, options.json);
    const [given = '', address = ''] = more;
    if (word === 'list') return await listNames(options.config, world, show);
    if (word === 'add') return await addName(given, address, options, world, show);
    if (word === 'remove') return await removeName(given, options.config, world, show);
    return await resolveName(given, options, world, show);
  },
});

type Show = (document: NameDocument, lines: readonly string[]) => number;

function shower(io: Io, json: boolean): Show {
  return (document, lines) => {
    if (json) io.print(JSON.stringify(document, null, 2));
    else for (const line of lines) io.print(printable(line));
    return EXIT.done;
  };
}

function isWord(word: string): word is NameActionWord {
  return Object.hasOwn(NAME_ACTIONS, word);
}

async function listNames(file: string | undefined, { env }: World, show: Show): Promise<number> {
  const all = (await findNames(await findConfig(file, env), env)).list();
  const names = all.map(({ name: called, address, from }) => ({ name: called, address: writeAddress(address), from }));
  const lines = tableLines(names.map(({ name: called, address, from }) => [called, address, from]));
  return show({ names }, lines.length > 0 ? lines : ['there are no names: mctpkit name add NAME ADDRESS makes one']);
}

async function addName(
  called: string,
  text: string,
  { config: file, force }: { readonly config: string | undefined; readonly force: boolean },
  world: World,
  show: Show,
): Promise<number> {
  const { env } = world;
  const config = await findConfig(file, env);
  const { called: _called, ...address } = (await findNames(config, env)).parse(text);
  if (isWord(called)) throw usageError(`"${called}" is a word of mctpkit name: choose another name`);
  const fixed = config?.names.find((naming) => naming.name === called);
  if (fixed !== undefined) throw usageError(`${called} is in [names] of ${fixed.from}: change it there`);
  const naming: Naming = { name: called, address, from: 'mctpkit name' };
  const written = await changeUserNames(world, async (kept) => {
    // With those that others have added by now.
    const names = await findNames(config, env);
    const others = kept.filter((one) => one.name !== called);
    if (force && others.length < kept.length) names.remove(called);
    try {
      names.add(naming);
    } catch (error) {
      if (MctpError.is(error, 'EEXIST')) throw usageError(`${error.message}; --force gives it anew`, error);
      throw error;
    }
    return [...others, naming];
  });
  const document = { action: 'added', name: called, address: writeAddress(address), file: written } as const;
  return show(document, [`${called} is ${sayAddress(address)}; kept in ${written}`]);
}

async function removeName(called: string, file: string | undefined, world: World, show: Show): Promise<number> {
  const { env } = world;
  const written = await changeUserNames(world, async (kept) => {
    const others = kept.filter((naming) => naming.name !== called);
    if (others.length < kept.length) return others;
    const elsewhere = (await findNames(await findConfig(file, env), env)).list().find((one) => one.name === called);
    if (elsewhere !== undefined) throw usageError(`${called} comes from ${elsewhere.from}: take it away there`);
    const known = kept.map((naming) => naming.name);
    throw usageError(`there is no name ${called}${didYouMean(called, known)}`);
  });
  return show({ action: 'removed', name: called, file: written }, [`${called} is gone from ${written}`]);
}

interface ResolveOptions {
  readonly link: readonly string[];
  readonly ownEid: number;
  readonly assign: boolean;
  readonly config: string | undefined;
}

async function resolveName(called: string, options: ResolveOptions, world: World, show: Show): Promise<number> {
  const { session, addresses } = await addressedSession([called], { ...options, capture: undefined }, world);
  const address = addresses[0]!;
  try {
    world.io.progress('looking for it ...');
    const {
      name: target,
      to,
      endpoint,
    } = await lookedFor(session, await resolveAddress(session, address, true), address);
    world.io.progress('');
    const eid = endpoint?.eid ?? (to.eid === 0 ? null : to.eid);
    const where = { network: endpoint?.network ?? to.network ?? null, eid, uuid: endpoint?.uuid ?? null };
    const uuid = endpoint?.uuid === undefined ? '' : `, UUID ${endpoint.uuid}`;
    return show({ name: called, address: writeAddress(address), target, ...where }, [`${target}${uuid}`]);
  } finally {
    await session.close();
  }
}

/** Other verbs send to a place without a search; here the question is which device is there. */
async function lookedFor(session: Session, target: Target, address: NamedAddress): Promise<Target> {
  const { link, physicalAddress } = target.to;
  if (address.kind !== 'physical' || link === undefined || physicalAddress === undefined) return target;
  const found = await session.find((one) => one.link === link && one.physicalAddress === physicalAddress);
  if (found !== undefined) return endpointTarget(session.names, found, address.called);
  if (session.unnumbered.includes(placeName(link, physicalAddress))) return target;
  throw refusal(`no device answers at ${target.name}`);
}
