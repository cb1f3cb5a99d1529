/** What `mctpkit network` can be asked: each word with what it needs, and what it prints as text and as JSON. */

import { readdir, stat } from 'node:fs/promises';
import type { ShownOption } from '../../bindings/shared/server/network-options.js';
import { networksFolder } from '../../bindings/shared/shared-folder.js';
import type { SharedMctp } from '../../bindings/shared/shared-mctp.js';
import { RIGHTS, type Right, type SharedNode } from '../../bindings/shared/shared-protocol.js';
import { connectUnix } from '../../bindings/shared/unix-line.js';
import { MctpError } from '../../stack/errors.js';
import { EID_MAX, EID_MIN, messageTypeName } from '../../stack/ids.js';
import { refusal, usageError } from '../command-error.js';
import { tableLines } from '../format/columns.js';
import { isoTime } from '../format/time-text.js';
import { givenOnce } from '../given-once.js';
import { didYouMean } from '../suggest.js';

export interface Shown {
  readonly lines: readonly string[];
  readonly json: unknown;
}

export interface NetworkWord {
  /** As in the help: `set NAME=VALUE...` */
  readonly usage: string;
  /** The socket it comes by. */
  readonly right: Right;
  /** Least and most words that follow. */
  readonly words: readonly [number, number];
  /** Before anything is connected. @throws CommandError */
  check?(words: readonly string[]): void;
  run(network: SharedMctp, words: readonly string[]): Promise<Shown>;
}

const NOTHING: Shown = { lines: [], json: null };

export const NETWORK_WORDS: Readonly<Record<string, NetworkWord>> = {
  nodes: {
    usage: 'nodes',
    right: 'receive',
    words: [0, 0],
    run: async (network) => {
      const mine = network.hello.node;
      const nodes = ((await network.connection.call('nodes')) as SharedNode[]).filter(({ node }) => node !== mine);
      return { lines: nodeLines(nodes), json: { network: network.hello.network, policy: network.hello.policy, nodes } };
    },
  },
  get: {
    usage: 'get [NAME...]',
    right: 'receive',
    words: [0, 64],
    run: async (network, names) => {
      const all = (await network.connection.call('options')) as ShownOption[];
      const known = all.map(({ name }) => name);
      for (const name of names) {
        if (!known.includes(name))
          throw usageError(`no option ${name}${didYouMean(name, known)}: known are ${known.join(', ')}`);
      }
      const options = all.filter(({ name }) => names.length === 0 || names.includes(name));
      return { lines: optionLines(options), json: { options } };
    },
  },
  set: {
    usage: 'set NAME=VALUE...',
    right: 'manage',
    words: [1, 64],
    check: (settings) => givenOnce(settings.map((text) => settingOf(text)[0])),
    run: async (network, settings) => {
      for (const [name, value] of settings.map(settingOf)) await network.manage('set', { name, value });
      return NOTHING;
    },
  },
  metrics: {
    usage: 'metrics',
    right: 'receive',
    words: [0, 0],
    run: async (network) => {
      const text = (await network.connection.call('metrics')) as string;
      const counters = (await network.connection.call('counters')) as Readonly<Record<string, number>>;
      const [links, peers] = [await network.links(), await network.peers()];
      return { lines: text.trimEnd().split('\n'), json: { network: network.hello.network, counters, links, peers } };
    },
  },
  dump: {
    usage: 'dump',
    right: 'manage',
    words: [0, 0],
    run: async (network) => {
      const dump = (await network.manage('dump')) as { readonly file: string; readonly packets: number };
      return { lines: [`${dump.packets} packets in ${dump.file}`], json: dump };
    },
  },
  persist: {
    usage: 'persist NODE [NAME]',
    right: 'manage',
    words: [1, 2],
    check: ([node]) => void nodeNumber(node!),
    run: async (network, [node, name]) => {
      await network.manage('persist', { node: nodeNumber(node!), name: name ?? null });
      return NOTHING;
    },
  },
  tap: {
    usage: 'tap [KERNEL-EID [OWN-EID]]',
    right: 'manage',
    words: [0, 2],
    check: (eids) => void eids.map(eidOf),
    run: async (network, [kernelEid, ownEid]) => {
      const eids = { kernelEid: kernelEid && eidOf(kernelEid), ownEid: ownEid && eidOf(ownEid) };
      return attached(await network.manage('attach', { kind: 'tap', ...eids }));
    },
  },
  grab: {
    usage: 'grab INTERFACE',
    right: 'manage',
    words: [1, 1],
    run: async (network, [name]) => attached(await network.manage('attach', { kind: 'grab', interface: name })),
  },
  kick: {
    usage: 'kick NODE',
    right: 'manage',
    words: [1, 1],
    check: ([node]) => void nodeNumber(node!),
    run: async (network, [node]) => {
      await network.manage('kick', { node: nodeNumber(node!) });
      return NOTHING;
    },
  },
};

