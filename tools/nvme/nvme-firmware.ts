/** `nvme fw`: what is in the firmware slots, download with progress, commit. */

import { readOwnFile } from '../../bindings/read-own-file.js';
import { MctpError } from '../../stack/errors.js';
import { COMMIT_ACTION, nvmeStatusText, resetDue } from '../../stack/nvme-mi/index.js';
import { EXIT, printable, refusal, usageError } from '../command-error.js';
import { rateText, sizeText, transferProgress } from '../file/progress.js';
import { tableLines } from '../format/columns.js';
import type { Io } from '../io.js';
import { jsonText } from '../pldm/open-termini.js';
import type { NvmeDocument, NvmeEventDocument } from '../schema/nvme-documents.js';
import { didYouMean } from '../suggest.js';
import type { OneDrive } from './one-drive.js';

/** Words for when an image in a slot begins to run. */
const ACTIVATIONS = {
  store: 'store',
  reset: 'storeAndActivateAtReset',
  select: 'activateAtReset',
  now: 'activateNow',
} as const satisfies Readonly<Record<string, keyof typeof COMMIT_ACTION>>;
export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS);
const MOST_IMAGE = 1024 * 1024 * 1024;
/** Progress of `--json`: not more often. */
const EVENT_BYTES = 256 * 1024;

export async function showSlots(drive: OneDrive, json: boolean, io: Io): Promise<number> {
  const { client, to, where } = drive;
  const controller = await drive.controller();
  const { activeSlot, nextSlot, revisions } = await client.firmwareSlots(to, controller);
  if (json) {
    const document = { action: 'fw', ...where, controller, activeSlot, nextSlot, revisions } as const;
    io.print(jsonText(document satisfies NvmeDocument, 2));
    return EXIT.done;
  }
  const { colours } = io;
  io.print(colours.strong(printable(where.target)));
  const rows = revisions.flatMap((revision, index) => {
    const slot = index + 1;
    if (revision === '' && slot !== activeSlot) return [];
    const note = slot === activeSlot ? colours.good('active') : slot === nextSlot ? 'active after the next reset' : '';
    return [[`  slot ${slot}`, printable(revision), note]];
  });
  for (const line of tableLines(rows)) io.print(line);
  return EXIT.done;
}

export interface Download {
  readonly path: string;
  /** Where to go on; bytes. */
  readonly from: number;
  readonly partBytes: number;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

export async function downloadImage(drive: OneDrive, wish: Download, io: Io): Promise<number> {
  const { client, to, where, session } = drive;
  const { path, from, partBytes, json, signal } = wish;
  const image = await readImage(path);
  if (from >= image.length) throw usageError(`--from ${from}: ${path} has ${image.length} bytes only`);
  if (from % 4 !== 0) throw usageError(`--from ${from} is wrong: an image goes on at a multiple of 4 bytes`);
  const controller = await drive.controller();
  const { clock } = session;
  const start = clock.now();
  const show = transferProgress(io, 'download', image.length, () => clock.now());
  let done = from;
  let told = from;
  try {
    await client.downloadFirmware(to, controller, image, {
      from,
      partBytes,
      signal,
      onProgress: (now, all) => {
        done = now;
        if (!json) return show(now);
        if (now - told < EVENT_BYTES && now < all) return;
        told = now;
        io.print(
          jsonText({ event: 'progress', ...where, what: 'download', done: now, all } satisfies NvmeEventDocument),
        );
      },
    });
  } catch (error) {
    if (!MctpError.is(error)) throw error;
    const hint = done > from ? `: go on with --from ${done}, unless the drive was reset` : '';
    // How a verb ended which Ctrl-C ends is not told: where to go on is.
    if (signal.aborted) io.progress('');
    if (signal.aborted) io.note(`interrupted: ${done} of ${image.length} bytes are with the drive${hint}`);
    throw refusal(`${error.message}; ${done} of ${image.length} bytes are with the drive${hint}`, error);
  }
  const ms = Math.round(clock.now() - start);
  io.progress('');
  const bytes = image.length - from;
  if (json) io.print(jsonText({ action: 'done', ...where, what: 'download', bytes, ms } satisfies NvmeDocument));
  else {
    const rate = `${sizeText(bytes)} in ${(ms / 1000).toFixed(1)} s, ${rateText(bytes, ms)}`;
    io.print(`${printable(where.target)}: ${rate}`);
  }
  return EXIT.done;
}

async function readImage(path: string): Promise<Uint8Array> {
  const image = await readOwnFile(path);
  if (image.length === 0) throw usageError(`${path} is empty`);
  if (image.length > MOST_IMAGE) throw usageError(`${path} has ${image.length} bytes: no firmware is so large`);
  if (image.length % 4 !== 0) throw usageError(`${path} has ${image.length} bytes: an image is a multiple of 4`);
  return image;
}

/** @throws CommandError (usage) */
export function activation(text: string): number {
  if (Object.hasOwn(ACTIVATIONS, text)) return COMMIT_ACTION[ACTIVATIONS[text as keyof typeof ACTIVATIONS]];
  throw usageError(
    `--activate ${text} is wrong${didYouMean(text, ACTIVATION_NAMES)}: use ${ACTIVATION_NAMES.join(', ')}`,
  );
}

export async function commitImage(
  drive: OneDrive,
  slot: number,
  commitAction: number,
  json: 'document' | 'line' | undefined,
  io: Io,
): Promise<number> {
  const { client, to, where } = drive;
  io.progress('the drive stores it ...');
  const status = await client.commitFirmware(to, await drive.controller(), slot, commitAction);
  io.progress('');
  const due = resetDue(status) ?? null;
  const stored = (status.statusCode === 0 && status.statusCodeType === 0) || due !== null;
  const text = nvmeStatusText(status);
  if (json) {
    const document = { action: 'commit', ...where, slot, stored, resetDue: due, status: text } as const;
    io.print(jsonText(document satisfies NvmeDocument, json === 'document' ? 2 : 0));
    return stored ? EXIT.done : EXIT.refused;
  }
  if (!stored) throw refusal(`${where.target}: the drive says ${text}`);
  io.print(
    `${printable(where.target)}: slot ${slot} ${due === null ? whenStored(commitAction) : `is stored: ${text}`}`,
  );
  return EXIT.done;
}

/** What is true after a commit that the drive says is done. */
function whenStored(action: number): string | undefined {
  switch (action) {
    case COMMIT_ACTION.store:
      return 'has the image, and is not activated yet';
    case COMMIT_ACTION.storeAndActivateAtReset:
      return 'has the image, which runs after the next reset';
    case COMMIT_ACTION.activateAtReset:
      return 'runs after the next reset';
    case COMMIT_ACTION.activateNow:
      return 'runs now';
    default:
      return undefined;
  }
}
