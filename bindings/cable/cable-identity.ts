/** By what the ends of a cable know each other, and what TLS makes of it. TLS 1.3 only: there is nothing to fall back to. */

import type { ConnectionOptions, PeerCertificate, TlsOptions } from 'node:tls';
import { derivedKey, KEY_BYTES } from './handshake.js';

/** Certificates instead of a key; texts in PEM. */
export interface CableCertificates {
  readonly certificate: string;
  readonly privateKey: string;
  /** The authority which must have signed the other end's certificate, or that certificate itself. */
  readonly trust: string;
  /** The name which must be in it: a DNS name, or the common name. */
  readonly peerName: string | undefined;
}

/** Nothing: only on a Unix socket, where the file system says who may connect. */
export type CableIdentity =
  | { readonly kind: 'key'; readonly key: Uint8Array }
  | ({ readonly kind: 'certificates' } & CableCertificates)
  | { readonly kind: 'none' };

/** With certificates TLS alone says who the other end is; the proofs of the first sub-path bind it to its channel. */
const NO_KEY = new Uint8Array(KEY_BYTES);

export function cableKey(identity: CableIdentity): Uint8Array {
  return identity.kind === 'key' ? identity.key : NO_KEY;
}

const PSK_IDENTITY = 'mctpkit cable';
const PSK_CIPHER = 'TLS_AES_128_GCM_SHA256:PSK';
const COMMON: Pick<TlsOptions, 'minVersion' | 'maxVersion' | 'ALPNProtocols'> = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ALPNProtocols: ['mctpkit-cable'],
};

/** Of the side which accepts. */
export function serverTls(identity: CableIdentity): TlsOptions {
  if (identity.kind === 'certificates') {
    const { certificate, privateKey, trust } = identity;
    // A client that is not authorized is refused afterwards, with a reason: TLS itself would only hang up.
    return { ...COMMON, cert: certificate, key: privateKey, ca: trust, requestCert: true, rejectUnauthorized: false };
  }
  const psk = pskOf(identity);
  return { ...COMMON, ciphers: PSK_CIPHER, pskCallback: () => psk };
}

/** Of the side which connects. */
export function clientTls(identity: CableIdentity): ConnectionOptions {
  // The name of a host says nothing of a cable: `isPeer` looks at the name which was agreed on.
  const common = { ...COMMON, checkServerIdentity: () => undefined };
  if (identity.kind === 'certificates') {
    const { certificate, privateKey, trust } = identity;
    return { ...common, cert: certificate, key: privateKey, ca: trust };
  }
  const psk = pskOf(identity);
  // No authority is trusted: nobody is let in by a certificate where a key was agreed on.
  return { ...common, ciphers: PSK_CIPHER, ca: [], pskCallback: () => ({ psk, identity: PSK_IDENTITY }) };
}

/** Is the other end the one that was agreed on? TLS has checked the chain of its certificate. */
export function isPeer({ subject, subjectaltname = '' }: PeerCertificate, { peerName }: CableCertificates): boolean {
  if (peerName === undefined) return true;
  return subject?.CN === peerName || subjectaltname.split(', ').includes(`DNS:${peerName}`);
}

function pskOf(identity: CableIdentity): Buffer {
  return Buffer.from(derivedKey(cableKey(identity), 'TLS'));
}
