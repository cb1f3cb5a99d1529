/** `nvme sanitize`, `format`, `reset`, `shutdown` and `vpd-write`: what cannot be undone, behind a typed confirmation. */

import type { SanitizeAction } from '../../stack/nvme-mi/index.js';
import { EXIT, printable, refusal, usageError } from '../command-error.js';
import type { Io } from '../io.js';
import { jsonText } from '../pldm/open-termini.js';
import type { NvmeDocument, NvmeEventDocument } from '../schema/nvme-documents.js';
import { didYouMean } from '../suggest.js';
import { pause } from '../wait.js';
import { SANITIZE_WORDS } from './nvme-facts.js';
import type { OneDrive } from './one-drive.js';
import { typedConfirmation } from './typed-confirmation.js';

const ACTIONS = { block: 2, overwrite: 3, crypto: 4 } as const;
const ERASES = { none: 0, user: 1, crypto: 2 } as const;
export const ERASE_NAMES = Object.keys(ERASES);
const LOOK_MS = 1000;
const SANITIZE = { running: 2, failed: 3 } as const;

export interface Destroying {
  readonly json: boolean;
  /** `--yes SERIAL` */
  readonly yes: string | undefined;
  readonly signal: AbortSignal;
  readonly io: Io;
}

export interface FormatWish {
  readonly namespaceId: number | undefined;
  readonly lbaFormat: number;
  readonly erase: string;
}

/** @throws CommandError (usage) */
export function sanitizeAction(text: string): SanitizeAction {
  const names = Object.keys(ACTIONS);
  if (Object.hasOwn(ACTIONS, text)) return ACTIONS[text as keyof typeof ACTIONS];
  throw usageError(`cannot sanitize by "${text}"${didYouMean(text, names)}: use ${names.join(', ')}`);
}

/** Until it is done. */
export async function sanitizeDrive(drive: OneDrive, how: string, passes: number, wish: Destroying): Promise<number> {
  const action = sanitizeAction(how);
  return confirmedWork(
    drive,
    'sanitize',
    `sanitize (${how})`,
    'and erase all of its data',
    wish,
    async (controller) => {
      const { client, to, session } = drive;
      await client.sanitize(to, controller, { action, passes });
      for (;;) {
        const { progress, sanitizeStatus } = await client.sanitizeStatus(to, controller);
        if (sanitizeStatus === SANITIZE.failed) throw refusal(`${drive.where.target}: the sanitize operation failed`);
        if (sanitizeStatus !== SANITIZE.running) return SANITIZE_WORDS[sanitizeStatus] ?? 'done';
        tell(drive, wish, 'sanitize', progress);
        await pause(session.clock, LOOK_MS, wish.signal);
        if (wish.signal.aborted) {
          // How a verb ended which Ctrl-C ends is not told: what the drive goes on with is.
          const goesOn = 'interrupted: the drive goes on; mctpkit nvme log ADDRESS sanitize shows how far it is';
          wish.io.progress('');
          wish.io.note(goesOn);
          throw refusal(goesOn);
        }
      }
    },
  );
}

export async function formatDrive(drive: OneDrive, format: FormatWish, wish: Destroying): Promise<number> {
  const { namespaceId, lbaFormat, erase } = format;
  if (!Object.hasOwn(ERASES, erase)) throw usageError(`--erase ${erase} is wrong: use ${ERASE_NAMES.join(', ')}`);
  const secureErase = ERASES[erase as keyof typeof ERASES];
  const what = namespaceId === undefined ? 'all namespaces' : `namespace ${namespaceId}`;
  return confirmedWork(drive, 'format', `format ${what} of`, 'and lose the data', wish, async (controller) => {
    const chosen = namespaceId === undefined ? {} : { namespaceId };
    await drive.client.format(drive.to, controller, { ...chosen, lbaFormat, secureErase });
    return 'formatted';
  });
}

export async function resetDrive(drive: OneDrive, wish: Destroying): Promise<number> {
  return confirmedWork(drive, 'reset', 'reset', 'whatever uses it', wish, async () => {
    await drive.client.resetSubsystem(drive.to);
    return 'reset; it has no EID until it is given one again';
  });
}

export async function shutDownDrive(drive: OneDrive, abrupt: boolean, wish: Destroying): Promise<number> {
  return confirmedWork(drive, 'shutdown', 'shut down', 'whatever uses it', wish, async () => {
    await drive.client.shutdown(drive.to, abrupt);
    return 'shut down';
  });
}

export async function writeVpd(drive: OneDrive, offset: number, data: Uint8Array, wish: Destroying): Promise<number> {
  return confirmedWork(drive, 'vpdWrite', 'write the VPD of', 'which it takes a few times only', wish, async () => {
    await drive.client.writeVpd(drive.to, offset, data);
    return `${data.length} bytes written at ${offset}`;
  });
}

async function confirmedWork(
  drive: OneDrive,
  name: 'format' | 'sanitize' | 'reset' | 'shutdown' | 'vpdWrite',
  verb: string,
  consequence: string,
  { io, json, yes, signal }: Destroying,
  work: (controller: number) => Promise<string>,
): Promise<number> {
  const { client, to, where, session } = drive;
  const controller = await drive.controller();
  const { modelNumber, serialNumber } = await client.identify(to, controller);
  const what = printable(`${verb} ${modelNumber} at ${where.target} ${consequence}`);
  const stopped = await typedConfirmation({ what, word: serialNumber, given: yes, json }, io, signal);
  if (stopped !== undefined) return stopped;
  const start = session.clock.now();
  if (!json) io.progress(`${name} is under way ...`);
  const result = await work(controller);
  const ms = Math.round(session.clock.now() - start);
  io.progress('');
  if (json) io.print(jsonText({ action: 'done', ...where, what: name, bytes: null, ms } satisfies NvmeDocument));
  else io.print(`${printable(where.target)}: ${result} (${(ms / 1000).toFixed(1)} s)`);
  return EXIT.done;
}

function tell({ where }: OneDrive, { io, json }: Destroying, what: string, progress: number): void {
  if (json) {
    io.print(
      jsonText({ event: 'progress', ...where, what, done: progress, all: 0x1_0000 } satisfies NvmeEventDocument),
    );
  } else io.progress(`${what}: ${Math.floor((100 * progress) / 0x1_0000)} %`);
}
