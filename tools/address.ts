/** From an address, or a name, to the endpoint that it means. */

import { isDeviceAddress } from '../bindings/smbus/addresses.js';
import type { EndpointInfo } from '../stack/bus-owner/index.js';
import { DEFAULT_NETWORK } from '../stack/ids.js';
import { type Address, type NamedAddress, type Resolver, sayAddress } from '../stack/names/index.js';
import { placeName } from '../stack/place.js';
import type { MctpAddress } from '../stack/transport.js';
import { refusal, usageError } from './command-error.js';
import type { Session } from './session.js';

/** Links to open for an address when none are named: the one in a place, or the stack whose EID it is. */
export function linksFor(address: NamedAddress, named: readonly string[]): readonly string[] {
  if (named.length > 0) return named;
  if (address.kind === 'physical') return [address.link];
  return address.kind === 'eid' && address.family !== undefined ? [address.family] : named;
}

export interface Target {
  readonly to: MctpAddress;
  /** For people: "EID 9 (bench:smbus0/0x1d)", or "drive0 (EID 9, bench:smbus0/0x1d)" where it has a name. */
  readonly name: string;
  /** Of the endpoint, when it was looked for. */
  readonly endpoint: EndpointInfo | undefined;
}

/**
 * The endpoint that is meant. EIDs and UUIDs are looked for with a discovery, unless the stack knows the way to the EID;
 * a place is taken as it is. `isOnly`: no other endpoint is going to be asked for, so the search may end with this one.
 * @throws CommandError, MctpError when it is not there
 */
export async function resolveAddress(session: Session, address: NamedAddress, isOnly = false): Promise<Target> {
  if (address.kind === 'physical') return placeTarget(session, address);
  const targetOf = (endpoint: EndpointInfo): Target => endpointTarget(session.names, endpoint, address.called);
  if (address.kind === 'tid') {
    const endpoints = await session.discover();
    if (endpoints.length === 0) throw noEndpoint(session);
    const { findTid } = await import('./pldm/find-tid.js');
    return targetOf(await findTid(session, endpoints, address.tid));
  }
  const known = address.kind === 'eid' ? await session.known(address.eid, address.network) : undefined;
  if (known !== undefined) return targetOf(known);
  // One EID in several networks, a UUID on several links: all of them have to be searched to know.
  const isClear =
    address.kind === 'uuid'
      ? session.links.length === 1
      : address.network !== undefined || session.owners.all.length === 1;
  if (isOnly && isClear) {
    const first = await session.find((endpoint) => matches(endpoint, address));
    if (first !== undefined) return targetOf(first);
  }
  const endpoints = isOnly && isClear ? session.owners.endpoints() : await session.discover();
  const [found, ...others] = endpoints.filter((endpoint) => matches(endpoint, address));
  if (found === undefined) throw notFound(session, address, endpoints);
  if (others.length > 0 && address.kind === 'eid') throw ambiguous([found, ...others]);
  if (others.length === 0 || address.kind === 'eid') return targetOf(found);
  // Of a device with several ways the first one names it.
  const device = session.ways.deviceOf(found);
  if (device === undefined) throw twoDevices([found, ...others]);
  return targetOf(device.endpoints[0]!);
}

/** What was named by its place, by the EID that it has there. Undefined: nobody answers there, or it was named otherwise. */
export async function targetInPlace(session: Session, { to }: Target, called?: string): Promise<Target | undefined> {
  const { link, physicalAddress } = to;
  if (link === undefined || physicalAddress === undefined) return undefined;
  const endpoints = await session.discover(physicalAddress === '' ? undefined : [physicalAddress]);
  const found = endpoints.find((each) => each.link === link && (each.physicalAddress ?? '') === physicalAddress);
  return found && endpointTarget(session.names, found, called);
}

/** A device that was named several times, by whatever it is called, counts once: as it was named first. */
export function withoutRepeats(session: Session, targets: readonly Target[]): Target[] {
  const seen = new Set<string>();
  return targets.filter(({ to }) => {
    const key = session.transport.peerKey(to);
    return !seen.has(key) && seen.add(key);
  });
}

