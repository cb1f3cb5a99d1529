/**
 * Everything has a bound (docs/architecture.md, Bounds); these are the bounds of the stack, their defaults, and how far they
 * may be changed while it works.
 */

import { MctpError } from './errors.js';

export interface Limits {
  /** Longest message, type byte included, sent or received; bytes. Linux has the same. */
  readonly messageBytes: number;
  /** Assemblies in progress per link. Over it the physical address that has the most loses its oldest (`assemblyLimit`). */
  readonly assemblies: number;
  /** Bytes in assemblies per link. */
  readonly assemblyBytes: number;
  /** Bytes in assemblies of one peer of a link. */
  readonly assemblyBytesPerPeer: number;
  /** An assembly to which nothing was added for this long is given up; ms. Measured in steps of an eighth. */
  readonly assemblyTimeoutMs: number;
  /** Messages queued per link, and their bytes. Over it senders wait, or get EAGAIN when they do not want to. */
  readonly queueMessages: number;
  readonly queueBytes: number;
  /** Senders waiting for room or for a tag, per link and per peer. Over it they get ENOBUFS. */
  readonly waiters: number;
  /** Messages a socket holds for its reader, and their bytes. Over it the newest is dropped and counted. */
  readonly socketMessages: number;
  readonly socketBytes: number;
  /** An unanswered automatic tag is free again after this; a tag whose request timed out rests as long; ms. */
  readonly tagExpiryMs: number;
  /** Devices addressed by physical address alone that are remembered per link. */
  readonly physicalPeers: number;
}

export const DEFAULT_LIMITS: Limits = {
  messageBytes: 65_536,
  assemblies: 512,
  assemblyBytes: 8 * 1024 * 1024,
  assemblyBytesPerPeer: 1024 * 1024,
  assemblyTimeoutMs: 6_000,
  queueMessages: 1_024,
  queueBytes: 1024 * 1024,
  waiters: 1_024,
  socketMessages: 256,
  socketBytes: 1024 * 1024,
  tagExpiryMs: 6_000,
  physicalPeers: 256,
};

/** Of a limit, for people and for checks. */
export interface LimitRange {
  readonly what: string;
  readonly least: number;
  readonly most: number;
  readonly unit: string;
}

const MIB = 1024 * 1024;
/** Of an assembly: the payload of a baseline packet (DSP0236 §8.3). */
const LEAST_ASSEMBLY_BYTES = 64;

export const LIMIT_RANGES: Readonly<Record<keyof Limits, LimitRange>> = {
  messageBytes: { what: 'longest message of the stack, the type byte included', ...range(64, 65_536, 'bytes') },
  assemblies: { what: 'messages which are being put together, for each link', ...range(1, 65_536, 'messages') },
  assemblyBytes: {
    what: 'bytes of messages which are being put together, for each link',
    ...range(64, 1024 * MIB, 'bytes'),
  },
  assemblyBytesPerPeer: {
    what: 'bytes of messages which are being put together, for each peer of a link',
    ...range(64, 1024 * MIB, 'bytes'),
  },
  assemblyTimeoutMs: { what: 'an assembly without another packet is given up', ...range(100, 600_000, 'ms') },
  queueMessages: { what: 'messages which wait to be sent, for each link', ...range(1, 65_536, 'messages') },
  queueBytes: { what: 'bytes of messages which wait to be sent, for each link', ...range(64, 1024 * MIB, 'bytes') },
  waiters: { what: 'senders which wait for room or for a tag, for each link and peer', ...range(1, 65_536, 'senders') },
  socketMessages: { what: 'messages which a socket of the stack holds', ...range(1, 65_536, 'messages') },
  socketBytes: { what: 'bytes of messages which a socket of the stack holds', ...range(64, 1024 * MIB, 'bytes') },
  tagExpiryMs: { what: 'a tag whose request was not answered rests', ...range(100, 600_000, 'ms') },
  physicalPeers: {
    what: 'devices which are addressed without an EID and remembered, for each link',
    ...range(1, 65_536, 'devices'),
  },
};

function range(least: number, most: number, unit: string): Omit<LimitRange, 'what'> {
  return { least, most, unit };
}

/** The first must be at least the second, times the third. */
const RELATIONS: readonly (readonly [keyof Limits, keyof Limits, number])[] = [
  ['assemblyBytes', 'messageBytes', 1],
  ['assemblyBytesPerPeer', 'messageBytes', 1],
  ['assemblyBytes', 'assemblies', LEAST_ASSEMBLY_BYTES],
  ['assemblyBytes', 'assemblyBytesPerPeer', 1],
];

/**
 * Limits with a change, which may have effects on others: one that depends on a changed one, and is not named itself, follows
 * as far as it must. Only the length of messages never does: whoever sends them would be surprised. `title`: what a limit is
 * called in errors.
 * @throws MctpError EINVAL: a value out of its range, or two which do not go together
 */
export function changedLimits(
  present: Limits,
  change: Partial<Limits>,
  title: (name: keyof Limits) => string = (name) => name,
): Limits {
  const next: { -readonly [Name in keyof Limits]: number } = { ...present };
  for (const [name, value] of Object.entries(change) as [keyof Limits, number][]) {
    const { least, most } = LIMIT_RANGES[name];
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new MctpError('EINVAL', `${title(name)} must be a whole number from ${least} to ${most}`);
    }
    next[name] = value;
  }
  const named = new Set(Object.keys(change));
  // What is lowered takes along what must not be above it; then what is raised takes along what must not be below it.
  for (const [upper, lower, times] of RELATIONS) {
    const follows = lower !== 'messageBytes' && named.has(upper) && !named.has(lower);
    if (follows) next[lower] = Math.min(next[lower], Math.floor(next[upper] / times));
  }
  for (const [upper, lower, times] of RELATIONS) {
    if (next[upper] >= times * next[lower]) continue;
    if (named.has(upper)) {
      const factor = times === 1 ? '' : `${times} times `;
      throw new MctpError('EINVAL', `${title(upper)} must be at least ${factor}${title(lower)} (${next[lower]})`);
    }
    next[upper] = times * next[lower];
  }
  return next;
}
