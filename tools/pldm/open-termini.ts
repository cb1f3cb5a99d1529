/** Termini to talk to: the endpoints that say they speak PLDM, or the ones somebody names. */

import { PldmClient } from '../../pldm/base/pldm-client.js';
import { Terminus } from '../../pldm/terminus/terminus.js';
import { CompletionCodeError, MctpError, type MctpErrorCode } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import type { NamedAddress } from '../../stack/names/index.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import { endpointTarget, noEndpoint, resolveAddress, type Target, targetInPlace, withoutRepeats } from '../address.js';
import { addressedSession, DEVICE_OPTIONS } from '../addressed-session.js';
import { printable, refusal } from '../command-error.js';
import type { Session } from '../session.js';
import { type OptionValues, shortTimeOption, wholeNumberOption } from '../verb.js';
import type { World } from '../world.js';

/** Options of every verb that speaks PLDM. */
export const PLDM_OPTIONS = {
  ...DEVICE_OPTIONS,
  timeout: shortTimeOption('-W, --timeout <time>', 'to wait for an answer, per try (2s)', 1, undefined),
  retries: wholeNumberOption('--retries <n>', 'tries after the first (2)', 0, 100, undefined),
};
export type PldmOptions = OptionValues<typeof PLDM_OPTIONS>;

export interface PldmPeer {
  readonly target: Target;
  readonly terminus: Terminus;
}

export interface Pldm {
  readonly session: Session;
  readonly client: PldmClient;
  readonly peers: readonly PldmPeer[];
  close(): Promise<void>;
}

/**
 * A session, a client in it, and the termini. No addresses: every endpoint that lists PLDM among its types.
 * @throws CommandError, MctpError
 */
export async function openPldm(
  texts: readonly string[],
  options: PldmOptions,
  world: World,
  /** Every device gets an EID, also one named by its place: without an EID it sends no events. */
  withEids = false,
  /** Endpoints with this message type are of interest, too: with one of them nobody needs to speak PLDM. */
  alsoType?: number,
): Promise<Pldm> {
  const { session, addresses } = await addressedSession(texts, options, world);
  const call: CallOptions = {
    signal: world.signal,
    ...(options.timeout !== undefined && { timeoutMs: options.timeout }),
    ...(options.retries !== undefined && { retries: options.retries }),
  };
  const client = new PldmClient({ transport: session.transport, clock: session.clock });
  const close = async (): Promise<void> => {
    client.close();
    await session.close();
  };
  try {
    const targets =
      addresses.length > 0 ? await named(session, addresses, withEids) : await allTermini(session, alsoType);
    const peers = targets.map((target) => ({ target, terminus: new Terminus(client, target.to, call) }));
    return { session, client, peers, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function named(session: Session, addresses: readonly NamedAddress[], withEids: boolean): Promise<Target[]> {
  const targets: Target[] = [];
  for (const address of addresses) {
    const target = await resolveAddress(session, address, addresses.length === 1 && !withEids);
    targets.push((withEids ? await targetInPlace(session, target, address.called) : undefined) ?? target);
  }
  return withoutRepeats(session, targets);
}

async function allTermini(session: Session, alsoType: number | undefined): Promise<Target[]> {
  const endpoints = await session.discover();
  const termini = session.ways.once(endpoints).filter(({ messageTypes }) => messageTypes.includes(MESSAGE_TYPE.pldm));
  const others = endpoints.some(({ messageTypes }) => alsoType !== undefined && messageTypes.includes(alsoType));
  if (termini.length > 0 || others) return termini.map((endpoint) => endpointTarget(session.names, endpoint));
  if (endpoints.length === 0) throw noEndpoint(session);
  const eids = endpoints.map(({ eid }) => eid).join(', ');
  throw refusal(`none of the endpoints (EID ${eids}) says it speaks PLDM: name one to ask it all the same`);
}

/** A sentence about a terminus, which names it once. */
export function sayOf({ name, to }: Target, message: string): string {
  const told = [name, `EID ${to.eid}`].find((own) => message.startsWith(`${own}: `));
  const bare = told === undefined ? message : message.slice(told.length + 2);
  return bare.includes(name) ? bare : `${name}: ${bare}`;
}

/** When nobody could be read: why, of the only one or of all. @throws CommandError unless somebody could */
export function requireOne(
  peers: readonly (PldmPeer & { readonly error: MctpError | undefined })[],
  note: (line: string) => void,
): void {
  const [first] = peers;
  if (first === undefined || peers.some(({ error }) => error === undefined)) return;
  if (peers.length === 1) throw refusal(sayOf(first.target, first.error!.message), first.error);
  for (const { target, error } of peers) note(printable(sayOf(target, error!.message)));
  throw refusal(`none of the ${peers.length} termini could be read`, first.error);
}

/**
 * What a device did wrong is its business: undefined, and said. Silence and our own mistakes are not hidden. `more`: codes of
 * errors which are nobody's mistake in this work.
 */
export async function tolerating<T>(
  work: () => Promise<T>,
  say: (message: string) => void,
  more: readonly MctpErrorCode[] = [],
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const codes = ['EBADMSG', 'EPROTO', 'ETIMEDOUT', 'EAGAIN', 'ENOTSUP', 'EHOSTUNREACH', 'ENACK', 'EIO'] as const;
    const theirs =
      error instanceof CompletionCodeError || [...codes, ...more].some((code) => MctpError.is(error, code));
    if (!theirs) throw error;
    say((error as Error).message);
    return undefined;
  }
}

/** JSON with 64-bit numbers as decimal strings and bytes as hex. */
export function jsonText(value: unknown, indent?: number): string {
  const replace = (_key: string, part: unknown): unknown => {
    if (typeof part === 'bigint') return String(part);
    if (part instanceof Uint8Array) return Buffer.from(part).toString('hex');
    return part;
  };
  return JSON.stringify(value, replace, indent);
}
