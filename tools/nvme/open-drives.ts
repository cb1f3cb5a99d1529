/** Drives to talk to: the endpoints that say they speak NVMe-MI, or the ones somebody names. */

import type { Clock } from '../../stack/clock.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { MI_STATUS, NvmeMiClient } from '../../stack/nvme-mi/index.js';
import { endpointTarget, noEndpoint, resolveAddress, type Target, withoutRepeats } from '../address.js';
import { addressedSession, DEVICE_OPTIONS } from '../addressed-session.js';
import { printable, refusal } from '../command-error.js';
import type { Session } from '../session.js';
import { jsonOrLines, type OptionValues, shortTimeOption, wholeNumberOption } from '../verb.js';
import type { World } from '../world.js';

/** Options of everything that speaks NVMe-MI. */
export const DRIVE_OPTIONS = {
  ...DEVICE_OPTIONS,
  json: jsonOrLines('health --watch, fw download, sanitize'),
  timeout: shortTimeOption(
    '-W, --timeout <time>',
    'to wait for an answer, per try (what the command takes)',
    1,
    undefined,
  ),
  retries: wholeNumberOption('--retries <n>', 'tries after the first (0)', 0, 100, 0),
  minGap: shortTimeOption(
    '--min-gap <time>',
    'from an answer to the next command, for drives that lose it (none)',
    0,
    undefined,
  ),
};
export type DriveOptions = OptionValues<typeof DRIVE_OPTIONS>;

export interface Drives {
  readonly session: Session;
  readonly client: NvmeMiClient;
  readonly targets: readonly Target[];
}

/** No addresses: every endpoint that lists NVMe-MI among its types. @throws CommandError, MctpError */
export async function withDrives(
  texts: readonly string[],
  options: DriveOptions,
  world: World,
  work: (drives: Drives) => Promise<number>,
): Promise<number> {
  const { session, addresses } = await addressedSession(texts, options, world);
  const { clock, transport } = session;
  const client = new NvmeMiClient({
    transport,
    clock,
    retries: options.retries,
    ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
    ...(options.minGap === undefined ? {} : { minGapMs: options.minGap }),
  });
  try {
    world.io.progress('looking for drives ...');
    const named: Target[] = [];
    for (const address of addresses) named.push(await resolveAddress(session, address, addresses.length === 1));
    const targets = addresses.length === 0 ? await allDrives(session) : withoutRepeats(session, named);
    world.io.progress('');
    return await work({ session, client, targets });
  } finally {
    client.close();
    await session.close();
  }
}

async function allDrives(session: Session): Promise<Target[]> {
  const endpoints = await session.discover();
  const drives = session.ways.once(endpoints).filter(({ messageTypes }) => messageTypes.includes(MESSAGE_TYPE.nvmeMi));
  if (drives.length > 0) return drives.map((endpoint) => endpointTarget(session.names, endpoint));
  if (endpoints.length === 0) throw noEndpoint(session);
  const eids = endpoints.map(({ eid }) => eid).join(', ');
  throw refusal(`none of the endpoints (EID ${eids}) says it speaks NVMe-MI: name one to ask it all the same`);
}

/** What a device did wrong is its error, in words; silence and our own mistakes are thrown on. */
export async function tried<T>(work: () => Promise<T>): Promise<T | MctpError> {
  try {
    return await work();
  } catch (error) {
    if (!MctpError.is(error) || MctpError.is(error, 'ECANCELED') || MctpError.is(error, 'EINVAL')) throw error;
    return error;
  }
}

/** One of many, which is not ready for so long, does not keep the others from being shown. */
const MOST_PATIENCE_MS = 30_000;

/** As `tried`, but for so long only, however often the drive says that it needs more time. */
export function triedForAWhile<T>(
  clock: Clock,
  work: (options: { readonly signal: AbortSignal }) => Promise<T>,
): Promise<T | MctpError> {
  return tried(async () => {
    const over = new AbortController();
    const timer = clock.schedule(MOST_PATIENCE_MS, () => over.abort());
    try {
      return await work({ signal: over.signal });
    } catch (error) {
      if (!over.signal.aborted) throw error;
      throw new MctpError('ETIMEDOUT', `it is still not ready after ${MOST_PATIENCE_MS / 1000} s`, { cause: error });
    } finally {
      timer.cancel();
    }
  });
}

/** A drive which does not have the command. */
export function lacks(error: unknown): boolean {
  return error instanceof CompletionCodeError && error.completionCode === MI_STATUS.invalidOpcode;
}

/** "EID 9 (i2c:1/0x1d): ..." */
export function sayOf({ name, to }: Target, error: MctpError): string {
  const own = `EID ${to.eid}`;
  return printable(`${name}: ${error.message.replace(` to ${own}`, '')}`);
}
