/** Whether the web page may be served as it is wanted: only to this machine, unless strangers can neither read nor listen. */

import { readFile } from 'node:fs/promises';
import { fileProblem, usageError } from '../command-error.js';
import type { WebConfig } from '../config/config-model.js';
import { hostAndPort } from './http-listener.js';
import { isLoopback, type WebAccess } from './web-guard.js';

/** With the key of the certificate, in PEM. */
export type WebAccessFiles = WebAccess & { readonly key: string | undefined };

const LONGEST_TOKEN = 256;
const SHORTEST_TOKEN = 16;

/** What the files have which the configuration names. @throws CommandError unless it is safe */
export async function webAccess({ http, tokenFile, certificate, key }: WebConfig): Promise<WebAccessFiles> {
  if ((certificate === undefined) !== (key === undefined)) {
    throw usageError('a certificate and its key go together: name both, with --http-cert and --http-key');
  }
  const token = tokenFile === undefined ? undefined : (await textOf(tokenFile)).trim();
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
  const cert = certificate === undefined ? undefined : await textOf(certificate);
  return { token, cert, isPublic, key: key === undefined ? undefined : await textOf(key) };
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause: unknown) => {
    throw usageError(`${path}: ${fileProblem(cause)}`, cause);
  });
}
