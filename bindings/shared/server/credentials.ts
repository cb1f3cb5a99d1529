/** Who is on the other side of a Unix socket, as Linux says (SO_PEERCRED, unix(7)). */

import type { Socket } from 'node:net';
import { MctpError } from '../../../stack/errors.js';
import { loadLibC } from '../../kernel/libc.js';
import type { Credentials } from './served-node.js';

const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
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
  const value = new Uint8Array(UCRED_BYTES);
  const length = new Uint8Array(4);
  return (socket) => {
    const fd = (socket as Socket & { readonly _handle?: { readonly fd?: number } | null })._handle?.fd;
    if (fd === undefined || fd < 0) return undefined;
    new DataView(length.buffer).setUint32(0, UCRED_BYTES, true);
    if (libc.getsockopt(fd, SOL_SOCKET, SO_PEERCRED, value, length) !== 0) return undefined;
    const view = new DataView(value.buffer);
    return { pid: view.getInt32(0, true), uid: view.getUint32(4, true) };
  };
}
