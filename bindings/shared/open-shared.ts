/** `shared:lab?right=receive`: a client of a served network, from its URL. */

import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { type LinkUrl, oneOf, readOptions, textValue, wholeNumber, yesOrNo } from '../link-url.js';
import type { ByteLine } from './byte-line.js';
import { type Environment, networkFolders, socketPath } from './shared-folder.js';
import { SharedMctp } from './shared-mctp.js';
import { DESCRIPTION_LONGEST, RIGHTS, type Right } from './shared-protocol.js';
import { connectUnix } from './unix-line.js';

const SHORT_TEXT = textValue(`a text of at most ${DESCRIPTION_LONGEST} characters`, /^.{1,128}$/s);

const OPTIONS = {
  /** Our own description, for `mctpkit network nodes`. */
  description: SHORT_TEXT,
  /** The number of the node; default: any. */
  node: wholeNumber(1, 0xffff),
  /** The persistent node to be. */
  join: SHORT_TEXT,
  /** Senders wait for us. */
  lossless: yesOrNo,
  right: oneOf(...RIGHTS),
  /** Change nothing: it is so anyway. */
  look: yesOrNo,
};

/** What holds where the URL says nothing. */
export interface SharedWish {
  readonly right?: Right;
  readonly description?: string;
}

/** @throws MctpError EUSAGE, ENOENT, EACCES, ENOTCONN: one sentence with what to do */
export function openSharedUrl(
  url: LinkUrl,
  clock: Clock,
  env: Environment,
  wanted: SharedWish = {},
): Promise<SharedMctp> {
  const { description = wanted.description, node, join, lossless, right = wanted.right } = readOptions(url, OPTIONS);
  const folders = networkFolders(url.place, env);
  const hello = { description, node, join, lossless };
  return SharedMctp.open({
    name: `shared:${url.place}`,
    clock,
    hello,
    ...(right !== undefined && { right }),
    connect: (by) =>
      connectFirst(
        folders.map((folder) => socketPath(folder, by)),
        clock,
      ),
  });
}

async function connectFirst(paths: readonly string[], clock: Clock): Promise<ByteLine> {
  let first: unknown;
  for (const path of paths) {
    try {
      return await connectUnix(path, clock);
    } catch (error) {
      if (!MctpError.is(error, 'ENOENT')) throw error;
      first ??= error;
    }
  }
  throw first;
}
