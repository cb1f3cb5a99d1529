/**
 * The table by which addresses are translated: a name to what it stands for, and that to a destination of a transport.
 * Modules extend it with names which they know, with forms of their own, and with what they can reach.
 */

import type { EndpointInfo } from '../bus-owner/endpoint-registry.js';
import { MctpError } from '../errors.js';
import type { PhysicalAddress } from '../link.js';
import type { MctpAddress } from '../transport.js';
import type { MaybePromise } from '../util/async.js';
import { nearest } from '../util/text.js';
import { ADDRESS_FORMS, type Address, readAddress, sayAddress, writeAddress } from './address-text.js';

/** A name, and what it stands for. */
export interface Naming {
  /** A letter, then letters, digits, `.`, `_` and `-`; at most 64. */
  readonly name: string;
  readonly address: Address;
  /** Who says so, for people: `mctpkit.toml`, `FRU`. */
  readonly from: string;
}

/** What a text means; `called` when it was a name. */
export type NamedAddress = Address & { readonly called?: string };

/** Where a message can be sent. */
export interface Destination {
  readonly to: MctpAddress;
  /** Which family it belongs to: `own`, `kernel`, `shared:lab`. */
  readonly family: string;
  /** As somebody would write it to mean this one alone. */
  readonly text: string;
}

/** One translation: which part of the table made it, from what, to what. */
export interface TranslationStep {
  readonly by: string;
  readonly from: string;
  readonly to: readonly string[];
}

export interface ResolverModule {
  readonly name: string;
  /** An address in a form of this module; undefined: it is none. @throws MctpError EUSAGE */
  read?(text: string): Address | undefined;
  /** Names which the module knows now. Those that are added to the table come first. */
  namings?(): Iterable<Naming>;
  /** What the address means where this module can send; empty: nothing. */
  destinations?(address: Address): MaybePromise<readonly Destination[]>;
}

const LONGEST = 64;
/** Names in the table, and those of modules that are looked at. */
const MOST_NAMES = 4096;
const SHOWN_NAMES = 8;

/** @throws MctpError EUSAGE unless it can be a name */
export function checkName(name: string): void {
  if (/^[A-Za-z][A-Za-z0-9._-]*$/.test(name) && name.length <= LONGEST) return;
  throw new MctpError(
    'EUSAGE',
    `"${name}" cannot be a name: use a letter first, then letters, digits, dots, - and _, at most ${LONGEST}`,
  );
}

export class Resolver {
  readonly #names = new Map<string, Naming>();
  readonly #modules: ResolverModule[] = [];

  /** Hears of each translation. */
  onStep: ((step: TranslationStep) => void) | undefined;

