/** Where a served network is in the file system: a folder with one Unix socket per right. */

import { MctpError } from '../../stack/errors.js';
import type { Right } from './shared-protocol.js';

/** Bytes of a path which a Unix socket can have (sun_path, without its end). */
const PATH_LONGEST = 107;

/** Not for frames: a client that connects reads metrics to the end. */
export const METRICS_SOCKET = 'metrics';
export type SocketName = Right | typeof METRICS_SOCKET;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The folder in which networks are, each a folder of its own. */
export function networksFolder(env: Environment): string {
  const runtime = env.XDG_RUNTIME_DIR ?? '';
  return runtime === '' ? '/run/mctpkit' : `${runtime}/mctpkit`;
}

/** Folders in which a network of this name may be, the likeliest first; a path means itself. @throws MctpError EUSAGE */
export function networkFolders(place: string, env: Environment): string[] {
  if (place === '') throw new MctpError('EUSAGE', 'shared: needs the name of a network, or the path of its folder');
  if (place.includes('/')) return [place.replace(/\/+$/, '')];
  checkNetworkName(place);
  return [...new Set([`${networksFolder(env)}/${place}`, `/run/mctpkit/${place}`])];
}

/** @throws MctpError EUSAGE */
export function checkNetworkName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) return;
  throw new MctpError('EUSAGE', `"${name}" is not the name of a network: use letters, digits, - and _, at most 64`);
}

/** Names of the links which a network has, one a line: whoever wants to open one of them finds its server. */
export function linksFile(folder: string): string {
  return `${folder}/links`;
}

/** @throws MctpError EUSAGE when the system cannot have a socket there */
export function socketPath(folder: string, name: SocketName): string {
  const path = `${folder}/${name}`;
  if (Buffer.byteLength(path) <= PATH_LONGEST) return path;
  throw new MctpError(
    'EUSAGE',
    `${path} is too long for a socket: at most ${PATH_LONGEST} bytes; choose a shorter folder`,
  );
}
