/** Whom somebody means: `9`, `1:9`, `uuid:...`, `i2c:1/0x1d`, or the link itself when it is point to point. */

import type { EndpointInfo } from '../stack/bus-owner/index.js';
import { DEFAULT_NETWORK, EID_MAX, EID_MIN, isEid } from '../stack/ids.js';
import { placeName } from '../stack/place.js';
import type { MctpAddress } from '../stack/transport.js';
import { isUuid } from '../stack/util/text.js';
import { refusal, usageError } from './command-error.js';
import type { Session } from './session.js';

export type Address =
  | { readonly kind: 'eid'; readonly network: number | undefined; readonly eid: number }
  | { readonly kind: 'uuid'; readonly uuid: string }
  /** Of a PLDM terminus. */
  | { readonly kind: 'tid'; readonly tid: number }
  | { readonly kind: 'physical'; readonly link: string; readonly physicalAddress: string };

const FORMS = 'an EID (9), NET:EID (1:9), uuid:..., or a place such as i2c:1/0x1d';

/** @throws CommandError (usage) */
export function parseAddress(text: string): Address {
  const numbers = /^(?:(\d+):)?(0x[0-9a-f]+|-?\d+)$/i.exec(text);
  if (numbers !== null) return eidAddress(text, numbers[1], numbers[2]!);
  const uuid = /^uuid:(.*)$/i.exec(text);
  if (uuid !== null) {
    if (!isUuid(uuid[1]!)) {
      throw usageError(`"${uuid[1]}" is not a UUID: write uuid: and 8-4-4-4-12 hex digits`);
    }
    return { kind: 'uuid', uuid: uuid[1]!.toLowerCase() };
  }
  const tid = /^tid:(.*)$/i.exec(text);
  if (tid !== null) {
    const value = /^(0x[0-9a-f]+|\d+)$/i.test(tid[1]!) ? Number(tid[1]) : Number.NaN;
    if (!(value >= 1 && value <= 254)) throw usageError(`"${tid[1]}" is not a TID: use 1 to 254`);
    return { kind: 'tid', tid: value };
  }
  const place = /^([a-z][a-z0-9+-]*:.*?)(?:\/0x([0-9a-f]+))?$/i.exec(text);
  if (place === null) throw usageError(`"${text}" is not an address: give ${FORMS}`);
  const digits = (place[2] ?? '').toLowerCase();
  return {
    kind: 'physical',
    link: place[1]!,
    physicalAddress: digits.padStart(digits.length + (digits.length % 2), '0'),
  };
}

function eidAddress(text: string, network: string | undefined, eid: string): Address {
  const value = Number(eid);
  if (!isEid(value)) throw usageError(`${text} is not an EID of an endpoint: use ${EID_MIN} to ${EID_MAX}`);
  if (network !== undefined && (Number(network) < 1 || Number(network) > 0xffffffff)) {
    throw usageError(`${text}: ${network} is not a network: use 1 to 4294967295`);
  }
  return { kind: 'eid', network: network === undefined ? undefined : Number(network), eid: value };
}

/** Links to open for an address when none are named: the one in a physical address. */
export function linksFor(address: Address, named: readonly string[]): readonly string[] {
  return named.length === 0 && address.kind === 'physical' ? [address.link] : named;
}

export interface Target {
  readonly to: MctpAddress;
  /** For people: "EID 9 (bench:smbus0/0x1d)". */
  readonly name: string;
  /** Of the endpoint, when it was looked for. */
  readonly endpoint: EndpointInfo | undefined;
}

/**
 * The endpoint that is meant. EIDs and UUIDs are looked for with a discovery, unless the stack knows the way to the EID;
 * a place is taken as it is. `isOnly`: no other endpoint is going to be asked for, so the search may end with this one.
 * @throws CommandError, MctpError when it is not there
 */
export async function resolveAddress(session: Session, address: Address, isOnly = false): Promise<Target> {
  if (address.kind === 'physical') return placeTarget(session, address.link, address.physicalAddress);
  if (address.kind === 'tid') {
    const endpoints = await session.discover();
    if (endpoints.length === 0) throw noEndpoint(session);
    const { findTid } = await import('./pldm/find-tid.js');
    return targetOf(await findTid(session, endpoints, address.tid));
  }
  const known = address.kind === 'eid' ? await session.known(address.eid, address.network) : undefined;
  if (known !== undefined) return targetOf(known);
  // One EID in several networks: all of them have to be searched to know.
  const isClear = address.kind === 'uuid' || address.network !== undefined || session.owners.all.length === 1;
  if (isOnly && isClear) {
    const first = await session.find((endpoint) => matches(endpoint, address));
    if (first !== undefined) return targetOf(first);
  }
  const endpoints = isOnly && isClear ? session.owners.endpoints() : await session.discover();
  const [found, ...others] = endpoints.filter((endpoint) => matches(endpoint, address));
  if (found === undefined) throw notFound(session, address, endpoints);
  if (others.length > 0 && address.kind === 'eid') throw ambiguous([found, ...others]);
  return targetOf(found);
}

