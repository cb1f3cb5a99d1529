/** From an address to the files there; and back: whatever happens, files are closed before the links are. */

import { PldmClient } from '../../pldm/base/pldm-client.js';
import { FileClient } from '../../pldm/file/file-client.js';
import { type FileEntry, type FileNode, fileEntries, findFile } from '../../pldm/file/file-tree.js';
import { Terminus } from '../../pldm/terminus/terminus.js';
import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import type { NamedAddress } from '../../stack/names/index.js';
import { onAbort } from '../../stack/util/abort.js';
import { resolveAddress } from '../address.js';
import { printable, refusal } from '../command-error.js';
import { Session, type SessionOptions } from '../session.js';
import { didYouMean } from '../suggest.js';
import type { World } from '../world.js';

export interface FilesOptions {
  readonly session: Omit<SessionOptions, 'world'>;
  readonly address: NamedAddress;
  readonly partSize: number;
  readonly timeoutMs: number;
  readonly world: World;
}

/** The files of one endpoint. */
export interface Files {
  /** "EID 12 (bench:serial0)" */
  readonly name: string;
  readonly client: FileClient;
  readonly tree: readonly FileNode[];
  readonly signal: AbortSignal;
  /** ms, with fractions. */
  now(): number;
}

export async function withFiles(options: FilesOptions, work: (files: Files) => Promise<number>): Promise<number> {
  const { world, address } = options;
  const { io, signal } = world;
  // Ctrl-C ends the looking at once, and a transfer in good order: the links stay until the file is closed.
  const links = new AbortController();
  let working = false;
  const stopListening = onAbort(signal, () => {
    if (!working) links.abort();
  });
  const session = await Session.open({ ...options.session, world: { ...world, signal: links.signal } });
  try {
    io.progress('looking for it ...');
    const { to, name, endpoint } = await resolveAddress(session, address, true);
    if (
      endpoint !== undefined &&
      endpoint.messageTypes.length > 0 &&
      !endpoint.messageTypes.includes(MESSAGE_TYPE.pldm)
    ) {
      throw refusal(`${name} does not speak PLDM`);
    }
    const pldm = new PldmClient({ transport: session.transport, clock: session.clock, timeoutMs: options.timeoutMs });
    try {
      const client = new FileClient(new Terminus(pldm, to), { partSize: options.partSize });
      const tree = await client
        .list({ signal, onProgress: (done, all) => io.progress(`reading PDRs: ${done} of ${all}`) })
        .catch((error: unknown) => Promise.reject(explained(error, `the list of files of ${name}`)));
      io.progress('');
      working = true;
      return await work({ name, client, tree, signal, now: () => session.clock.now() });
    } finally {
      pldm.close();
    }
  } finally {
    stopListening?.();
    await session.close();
  }
}

/** @throws CommandError when there is no such file, or it is a directory */
export function fileNamed({ tree, name }: Files, wanted: string): FileEntry {
  const entries = fileEntries(tree);
  const found = findFile(entries, wanted);
  if (found === undefined) {
    const files = entries.filter(({ isDirectory }) => !isDirectory);
    const paths = files.map(({ path }) => printable(path));
    const near = didYouMean(wanted, wanted.includes('/') ? paths : files.map((file) => printable(file.name)));
    throw refusal(`${name} has no file ${wanted}${near}: it has ${paths.length === 0 ? 'none' : paths.join(', ')}`);
  }
  if (!('path' in found)) {
    const which = found.map(({ path, identifier }) => `${printable(path)} (${identifier})`).join(', ');
    throw refusal(`${name} has several files ${wanted}: ${which}; name one by its path or number`);
  }
  if (found.isDirectory) throw refusal(`${found.path} is a directory`);
  return found;
}

/** What the device or the network said, with what it was about. */
export function explained(error: unknown, what: string): unknown {
  return MctpError.is(error) ? refusal(`${what}: ${error.message}`, error) : error;
}
