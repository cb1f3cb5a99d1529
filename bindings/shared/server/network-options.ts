/**
 * Every option of a served network and of its nodes, once: range, default, unit, who may change it. From here come the
 * checks, `mctpkit network get` and `set`, the keys of `[serve.NAME]` and the documentation.
 */

import { MctpError } from '../../../stack/errors.js';
import { DEFAULT_LIMITS, LIMIT_RANGES, type LimitRange, type Limits } from '../../../stack/limits.js';
import type { Right } from '../shared-protocol.js';

export type OptionValue = number | boolean | string;

export interface NetworkOption {
  readonly what: string;
  readonly default: OptionValue;
  /** Of a number. */
  readonly least?: number;
  readonly most?: number;
  readonly unit?: string;
  /** Who may change it while the network runs; undefined: it is fixed when the network is made. */
  readonly who?: Right;
}

export const NETWORK_OPTIONS = {
  policy: { what: '`switch`, `hub`, or the path of a module of yours', default: 'switch' },
  mode: {
    what: 'file mode that says which users may connect: r is receive, rw is use, x is manage; the umask is taken away',
    default: 0o760,
    least: 0,
    most: 0o777,
    unit: 'octal',
  },
  owner: { what: 'user that owns the sockets; "": the user that runs the server', default: '' },
  group: { what: 'group that owns the sockets; "": the group of the server', default: '' },
  'message-bytes': {
    what: 'longest message which nodes send or receive, the type byte included',
    default: 65_536,
    least: 1,
    most: 65_536,
    unit: 'bytes',
  },
  'max-nodes': {
    what: 'nodes at the same time',
    default: 32,
    least: 1,
    most: 1024,
    unit: 'nodes',
    who: 'manage',
  },
  queue: {
    what: 'messages which wait for a node; more are dropped, or their senders wait (lossless)',
    default: 8,
    least: 1,
    most: 65_536,
    unit: 'messages',
    who: 'manage',
  },
  lossless: {
    what: 'senders wait for a node whose queue is full; a node may ask for it where the network does not',
    default: false,
    who: 'manage',
  },
  keep: {
    what: 'the network stays when its last node has left; else it ends',
    default: true,
    who: 'manage',
  },
  'shutdown-ms': {
    what: 'time to empty queues when the network ends',
    default: 2_000,
    least: 0,
    most: 60_000,
    unit: 'ms',
    who: 'manage',
  },
} as const satisfies Readonly<Record<string, NetworkOption>>;

export type NetworkOptionName = keyof typeof NETWORK_OPTIONS;

const LIMIT_NAMES = Object.keys(LIMIT_RANGES) as readonly (keyof Limits)[];

export const LIMIT_PREFIX = 'limits.';

/** `limits.assembly-bytes`: the name of a limit of the stack as an option. */
export function limitOption(name: keyof Limits): string {
  return `${LIMIT_PREFIX}${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The limits of the stack, which all networks of a server have together. */
export const LIMIT_OPTIONS: ReadonlyMap<string, NetworkOption & LimitRange & { readonly limit: keyof Limits }> =
  new Map(
    LIMIT_NAMES.map((limit) => {
      const option = { ...LIMIT_RANGES[limit], default: DEFAULT_LIMITS[limit], who: 'manage' as const, limit };
      return [limitOption(limit), option];
    }),
  );

type Widened<T> = T extends number ? number : T extends boolean ? boolean : string;
export type NetworkOptionValues = {
  [Name in NetworkOptionName]: Widened<(typeof NETWORK_OPTIONS)[Name]['default']>;
};

/** An option as it is shown. */
export interface ShownOption extends NetworkOption {
  readonly name: string;
  readonly value: OptionValue;
}

/** All values, checked. @throws MctpError EINVAL */
export function optionValues(given: Partial<NetworkOptionValues> = {}): NetworkOptionValues {
  const values = Object.entries(NETWORK_OPTIONS).map(([name, option]) => {
    const value = given[name as NetworkOptionName];
    return [name, value === undefined ? option.default : checkedOption(name, value)];
  });
  return Object.fromEntries(values) as NetworkOptionValues;
}

/** @throws MctpError ENOENT for an unknown option */
export function networkOption(name: string): NetworkOption {
  if (Object.hasOwn(NETWORK_OPTIONS, name)) return NETWORK_OPTIONS[name as NetworkOptionName];
  const limit = LIMIT_OPTIONS.get(name);
  if (limit !== undefined) return limit;
  const known = [...Object.keys(NETWORK_OPTIONS), ...LIMIT_OPTIONS.keys()];
  throw new MctpError('ENOENT', `no option ${name}: known are ${known.join(', ')}`);
}

/** @throws MctpError ENOENT, EINVAL: what would be right */
export function checkedOption(name: string, value: unknown): OptionValue {
  const { default: given, least = 0, most = Number.MAX_SAFE_INTEGER, unit } = networkOption(name);
  if (typeof given === 'number') {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
    const shown = (limit: number): string => (unit === 'octal' ? `0${limit.toString(8)}` : String(limit));
    throw new MctpError('EINVAL', `${name} must be a whole number from ${shown(least)} to ${shown(most)}`);
  }
  if (typeof value === typeof given) return value as OptionValue;
  throw new MctpError('EINVAL', `${name} must be ${typeof given === 'boolean' ? 'true or false' : 'a text'}`);
}
