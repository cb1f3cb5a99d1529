/** The four tables: what is shown of each, and how each is changed, in the words and lines of Linux's `mctp` tool. */

import type { AddressDocument, LinkDocument, NeighDocument, RouteDocument } from '../schema/table-documents.js';
import { didYouMean } from '../suggest.js';
import { type LinkSettings, MTU_OVER_UNIT, type Tables } from './table-verbs.js';
import { Words } from './table-words.js';

export interface Row {
  readonly text: string;
  readonly json: (LinkDocument | AddressDocument | RouteDocument | NeighDocument)[number];
}

export interface TableObject {
  readonly name: string;
  readonly summary: string;
  readonly grammar: readonly string[];
  /** `filter`: the words behind `show`. */
  show(tables: Tables, filter: Words): Promise<Row[]>;
  /** By the first word. */
  readonly changes: Readonly<Record<string, (tables: Tables, words: Words) => Promise<void>>>;
}

export const LINK: TableObject = {
  name: 'link',
  summary: 'show and change the links of a stack',
  grammar: ['show [LINK]', 'set LINK [up|down] [mtu BYTES] [network NETWORK]'],
  async show(tables, words) {
    const only = words.more ? tables.linkName(words.next('the link')) : undefined;
    return (await tables.links())
      .filter(({ name }) => only === undefined || name === only)
      .map((link) => {
        const { name, network, transmissionUnit, up, ownAddress } = link;
        const mtu = transmissionUnit + MTU_OVER_UNIT;
        const at = ownAddress === '' ? '' : ` address 0x${ownAddress}`;
        const { paths, ...rest } = link;
        const ways = (paths ?? []).map((path) => ({ ...path, roundTripMs: path.roundTripMs ?? null }));
        return {
          text: [
            `dev ${name}${at} net ${network} mtu ${mtu} ${up ? 'up' : 'down'}`,
            ...ways.map((path) => `    ${pathText(path)}`),
          ].join('\n'),
          json: { ...rest, mtu, ...(paths !== undefined && { paths: ways }) },
        };
      });
  },
  changes: {
    set: async (tables, words) => {
      const link = tables.linkName(words.next('the link'));
      await tables.setLink(link, linkSettings(words));
    },
  },
};

type ShownPath = NonNullable<LinkDocument[number]['paths']>[number];

function pathText({ name, state, backup, roundTripMs, txPackets, rxPackets }: ShownPath): string {
  const roundTrip = roundTripMs === null ? '' : ` rtt ${roundTripMs.toFixed(1)} ms`;
  return `path ${name} ${state}${backup ? ' backup' : ''}${roundTrip} sent ${txPackets} received ${rxPackets}`;
}

/** In any order, as Linux's tool takes them. */
function linkSettings(words: Words): LinkSettings {
  let settings: LinkSettings = {};
  const add = (more: LinkSettings): void => {
    for (const name of Object.keys(more)) if (Object.hasOwn(settings, name)) throw words.wrong(`${SAID[name]} twice`);
    settings = { ...settings, ...more };
  };
  do {
    if (words.take('up')) add({ up: true });
    else if (words.take('down')) add({ up: false });
    else if (words.take('mtu')) add({ transmissionUnit: words.unit() });
    else if (words.take('network') || words.take('net')) add({ network: words.network() });
    else throw unknownWord(words, words.next('what to change'), ['up', 'down', 'mtu', 'network']);
  } while (words.more);
  return settings;
}

const SAID: Readonly<Record<string, string>> = {
  up: 'up or down',
  transmissionUnit: 'the MTU',
  network: 'the network',
};

export const ADDRESS: TableObject = {
  name: 'address',
  summary: 'show and change our own EIDs',
  grammar: ['show [LINK]', 'add EID dev LINK', 'del EID dev LINK'],
  async show(tables, words) {
    const only = words.more ? tables.linkName(words.next('the link')) : undefined;
    return (await tables.addresses())
      .filter(({ link }) => only === undefined || link === only)
      .map(({ network, eid, link }) => ({
        text: `eid ${eid} net ${network} dev ${link}`,
        json: { network, eid, link },
      }));
  },
  changes: {
    add: async (tables, words) => {
      const eid = words.eid();
      const link = tables.linkName(words.after('dev', 'LINK'));
      words.end();
      await tables.addAddress(eid, link);
    },
    del: async (tables, words) => {
      const eid = words.eid();
      const link = tables.linkName(words.after('dev', 'LINK'));
      words.end();
      await tables.removeAddress(eid, link);
    },
  },
};

