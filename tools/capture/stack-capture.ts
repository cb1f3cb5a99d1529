/** The packets of a session into a capture, from now until it is closed. */

import type { Recorded } from '../../bindings/capture/recorder.js';
import { fileProblem } from '../../bindings/read-own-file.js';
import { onAbort } from '../../stack/util/abort.js';
import { usageError } from '../command-error.js';
import { packageVersion } from '../package-version.js';
import type { World } from '../world.js';
import { checkWritable } from '../writable.js';
import { CaptureOutput, type Rotation } from './output.js';
import type { PacketSource } from './packet-source.js';

export interface CaptureOptions {
  /** A path, or `-`. */
  readonly target: string;
  readonly world: Pick<World, 'io' | 'machine' | 'signal'>;
  readonly rotation?: Rotation;
  /** Also remark on packets that are merely not for us. */
  readonly verbose?: boolean;
  readonly wanted?: (recorded: Recorded) => boolean;
  readonly failed?: (error: Error) => void;
}

export interface Capture {
  readonly output: CaptureOutput;
  /** Make the file; the packets so far have waited for it. @throws CommandError when it cannot be written */
  begin(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Resolves when packets are heard: every one from now on goes into the file, which is made when the capture begins. Links that
 * are added later get their interface with their first packet. @throws CommandError when the file cannot be written
 */
export async function prepareCapture(source: PacketSource, options: CaptureOptions): Promise<Capture> {
  const { target, rotation, wanted, world } = options;
  if (target !== '-') checkWritable(target);
  let broken: Error | undefined;
  const output = new CaptureOutput({
    target,
    links: () => source.links(),
    program: { name: `mctpkit ${packageVersion()}`, system: `${world.machine.platform} ${world.machine.arch}` },
    stdout: world.io.stdout,
    failed: (error) => {
      broken = error;
      options.failed?.(error);
    },
    ...(rotation !== undefined && { rotation }),
  });
  const stop = await source.record(
    (recorded) => {
      if (broken === undefined && (wanted?.(recorded) ?? true)) output.packet(recorded);
    },
    { verbose: options.verbose ?? false },
  );
  return {
    output,
    begin: async () => {
      // A pipe that nobody reads can wait forever, but not beyond Ctrl-C.
      let stopListening: (() => void) | undefined;
      const interrupted = new Promise<never>((_resolve, reject) => {
        stopListening = onAbort(world.signal, reject);
      });
      const ready = output.begin().catch((cause: unknown) => Promise.reject(unwritable(target, cause)));
      await Promise.race([ready, interrupted]).finally(() => stopListening?.());
    },
    close: async () => {
      stop();
      await output.close();
      if (broken !== undefined) throw unwritable(target, broken);
    },
  };
}

/** A capture which begins at once. @throws CommandError when the file cannot be written */
export async function startCapture(source: PacketSource, options: CaptureOptions): Promise<Capture> {
  const capture = await prepareCapture(source, options);
  await capture.begin();
  return capture;
}

function unwritable(target: string, cause: unknown): Error {
  return usageError(`${target} cannot be written: ${fileProblem(cause)}`, cause);
}