export function targetOf(endpoint: EndpointInfo): Target {
  const { eid, network } = endpoint;
  return { to: { eid, network }, name: endpointName(endpoint), endpoint };
}

/** With its network, unless that is the first, which most have only. */
export function endpointName({ network, eid, link, physicalAddress }: EndpointInfo): string {
  const name = `EID ${network === DEFAULT_NETWORK ? '' : `${network}:`}${eid}`;
  if (physicalAddress === undefined) return name;
  return `${name} (${placeName(link, physicalAddress)})`;
}

function matches(endpoint: EndpointInfo, address: Exclude<Address, { kind: 'physical' | 'tid' }>): boolean {
  if (address.kind === 'uuid') return endpoint.uuid === address.uuid;
  return endpoint.eid === address.eid && (address.network ?? endpoint.network) === endpoint.network;
}

function ambiguous(found: readonly EndpointInfo[]): Error {
  const names = found.map(({ network, eid }) => `${network}:${eid}`);
  return usageError(`EID ${found[0]!.eid} is in ${names.length} networks: write ${names.join(' or ')}`);
}

/** Nobody answers, or only who has no EID. */
export function noEndpoint(session: Session): Error {
  const { unnumbered } = session;
  const echoes = session.echoes();
  if (echoes.length > 0) return refusal(`no endpoint answers but we ourselves: ${echoes.join('; ')}`);
  if (unnumbered.length === 0 && session.conflicts.length > 0) {
    return refusal(`no endpoint can be used: ${session.conflicts.join('; ')}`);
  }
  if (unnumbered.length === 0)
    return refusal('no endpoint answers: is the device powered, and is the link the right one?');
  const [first, ...others] = unnumbered;
  const who = others.length === 0 ? `${first} has` : `${unnumbered.join(', ')} have`;
  return refusal(`${who} no EID yet: --assign gives one, and so does mctpkit discover`);
}

function isOurs(
  { eids, network }: { readonly eids: readonly number[]; readonly network: number },
  wanted: { readonly eid: number; readonly network?: number | undefined },
): boolean {
  return eids.includes(wanted.eid) && (wanted.network === undefined || wanted.network === network);
}

function notFound(
  session: Session,
  address: Exclude<Address, { kind: 'physical' | 'tid' }>,
  endpoints: readonly EndpointInfo[],
): Error {
  const wanted =
    address.kind === 'uuid'
      ? `UUID ${address.uuid}`
      : `EID ${address.network === undefined ? '' : `${address.network}:`}${address.eid}`;
  if (address.kind === 'eid' && session.linkStatus().some((link) => isOurs(link, address))) {
    return refusal(`${wanted} is our own: name another endpoint, or give us another EID with --own-eid`);
  }
  if (endpoints.length === 0) return noEndpoint(session);
  const eids = endpoints
    .map(({ network, eid }) => (network === DEFAULT_NETWORK ? `${eid}` : `${network}:${eid}`))
    .join(', ');
  const { unnumbered } = session;
  const others = unnumbered.length === 0 ? '' : `, and ${unnumbered.join(', ')} none yet`;
  return refusal(
    `there is no endpoint with ${wanted}: those that answer have EID ${eids}${others} (mctpkit discover shows them)`,
  );
}

function placeTarget(session: Session, link: string, physicalAddress: string): Target {
  const found = session.links.find(({ name, url }) => name === link || url === link);
  if (found === undefined) {
    throw usageError(`link ${link} is not open: it is one of ${session.links.map(({ name }) => name).join(', ')}`);
  }
  const size = session.linkStatus().find(({ name }) => name === found.name)?.addressSize ?? 0;
  if (physicalAddress.length !== 2 * size) {
    const form = size === 0 ? `it is point to point: write ${found.name}` : `write ${found.name}/0x1d`;
    throw usageError(`"${physicalAddress}" is not an address on ${found.name}: ${form}`);
  }
  const name = placeName(found.name, physicalAddress);
  return { to: { eid: 0, link: found.name, physicalAddress }, name, endpoint: undefined };
}
