/** `spdm ADDRESS`: what a responder says of itself, and its certificates as PEM. */

import { join } from 'node:path';
import { makeFolder } from '../../bindings/make-folder.js';
import type { NamedAddress } from '../../stack/names/index.js';
import { resolveAddress } from '../address.js';
import { EXIT, printable } from '../command-error.js';
import { writeWholeFile } from '../read-file.js';
import type { SpdmDocument } from '../schema/spdm-documents.js';
import { Session, type SessionOptions } from '../session.js';
import type { World } from '../world.js';
import { checkFolder, orUnwritable } from '../writable.js';
import { SpdmRequester } from './spdm-requester.js';
import { type Survey, survey } from './survey.js';

export interface SurveyWish {
  readonly address: NamedAddress;
  readonly timeoutMs: number;
  readonly json: boolean;
  /** Folder for the chains. */
  readonly save: string | undefined;
  readonly session: Omit<SessionOptions, 'world'>;
}

export async function runSurvey(wish: SurveyWish, world: World): Promise<number> {
  const { io, clock, signal } = world;
  const { address } = wish;
  // Before anybody is asked, which takes long.
  if (wish.save !== undefined) checkFolder(wish.save);
  const session = await Session.open({ ...wish.session, world });
  try {
    io.progress('looking for it ...');
    const { to, name } = await resolveAddress(session, address, true);
    const socket = session.host.socket();
    const requester = new SpdmRequester({ socket, to, clock, timeoutMs: wish.timeoutMs, signal });
    const found = await survey(requester, (text) => io.progress(text));
    io.progress('');
    const saved = wish.save === undefined ? [] : save(wish.save, found.pems);
    if (wish.json) {
      const { pems: _pems, ...rest } = found;
      io.print(JSON.stringify({ target: name, ...rest } satisfies SpdmDocument, null, 2));
    } else for (const line of surveyLines(name, found)) io.print(printable(line));
    for (const path of saved) io.note(`saved ${path}`);
    return EXIT.done;
  } finally {
    await session.close();
  }
}

/** A file for each slot, in a folder which is made where it is not there. @throws CommandError (usage) */
function save(folder: string, pems: ReadonlyMap<number, string>): string[] {
  return orUnwritable(folder, () =>
    [...pems].map(([slot, pem]) => {
      makeFolder(folder);
      const path = join(folder, `slot${slot}.pem`);
      writeWholeFile(path, pem);
      return path;
    }),
  );
}

function* surveyLines(name: string, found: Survey): Generator<string> {
  yield `${name}: SPDM ${found.versions.join(', ')}; ${found.version} is used`;
  yield `capabilities: ${found.capabilities.join(', ') || 'none'}`;
  yield `algorithms: ${found.asymmetric ?? 'no signatures'}, ${found.hash ?? 'no hash'}`;
  for (const { slot, chainBytes, digest, certificates } of found.slots) {
    yield `slot ${slot}: ${certificates.length} certificates, ${chainBytes} bytes, digest ${digest.slice(0, 16)}...`;
    for (const { subject, validTo } of certificates) yield `  ${subject} (until ${validTo})`;
  }
  if (found.measurements.length > 0) yield 'measurements:';
  for (const { index, type, digest, value } of found.measurements) {
    const shown = value.length > 64 ? `${value.slice(0, 64)}...` : value;
    yield `  ${String(index).padStart(3)}  ${type}: ${digest ? 'digest' : 'raw'} ${shown}`;
  }
  yield 'nothing of this is verified: signatures and chains are not checked';
}