/** Networks in the folder where they usually are. */
export async function listNetworks(
  folder: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Shown> {
  const folders = folder === undefined ? [...new Set([networksFolder(env), '/run/mctpkit'])] : [folder];
  const found = await Promise.all(
    folders.map(async (parent) => {
      const names = await readdir(parent).catch(() => []);
      const all = names.map((name) => ({ name, folder: `${parent}/${name}` }));
      const served = await Promise.all(all.map(({ folder: at }) => isServed(`${at}/${RIGHTS[0]}`)));
      return all.filter((_, index) => served[index]);
    }),
  );
  const networks = found.flat().sort((a, b) => a.name.localeCompare(b.name));
  if (networks.length === 0)
    throw refusal(`no network is served in ${folders.join(' or ')}: start one with mctpkit serve`);
  return { lines: tableLines(networks.map(({ name, folder: at }) => [name, at])), json: { networks } };
}

function attached(answer: unknown): Shown {
  const { node } = answer as { readonly node: number };
  return { lines: [`node ${node}`], json: { node } };
}

function nodeLines(nodes: readonly SharedNode[]): string[] {
  if (nodes.length === 0) return ['no node is on the network'];
  const rows = nodes.map((node) => [
    String(node.node),
    titleOf(node),
    node.right,
    node.uid === null ? '-' : String(node.uid),
    node.pid === null ? '-' : String(node.pid),
    node.bindings.map(({ type }) => messageTypeName(type)).join(',') || '-',
    String(node.queued),
    String(node.dropped),
    isoTime(node.since),
    `${node.persistent ?? ''}${node.present ? '' : ' (away)'}`.trim(),
  ]);
  return tableLines([
    ['node', 'description', 'right', 'uid', 'pid', 'bound to', 'queue', 'drops', 'since', ''],
    ...rows,
  ]);
}

/** With the link, where it is an interface. */
function titleOf({ description, interface: link }: SharedNode): string {
  const title = description === '' ? '-' : description;
  return link === null || link === '' ? title : `${title}, by ${link}`;
}

function optionLines(options: readonly ShownOption[]): string[] {
  return tableLines(
    options.map(({ name, value, default: given, least, most, unit, who, what }) => [
      `${name}=${shownValue(value, unit)}`,
      least === undefined
        ? `default ${given}`
        : `${shownValue(least, unit)} to ${shownValue(most!, unit)}, default ${shownValue(given, unit)}`,
      who === undefined ? 'fixed while it runs' : `set by ${who}`,
      what,
    ]),
  );
}

function shownValue(value: number | boolean | string, unit: string | undefined): string {
  if (typeof value !== 'number') return String(value);
  return unit === 'octal' ? `0${value.toString(8)}` : `${value}`;
}

/** `queue=16` @throws CommandError */
function settingOf(text: string): [string, number | boolean | string] {
  const [, name, value] = /^([a-z.-]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw usageError(`"${text}" sets nothing: write NAME=VALUE, e.g. queue=16`);
  if (value === 'true' || value === 'false') return [name, value === 'true'];
  return [name, /^\d+$/.test(value) ? Number(value) : value];
}

/** @throws CommandError */
function eidOf(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) >= EID_MIN && Number(text) <= EID_MAX) return Number(text);
  throw usageError(`"${text}" is not an EID: use ${EID_MIN} to ${EID_MAX}`);
}

/** @throws CommandError */
function nodeNumber(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 0xffff) return Number(text);
  throw usageError(`"${text}" is not the number of a node: mctpkit network nodes shows them`);
}

/** A socket may have outlived its server, which was killed; one that we may not use has a server all the same. */
async function isServed(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isSocket() !== true) return false;
  try {
    (await connectUnix(path)).destroy();
    return true;
  } catch (error) {
    return !MctpError.is(error, 'ENOTCONN');
  }
}
