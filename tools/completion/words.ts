/** What may come next on the command line. Looks at the declarations of verbs, and at what is plugged in. */

import type { VendorProtocol } from '../../stack/vendor/index.js';
import { findConfig } from '../config/find.js';
import { knownVendors } from '../config/vendor-registry.js';
import { mayBeOf } from '../option-actions.js';
import type { OptionDeclaration, Verb, VerbEntry } from '../verb.js';
import type { World } from '../world.js';

export interface Candidate {
  readonly word: string;
  readonly meaning: string;
}

/** What is written so far, and where a configuration may be named. */
interface Words {
  readonly words: readonly string[];
  readonly env: World['env'];
}

/** `words` are those behind the command; the last one has only been begun. */
export async function candidates(
  words: readonly string[],
  verbs: readonly VerbEntry[],
  env: World['env'] = {},
): Promise<Candidate[]> {
  const begun = words.at(-1) ?? '';
  const [name] = words;
  if (words.length <= 1)
    return matching(
      verbs.map((verb) => ({ word: verb.name, meaning: verb.summary })),
      begun,
    );
  const entry = verbs.find((verb) => verb.name === name);
  if (entry === undefined) return [];
  const verb = await entry.load();
  const before = words.at(-2)!;
  const option = Object.values(verb.options).find(({ flags }) => flagWords(flags).includes(before));
  if (option !== undefined && takesValue(option.flags)) return matching(await valuesOf(option, { words, env }), begun);
  if (begun.startsWith('-')) return matching(optionsOf(verb, words), begun);
  return matching(await argumentsOf(verb, { words, env }, begun, verbs), begun);
}

function matching(all: readonly Candidate[], begun: string): Candidate[] {
  return all.filter(({ word }) => word.startsWith(begun));
}

/** Those written already are not offered again, unless they may be repeated, nor what the action that is written refuses. */
function optionsOf(verb: Verb, words: readonly string[]): Candidate[] {
  const help = { word: '--help', meaning: 'this text' };
  const args = argumentsIn(verb, words.slice(1, -1));
  const own = Object.values(verb.options).flatMap(({ flags, summary, actions = [] }) => {
    const names = flagWords(flags);
    const written = names.some((flag) => words.slice(0, -1).includes(flag));
    if (actions.length > 0 && !mayBeOf(verb, args, actions)) return [];
    return written && !/repeatable/.test(summary) ? [] : [{ word: names.at(-1)!, meaning: summary }];
  });
  return [...own, help];
}

/** Those that are neither options nor their values. */
function argumentsIn(verb: Verb, written: readonly string[]): string[] {
  const valued = Object.values(verb.options).flatMap(({ flags }) => (takesValue(flags) ? flagWords(flags) : []));
  return written.filter((word, index) => !word.startsWith('-') && !valued.includes(written[index - 1] ?? ''));
}

function flagWords(flags: string): string[] {
  return flags.split(/[\s,]+/).filter((word) => word.startsWith('-'));
}

function takesValue(flags: string): boolean {
  return flags.includes('<');
}

type AnyOption = OptionDeclaration<unknown>;

/** Those it names, or by what the option is called; nothing: the shell offers files. */
async function valuesOf({ flags, words }: AnyOption, written: Words): Promise<Candidate[]> {
  if (words !== undefined) return plain(await words(written.words.at(-1) ?? ''));
  if (flags.includes('<url>')) return links(written.env);
  if (flags.includes('<type>')) return messageTypes();
  if (flags.includes('<layer>')) return plain((await import('../decode/layers.js')).LAYER_NAMES);
  if (flags.includes('--speaks')) {
    return (await vendorsOf(written)).map(({ declaration: { name, title } }) => ({ word: name, meaning: title }));
  }
  if (flags.includes('--behaviour')) {
    const { behaviourKinds } = await import('../../hw-fixtures/index.js');
    return [...behaviourKinds()].map(([word, { what }]) => ({ word, meaning: what }));
  }
  return [];
}

async function argumentsOf(
  verb: Verb,
  written: Words,
  begun: string,
  verbs: readonly VerbEntry[],
): Promise<Candidate[]> {
  const { name: first, words: actions } = verb.arguments?.[0] ?? {};
  if (actions !== undefined && written.words.length === 2) return plain(actions);
  if (first === 'verb') return verbs.map(({ name, summary }) => ({ word: name, meaning: summary }));
  if (first === 'check') return plain(['check']);
  if (first === 'shell') return plain(['bash', 'zsh', 'fish']);
  if (first === 'schema') return plain(Object.keys((await import('../schema/index.js')).SCHEMAS));
  if (first === 'type') return messageTypes();
  if (verb.name === 'name') return nameWords(written);
  if (verb.name === 'cable') return written.words.length === 2 ? plain(['pair', 'list']) : [];
  if (verb.name === 'spdm') return spdmWords(written, begun);
  if (verb.name === 'nvme') return nvmeWords(written, begun);
  const behind = argumentsIn(verb, written.words.slice(1, -1));
  if (verb.name === 'control' && behind.length > 0) return behind.length === 1 ? controlCommands() : [];
  if (verb.name === 'pldm' && behind.length > 0) return pldmWords(behind);
  if (first === 'address' && begun !== '' && !/^\d/.test(begun))
    return [...(await places(written, begun)), ...(await commands(verb, written))];
  if (first === 'address') return [...(await names(written)), ...(await commands(verb, written))];
  return [];
}