/** `called`: by which name it was asked for. */
export function endpointTarget(names: Resolver, endpoint: EndpointInfo, called?: string): Target {
  const { eid, network } = endpoint;
  return { to: { eid, network }, name: endpointName(names, endpoint, called), endpoint };
}

/** With its network, unless that is the first, which most have only. */
export function endpointName(names: Resolver, endpoint: EndpointInfo, called = names.nameOf(endpoint)): string {
  const { network, eid, link, physicalAddress } = endpoint;
  const number = `EID ${network === DEFAULT_NETWORK ? '' : `${network}:`}${eid}`;
  if (physicalAddress === undefined) return called === undefined ? number : `${called} (${number})`;
  const place = placeName(link, physicalAddress);
  return called === undefined ? `${number} (${place})` : `${called} (${number}, ${place})`;
}

/** An EID or a UUID. */
type Searched = Extract<NamedAddress, { kind: 'eid' | 'uuid' }>;

function matches(endpoint: EndpointInfo, address: Searched): boolean {
  if (address.kind === 'uuid') return endpoint.uuid === address.uuid;
  return endpoint.eid === address.eid && (address.network ?? endpoint.network) === endpoint.network;
}

function ambiguous(found: readonly EndpointInfo[]): Error {
  const names = found.map(({ network, eid }) => `${network}:${eid}`);
  return usageError(`EID ${found[0]!.eid} is in ${names.length} networks: write ${names.join(' or ')}`);
}

function twoDevices(found: readonly EndpointInfo[]): Error {
  const eids = found.map(({ network, eid }) => (network === DEFAULT_NETWORK ? `${eid}` : `${network}:${eid}`));
  return usageError(`two devices have the UUID ${found[0]!.uuid}: write one of their EIDs, ${eids.join(' or ')}`);
}

/** No endpoint answers, or only one without an EID. */
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

function notFound(session: Session, address: Searched, endpoints: readonly EndpointInfo[]): Error {
  const called = address.called === undefined ? '' : ` (${address.called})`;
  const wanted = `${sayAddress(ofSession(address))}${called}`;
  if (address.kind === 'eid' && session.linkStatus().some((link) => isOurs(link, address))) {
    return usageError(`${wanted} is our own: name another endpoint, or give us another EID with --own-eid`);
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

/** The session is that of the family. */
function ofSession(address: Searched): Address {
  return address.kind === 'uuid' ? address : { kind: 'eid', network: address.network, eid: address.eid };
}

function placeTarget(
  session: Session,
  { link, physicalAddress, called }: Extract<NamedAddress, { kind: 'physical' }>,
): Target {
  const found = session.links.find(({ name, url }) => name === link || url === link);
  if (found === undefined) {
    throw usageError(`link ${link} is not open: it is one of ${session.links.map(({ name }) => name).join(', ')}`);
  }
  const status = session.linkStatus().find(({ name }) => name === found.name);
  const size = status?.addressSize ?? 0;
  if (physicalAddress.length !== 2 * size) {
    const form = size === 0 ? `it is point to point: write ${found.name}` : `write ${found.name}/0x1d`;
    throw usageError(`"${physicalAddress}" is not an address on ${found.name}: ${form}`);
  }
  // Addresses of one byte are those of I2C.
  if (size === 1 && !isDeviceAddress(Number.parseInt(physicalAddress, 16))) {
    throw usageError(`0x${physicalAddress} is not an address of a device on ${found.name}: use 0x08 to 0x77`);
  }
  if (size > 0 && physicalAddress === status?.ownAddress) {
    throw usageError(`0x${physicalAddress} is our own address on ${found.name}: name another device`);
  }
  const place = placeName(found.name, physicalAddress);
  const name = called ?? session.names.nameOfPlace(found.name, physicalAddress);
  const to = { eid: 0, link: found.name, physicalAddress };
  return { to, name: name === undefined ? place : `${name} (${place})`, endpoint: undefined };
}
