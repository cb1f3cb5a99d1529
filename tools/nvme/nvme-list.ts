/** `nvme list`: all drives, what they are and how they do. */

import { MctpError } from '../../stack/errors.js';
import { type DriveRead, readDrive } from '../../stack/nvme-mi/drive-report.js';
import { EXIT, printable } from '../command-error.js';
import { tableLines } from '../format/columns.js';
import type { Io } from '../io.js';
import { jsonText } from '../pldm/open-termini.js';
import type { NvmeDocument } from '../schema/nvme-documents.js';
import { capacityText, celsiusText, stateText } from './drive-words.js';
import { type Drives, sayOf, triedForAWhile } from './open-drives.js';

const HEADINGS = ['drive', 'model', 'serial', 'firmware', 'capacity', 'temperature', 'used', 'state'];

export async function listDrives({ client, session, targets }: Drives, json: boolean, io: Io): Promise<number> {
  io.progress('asking ...');
  const found = await Promise.all(
    targets.map(({ to }) => triedForAWhile(session.clock, (options) => readDrive(client, to, options))),
  );
  io.progress('');
  if (json) {
    const drives = targets.map(({ name, to }, index) => ({ target: name, eid: to.eid, ...driveJson(found[index]!) }));
    io.print(jsonText({ action: 'list', drives } satisfies NvmeDocument, 2));
  } else {
    const { colours } = io;
    const rows = targets.flatMap(({ name }, index) => {
      const read = found[index]!;
      if (read instanceof MctpError) return [];
      const { identity, health } = read;
      const texts = [name, identity.model, identity.serial, identity.firmware].map(printable);
      const numbers = [capacityText(identity.capacity), celsiusText(health.temperature), `${health.used} %`];
      return [[...texts, ...numbers, stateText(health, colours)]];
    });
    if (rows.length > 0) {
      const heads = HEADINGS.map((heading) => colours.faint(heading));
      const sides = ['left', 'left', 'left', 'left', 'right', 'right', 'right'] as const;
      for (const line of tableLines([heads, ...rows], sides)) io.print(line);
    }
  }
  return tellFailures(targets, found, io);
}

function driveJson(read: DriveRead | MctpError) {
  if (!(read instanceof MctpError)) return { ...read, error: null };
  return { identity: null, health: null, error: { code: read.code, message: read.message } };
}

/** Exit code 0 when at least one could be read. */
export function tellFailures(targets: Drives['targets'], found: readonly unknown[], io: Io): number {
  found.forEach((read, index) => {
    if (read instanceof MctpError) io.note(sayOf(targets[index]!, read));
  });
  return found.every((read) => read instanceof MctpError) ? EXIT.refused : EXIT.done;
}