  /** @throws MctpError EUSAGE for what cannot be a name; EEXIST when it stands for something else; ENOBUFS */
  add(naming: Naming): void {
    checkName(naming.name);
    const before = this.#names.get(naming.name);
    if (before !== undefined && writeAddress(before.address) !== writeAddress(naming.address)) {
      const { name, address, from } = before;
      throw new MctpError('EEXIST', `${name} is the name of ${sayAddress(address)} already (${from})`);
    }
    if (this.#names.size >= MOST_NAMES) throw new MctpError('ENOBUFS', `the table has ${MOST_NAMES} names already`);
    this.#names.set(naming.name, before ?? naming);
  }

  /** @throws MctpError ENOENT */
  remove(name: string): void {
    if (!this.#names.delete(name)) throw new MctpError('ENOENT', `there is no name ${name}${this.#meant(name)}`);
  }

  /** Returns how to take it away again. */
  use(module: ResolverModule): () => void {
    this.#modules.push(module);
    return () => {
      const index = this.#modules.indexOf(module);
      if (index >= 0) this.#modules.splice(index, 1);
    };
  }

  /** Every name, in the order of the alphabet; one that modules know several meanings of is there several times. */
  list(): Naming[] {
    const all = [...this.#names.values()];
    for (const naming of this.#learned()) if (!this.#names.has(naming.name)) all.push(naming);
    return all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  /** What a text means: a name, or an address. @throws MctpError EUSAGE; for an ambiguous name with what it may stand for */
  parse(text: string): NamedAddress {
    for (const module of this.#modules) {
      const read = module.read?.(text);
      if (read !== undefined) return read;
    }
    const written = readAddress(text);
    if (written !== undefined) return written;
    const found = this.#meanings(text);
    const [naming] = found;
    if (naming === undefined) throw new MctpError('EUSAGE', this.#unknown(text));
    this.#step(
      'names',
      text,
      found.map(({ address }) => writeAddress(address)),
    );
    if (found.length > 1) {
      const candidates = found.map(({ address, from }) => `${writeAddress(address)} (${from})`).join(', ');
      throw new MctpError('EUSAGE', `${text} is the name of ${found.length} things: write one of ${candidates}`);
    }
    return { ...naming.address, called: text };
  }

  /** The name of an endpoint: by its UUID, by its place, or by its EID. */
  nameOf(endpoint: Pick<EndpointInfo, 'uuid' | 'network' | 'eid' | 'link' | 'physicalAddress'>): string | undefined {
    if (this.#names.size === 0 && this.#modules.length === 0) return undefined;
    const all = this.list();
    return KINDS.map((kind) => all.find(({ address }) => address.kind === kind && isAt(address, endpoint))).find(
      (naming) => naming !== undefined,
    )?.name;
  }

  /** The name of a place, whoever is there. */
  nameOfPlace(link: string, physicalAddress: PhysicalAddress): string | undefined {
    return this.list().find(({ address }) => address.kind === 'physical' && isPlace(address, link, physicalAddress))
      ?.name;
  }

  /**
   * The one destination that a text means.
   * @throws MctpError EUSAGE as `parse`; EHOSTUNREACH when nothing that is open can send there; EDESTADDRREQ when several
   * can: the sentence lists them
   */
  async resolve(text: string): Promise<Destination> {
    const address = this.parse(text);
    const found: Destination[] = [];
    for (const module of this.#modules) {
      const here = (await module.destinations?.(address)) ?? [];
      if (here.length > 0)
        this.#step(
          module.name,
          writeAddress(address),
          here.map((one) => one.text),
        );
      for (const one of here) found.push(one);
    }
    const [only] = found;
    const called = address.called === undefined ? sayAddress(address) : `${address.called} (${sayAddress(address)})`;
    if (only === undefined) throw new MctpError('EHOSTUNREACH', `nothing that is open leads to ${called}`);
    if (found.length === 1) return only;
    const candidates = found.map((one) => one.text).join(', ');
    throw new MctpError('EDESTADDRREQ', `${called} is not clear: write one of ${candidates}`);
  }

  #step(by: string, from: string, to: readonly string[]): void {
    this.onStep?.({ by, from, to });
  }

  /** Different things only; what was added counts before what modules know. */
  #meanings(name: string): Naming[] {
    const own = this.#names.get(name);
    if (own !== undefined) return [own];
    const found = new Map<string, Naming>();
    for (const naming of this.#learned()) {
      const key = writeAddress(naming.address);
      if (naming.name === name && !found.has(key)) found.set(key, naming);
    }
    return [...found.values()];
  }

  *#learned(): Generator<Naming> {
    let left = MOST_NAMES;
    for (const module of this.#modules) {
      for (const naming of module.namings?.() ?? []) {
        if (left-- === 0) return;
        yield naming;
      }
    }
  }

  #unknown(text: string): string {
    const names = [...new Set(this.list().map(({ name }) => name))];
    const forms = `"${text}" is not an address: give ${ADDRESS_FORMS}`;
    if (names.length === 0) return forms;
    const shown = names.slice(0, SHOWN_NAMES).join(', ');
    return `${forms}, or a name${this.#meant(text)}: ${shown}${names.length > SHOWN_NAMES ? ', ...' : ''}`;
  }

  #meant(text: string): string {
    const found = nearest(
      text,
      this.list().map(({ name }) => name),
    );
    return found === undefined ? '' : ` (did you mean ${found}?)`;
  }
}

/** What tells devices apart best comes first. */
const KINDS = ['uuid', 'physical', 'eid'] as const;

/** A link may be written with its options. */
function isPlace(
  address: Extract<Address, { kind: 'physical' }>,
  link: string,
  physicalAddress: PhysicalAddress,
): boolean {
  return address.link.split('?')[0] === link && address.physicalAddress === physicalAddress;
}

function isAt(
  address: Address,
  { uuid, network, eid, link, physicalAddress }: Parameters<Resolver['nameOf']>[0],
): boolean {
  if (address.kind === 'uuid') return address.uuid === uuid;
  if (address.kind === 'physical') {
    return physicalAddress !== undefined && isPlace(address, link, physicalAddress);
  }
  if (address.kind === 'tid' || address.family !== undefined) return false;
  return address.eid === eid && (address.network ?? network) === network;
}
