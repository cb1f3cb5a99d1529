/** Whether the web page may be served as it is wanted: only to this machine, unless strangers can neither read nor listen. */

import { X509Certificate } from 'node:crypto';
import { readOwnText } from '../../bindings/read-own-file.js';
import { usageError } from '../command-error.js';
import type { WebConfig } from '../config/config-model.js';
import { hostAndPort } from './http-listener.js';
import { isLoopback, type WebAccess } from './web-guard.js';

/** With the key of the certificate, in PEM. */
export type WebAccessFiles = WebAccess & { readonly key: string | undefined };

const LONGEST_TOKEN = 256;
const SHORTEST_TOKEN = 16;

/** What the files have which the configuration names. @throws CommandError unless it is safe */
export function webAccess({ http, tokenFile, certificate, key }: WebConfig): WebAccessFiles {
  if ((certificate === undefined) !== (key === undefined)) {
    throw usageError('a certificate and its key go together: name both, with --http-cert and --http-key');
  }
  const token = tokenFile === undefined ? undefined : readOwnText(tokenFile, tokenFile).trim();
  if (
    token !== undefined &&
    (!/^[\x21-\x7e]+$/.test(token) || token.length < SHORTEST_TOKEN || token.length > LONGEST_TOKEN)
  ) {
    const length = `${SHORTEST_TOKEN} to ${LONGEST_TOKEN}`;
    throw usageError(
      `${tokenFile} must have one word of ${length} characters, only letters, digits and punctuation of ASCII: openssl rand -hex 16 > ${tokenFile}`,
    );
  }
  const isPublic = !isLoopback(hostAndPort(http).host);
  if (isPublic && (token === undefined || certificate === undefined)) {
    throw usageError(
      `--http ${http} would show devices to other machines: use 127.0.0.1, or name --http-token, --http-cert and --http-key`,
    );
  }
  if (certificate === undefined || key === undefined) return { token, cert: undefined, isPublic, key: undefined };
  const cert = readOwnText(certificate, certificate);
  checkCertificate(certificate, cert);
  return { token, cert, isPublic, key: readOwnText(key, key) };
}

/** @throws CommandError (usage) */
function checkCertificate(path: string, pem: string): void {
  try {
    new X509Certificate(pem);
  } catch (cause) {
    throw usageError(`${path} is not a certificate in PEM: ${(cause as Error).message}`, cause);
  }
}