export const ROUTE: TableObject = {
  name: 'route',
  summary: 'show and change the routes to EIDs',
  grammar: ['show [net NETWORK]', 'add EID[-EID] via LINK [gw EID] [mtu BYTES]', 'del EID[-EID] via LINK'],
  async show(tables, words) {
    const only = words.take('net') ? words.network() : undefined;
    return (await tables.routes())
      .filter(({ network }) => only === undefined || network === only)
      .map(({ network, start, end, link, gateway, transmissionUnit }) => {
        const mtu = transmissionUnit === undefined ? 0 : transmissionUnit + MTU_OVER_UNIT;
        const by = gateway === undefined ? '' : ` gw ${gateway}`;
        return {
          text: `eid min ${start} max ${end} net ${network} dev ${link}${by} mtu ${mtu}`,
          json: { network, start, end, link, gateway: gateway ?? null, mtu },
        };
      });
  },
  changes: {
    add: async (tables, words) => {
      const range = words.range();
      const link = tables.linkName(words.after('via', 'LINK'));
      const gateway = words.take('gw') ? words.eid() : undefined;
      const transmissionUnit = words.take('mtu') ? words.unit() : undefined;
      words.end();
      await tables.addRoute({
        ...range,
        link,
        ...(gateway !== undefined && { gateway }),
        ...(transmissionUnit !== undefined && { transmissionUnit }),
      });
    },
    del: async (tables, words) => {
      const { start, end } = words.range();
      const link = tables.linkName(words.after('via', 'LINK'));
      words.end();
      const network = (await tables.links()).find(({ name }) => name === link)?.network;
      if (network === undefined) throw words.wrong(`there is no link ${link} in this session: name it with --link`);
      await tables.removeRoute(start, end, network);
    },
  },
};

export const NEIGH: TableObject = {
  name: 'neigh',
  summary: 'show and change which physical address an EID has',
  grammar: ['show [dev LINK]', 'add EID dev LINK lladdr ADDRESS', 'del EID dev LINK'],
  async show(tables, words) {
    const only = words.take('dev') ? tables.linkName(words.next('the link')) : undefined;
    return (await tables.neighbours())
      .filter(({ link }) => only === undefined || link === only)
      .map(({ network, eid, link, physicalAddress }) => ({
        text: `eid ${eid} net ${network} dev ${link}${physicalAddress === '' ? '' : ` lladdr 0x${physicalAddress}`}`,
        json: { network, eid, link, physicalAddress: physicalAddress || null },
      }));
  },
  changes: {
    add: async (tables, words) => {
      const eid = words.eid();
      const link = tables.linkName(words.after('dev', 'LINK'));
      const physicalAddress = words.take('lladdr') ? words.physicalAddress() : '';
      words.end();
      await tables.addNeighbour(eid, link, physicalAddress);
    },
    del: async (tables, words) => {
      const eid = words.eid();
      const link = tables.linkName(words.after('dev', 'LINK'));
      words.end();
      await tables.removeNeighbour(eid, link);
    },
  },
};

/** The rows after what was asked for has been done. @throws CommandError (usage); MctpError of the tables */
export async function runTableWords(object: TableObject, tables: Tables, given: readonly string[]): Promise<Row[]> {
  const grammar = object.grammar.map((line) => `${object.name} ${line}`).join(' | ');
  const words = new Words(given, grammar);
  if (words.more && !words.take('show')) {
    const first = words.next('what to do');
    const change = Object.hasOwn(object.changes, first) ? object.changes[first] : undefined;
    if (change === undefined) throw unknownWord(words, first, ['show', ...Object.keys(object.changes)]);
    await change(tables, words);
    return object.show(tables, new Words([], grammar));
  }
  const rows = await object.show(tables, words);
  words.end();
  return rows;
}

function unknownWord(words: Words, word: string, known: readonly string[]): Error {
  return words.wrong(`"${word}" is not known${didYouMean(word, known)}`);
}
