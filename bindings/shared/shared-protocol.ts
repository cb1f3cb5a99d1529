/** What both sides of a served network say in JSON (docs/shared-protocol.md). */

import type { LinkCounters } from '../../stack/counters.js';
import { MctpError, type MctpErrorCode } from '../../stack/errors.js';
import type { LinkPath } from '../../stack/link.js';
import type { JsonObject } from './frame.js';

/** Both sides must have the same. */
export const PROTOCOL_VERSION = 1;

/** One socket each, in the folder of the network. A right includes those before it, but `manage` comes without a node. */
export const RIGHTS = ['receive', 'use', 'manage'] as const;
export type Right = (typeof RIGHTS)[number];

/** Longest description of a node. */
export const DESCRIPTION_LONGEST = 128;

export interface SharedLink {
  /** In message and packet frames. */
  readonly number: number;
  readonly name: string;
  readonly network: number;
  readonly binding: number;
  readonly medium: number;
  readonly up: boolean;
  readonly downReason: string | null;
  readonly transmissionUnit: number;
  readonly transmissionUnitMax: number;
  readonly eids: readonly number[];
  readonly addressSize: number;
  readonly ownAddress: string;
  readonly probe: readonly string[];
  readonly hints: readonly string[];
  readonly counters: LinkCounters;
  readonly linkCounters: Readonly<Record<string, number>>;
  /** Of a link which has several ways to its other end: a cable. */
  readonly paths?: readonly LinkPath[];
}

export interface SharedBinding {
  readonly node: number;
  readonly type: number;
  readonly network: number;
  readonly eid: number;
  readonly peer: number | null;
}

/** The nodes of the network. */
export interface SharedNode {
  readonly node: number;
  readonly description: string;
  readonly right: Right;
  readonly uid: number | null;
  readonly pid: number | null;
  /** Name by which it is joined again; null: it goes with its process. */
  readonly persistent: string | null;
  /** A process holds it now; of an interface: it is there, and up. */
  readonly present: boolean;
  /** Of an interface of the kernel: the link of the server which leads to it, or would; null: it is a process. */
  readonly interface: string | null;
  readonly lossless: boolean;
  readonly bindings: readonly Omit<SharedBinding, 'node'>[];
  /** Messages which wait for it. */
  readonly queued: number;
  readonly dropped: number;
  readonly received: number;
  readonly sent: number;
  /** Requests under way. */
  readonly pending: number;
  readonly tags: number;
  /** ms since 1970 */
  readonly since: number;
}

export interface SharedPeer {
  readonly network: number;
  readonly eid: number;
  readonly messages: number;
  readonly timeouts: number;
  readonly retries: number;
}

/** What the first question is answered with. */
export interface HelloAnswer {
  readonly version: number;
  readonly network: string;
  readonly right: Right;
  /** null: a manager which has no node. */
  readonly node: number | null;
  readonly policy: string;
  readonly messageBytes: number;
  readonly links: readonly SharedLink[];
  readonly bindings: readonly SharedBinding[];
}

/** An error as it travels. */
export interface SharedError {
  readonly code: MctpErrorCode;
  readonly message: string;
}

export function sharedError(error: unknown): SharedError {
  if (MctpError.is(error)) return { code: error.code, message: error.message };
  return { code: 'EIO', message: error instanceof Error ? error.message : String(error) };
}

/** The error of an answer. */
export function errorOf(value: unknown): MctpError {
  const { code, message } = (value ?? {}) as Partial<SharedError>;
  if (typeof code !== 'string' || typeof message !== 'string' || !/^E[A-Z]+$/.test(code)) {
    return new MctpError('EPROTO', 'the server answered with an error which says nothing');
  }
  return new MctpError(code, message);
}

/** A number of a JSON object. @throws MctpError EINVAL */
export function numberIn(object: JsonObject, name: string, least: number, most: number): number {
  const value = object[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  throw new MctpError('EINVAL', `${name} must be a whole number from ${least} to ${most}`);
}

/** The same; undefined when it is not there. @throws MctpError EINVAL */
export function optionalNumberIn(object: JsonObject, name: string, least: number, most: number): number | undefined {
  return object[name] === undefined || object[name] === null ? undefined : numberIn(object, name, least, most);
}

/** @throws MctpError EINVAL */
export function textIn(object: JsonObject, name: string, longest: number): string {
  const value = object[name];
  if (typeof value === 'string' && value.length <= longest) return value;
  throw new MctpError('EINVAL', `${name} must be a text of at most ${longest} characters`);
}

/** @throws MctpError EINVAL */
export function optionalTextIn(object: JsonObject, name: string, longest: number): string | undefined {
  return object[name] === undefined || object[name] === null ? undefined : textIn(object, name, longest);
}
