/** The process on the other side of a Unix socket, as Linux says (SO_PEERCRED, unix(7)). */

import type { Socket } from 'node:net';
import { MctpError } from '../../../stack/errors.js';
import { type LibC, loadLibC } from '../../kernel/libc.js';
import type { Credentials } from './served-node.js';

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
const SO_PEERGROUPS = 59;
/** More than that (NGROUPS_MAX is 65536) are not read: then none is known. */
const MOST_GROUPS = 1_024;
/** struct ucred: pid, uid, gid. */
const UCRED_BYTES = 12;

export type CredentialsReader = (socket: Socket) => Credentials | undefined;

/** Without Linux and koffi nothing is known of a client but what it says. */
export async function credentialsReader(): Promise<CredentialsReader> {
  const libc = await loadLibC().catch((error: unknown) => {
    if (MctpError.is(error)) return undefined;
    throw error;
  });
  if (libc === undefined) return () => undefined;
  return (socket) => {
    const fd = (socket as Socket & { readonly _handle?: { readonly fd?: number } | null })._handle?.fd;
    return fd === undefined || fd < 0 ? undefined : peerOf(libc, fd);
  };
}

/** The process that has connected the other end, with its group. */
export function peerOf(libc: LibC, fd: number): (Credentials & { readonly gid: number }) | undefined {
  const value = new Uint8Array(UCRED_BYTES);
  const length = new Uint8Array(Uint32Array.of(UCRED_BYTES).buffer);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, value, length) !== 0) return undefined;
  const [pid, uid, gid] = new Uint32Array(value.buffer) as unknown as [number, number, number];
  return { pid, uid, gid };
}

/** The other groups of that process (Linux 4.13); none where the system does not say. */
export function peerGroups(libc: LibC, fd: number): readonly number[] {
  const value = new Uint8Array(4 * MOST_GROUPS);
  const length = new Uint32Array([value.length]);
  if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, value, new Uint8Array(length.buffer)) !== 0) return [];
  return [...new Uint32Array(value.buffer, 0, length[0]! / 4)];
}