/** The action; what it does; then an address. */
async function nvmeWords(written: Words, begun: string): Promise<Candidate[]> {
  const { NVME_WORDS } = await import('../nvme/nvme-words.js');
  const { words } = written;
  const [, action = '', part = ''] = words;
  const parts = NVME_WORDS[action];
  if (words.length === 2) return plain(Object.keys(NVME_WORDS));
  const addresses = await places(written, begun);
  if (words.length === 3) return [...plain(parts?.before ?? []), ...addresses];
  const afterAddress = parts?.before.includes(part) === true && part !== '' ? 5 : 4;
  if (words.length === afterAddress) return plain(parts?.after ?? []);
  return words.length < afterAddress || action === 'list' || action === 'health' ? addresses : [];
}

/** Behind `bridge` comes a device, behind `device` nothing. */
async function spdmWords(written: Words, begun: string): Promise<Candidate[]> {
  const { words } = written;
  const [, action] = words;
  const where = await places(written, begun);
  if (words.length > 2) return action === 'bridge' ? where : [];
  const actions = [
    { word: 'bridge', meaning: 'requester emulators reach a device' },
    { word: 'device', meaning: 'a responder emulator is a device on a link' },
  ];
  return [...actions, ...where];
}

async function commands(verb: Verb, words: Words): Promise<Candidate[]> {
  if (verb.name !== 'send') return [];
  const vendors = (await vendorsOf(words)).flatMap(({ declaration: { name, title }, commands: { all } }) =>
    all.map((command) => ({ word: `${name}:${command.name}`, meaning: title })),
  );
  return [...(await controlCommands()), ...vendors];
}

async function controlCommands(): Promise<Candidate[]> {
  const { CONTROL_COMMANDS } = await import('../../stack/control/commands/index.js');
  const named = CONTROL_COMMANDS.filter(({ code }) => code < 0xf0);
  return named.map(({ name, source }) => ({ word: name, meaning: source }));
}

/** Behind the address comes a type, or another action; then a command of the type. */
async function pldmWords([, type, ...more]: readonly string[]): Promise<Candidate[]> {
  const { PLDM_TYPE_NAMES, pldmTypeNumber } = await import('../decode/pldm-names.js');
  if (type === undefined) return plain([...PLDM_TYPE_NAMES, 'set', 'raw']);
  const { COMMANDS } = await import('../../pldm/command-registry.js');
  const ofType = more.length > 0 ? [] : COMMANDS.filter(({ pldmType }) => pldmType === pldmTypeNumber(type));
  return ofType.map(({ name, source }) => ({ word: name, meaning: source }));
}

/** The action; then a name; behind `add NAME` an address. */
async function nameWords(written: Words): Promise<Candidate[]> {
  const { NAME_ACTIONS } = await import('../names/name-actions.js');
  const [, action = ''] = written.words;
  if (written.words.length === 2)
    return Object.entries(NAME_ACTIONS).map(([word, { what }]) => ({ word, meaning: what }));
  if (action === 'add') return written.words.length === 4 ? links(written.env) : [];
  return written.words.length === 3 && (action === 'remove' || action === 'resolve') ? names(written) : [];
}

/** Names, and links; behind a digit nothing. */
async function places(written: Words, begun: string): Promise<Candidate[]> {
  return /^\d/.test(begun) ? [] : [...(await names(written)), ...(await links(written.env))];
}

/** As the verb would find them; a file with mistakes offers nothing. */
async function names({ words, env }: Words): Promise<Candidate[]> {
  const { findNames } = await import('../names/find-names.js');
  const { sayAddress } = await import('../../stack/names/index.js');
  try {
    const found = await findNames(await findConfig(valuesOfOption(words, '--config').at(-1), env), env);
    return found.list().map(({ name, address }) => ({ word: name, meaning: sayAddress(address) }));
  } catch {
    return [];
  }
}

/** As the verb would find them; a file with mistakes offers nothing. */
async function vendorsOf({ words, env }: Words): Promise<readonly VendorProtocol[]> {
  const read = findConfig(valuesOfOption(words, '--config').at(-1), env, valuesOfOption(words, '--vendor'));
  return read.then(knownVendors, () => []);
}

function valuesOfOption(words: readonly string[], flag: string): string[] {
  return words.flatMap((word, index) => (word === flag && index + 1 < words.length - 1 ? [words[index + 1]!] : []));
}

async function messageTypes(): Promise<Candidate[]> {
  const { MESSAGE_TYPE, messageTypeName } = await import('../../stack/ids.js');
  return Object.entries(MESSAGE_TYPE).map(([word, type]) => ({ word, meaning: `${messageTypeName(type)} (${type})` }));
}

/** Links one could name, and the kinds there are. */
async function links(env: World['env']): Promise<Candidate[]> {
  const { linksHere, toolLinkKinds } = await import('../link-kinds.js');
  const here = (await linksHere(env)).map(({ url, what }) => ({ word: url, meaning: what }));
  const named = toolLinkKinds().filter(({ scheme }) => !here.some(({ word }) => word === `${scheme}:`));
  const kinds = named.map(({ scheme, title, example }) => ({
    word: `${scheme}:`,
    meaning: `${title}, e.g. ${example}`,
  }));
  return [...here, ...kinds];
}

function plain(words: readonly string[]): Candidate[] {
  return words.map((word) => ({ word, meaning: '' }));
}
