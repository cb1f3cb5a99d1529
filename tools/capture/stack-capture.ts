/** The packets of a session into a capture, from now until it is closed. */

import { fileProblem, usageError } from '../errors.js';
import { packageVersion } from '../package-version.js';
import type { World } from '../world.js';
import { CaptureOutput, type Rotation } from './output.js';
import type { Recorded } from './recorder.js';
import type { PacketSource } from './session-source.js';

export interface CaptureOptions {
  /** A path, or `-`. */
  readonly target: string;
  readonly world: Pick<World, 'io' | 'machine'>;
  readonly rotation?: Rotation;
  /** Also remark on packets that are merely not for us. */
  readonly verbose?: boolean;
  readonly wanted?: (recorded: Recorded) => boolean;
  readonly failed?: (error: Error) => void;
}

export interface Capture {
  readonly output: CaptureOutput;
  close(): Promise<void>;
}

/** Links that are added later get their interface with their first packet. */
export async function startCapture(source: PacketSource, options: CaptureOptions): Promise<Capture> {
  const { target, rotation, wanted, world } = options;
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
    close: async () => {
      stop();
      await output.close();
      if (broken !== undefined) throw usageError(`${target} cannot be written: ${fileProblem(broken)}`, broken);
    },
  };
}
