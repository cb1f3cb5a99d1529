/** Where an end of a cable is, as people write it: `bench.local:6287`, `[2001:db8::1]`, or the path of a Unix socket. */

import type { Socket } from 'node:net';

/** "MCTP" on the keys of a telephone. */
export const CABLE_PORT = 6287;

export function isUnixPlace(place: string): boolean {
  return place.startsWith('/');
}

/** Host and port; without a port the usual one. Undefined: it is neither a name nor an address. */
export function splitPlace(place: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})))(?::(\d{1,5}))?$/.exec(place);
  if (match === null) return undefined;
  const port = match[3] === undefined ? CABLE_PORT : Number(match[3]);
  return port > 0xffff ? undefined : { host: match[1] ?? match[2]!, port };
}

/** Is it a place at all? */
export function isPlace(place: string): boolean {
  return isUnixPlace(place) || splitPlace(place) !== undefined;
}

/** Of the other end of a socket. */
export function addressOf({ remoteAddress, remotePort }: Socket): string {
  if (remoteAddress === undefined) return 'an unknown address';
  const host = remoteAddress.replace(/^::ffff:/, '');
  return `${host.includes(':') ? `[${host}]` : host}:${remotePort}`;
}

/** Is it the name of a cable, not a place? `desk`; a place has a port, a dot, or a slash. */
export function isCableName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text);
}
