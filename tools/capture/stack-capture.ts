/** A stack's packets into a capture, from now until it is closed. */

import type { Mctp } from '../../stack/mctp.js';
import { usageError } from '../errors.js';
import { packageVersion } from '../package-version.js';
import type { CapturedLink } from './capture-file.js';
import { CaptureOutput, type Rotation } from './output.js';
import { type Recorded, record } from './recorder.js';

export interface StackCaptureOptions {
  /** A path, or `-`. */
  readonly target: string;
  readonly rotation?: Rotation;
  /** Also remark on packets that are merely not for us. */
  readonly verbose?: boolean;
  readonly wanted?: (recorded: Recorded) => boolean;
  readonly failed?: (error: Error) => void;
}

export interface StackCapture {
  readonly output: CaptureOutput;
  close(): Promise<void>;
}

/** Links that are added later get their interface with their first packet. */
export function captureStack(mctp: Mctp, options: StackCaptureOptions): StackCapture {
  const { target, rotation, wanted } = options;
  let broken: Error | undefined;
  const output = new CaptureOutput({
    target,
    links: mctp.links().map(({ name }) => capturedLink(mctp, name)),
    application: `mctpkit ${packageVersion()}`,
    stdout: process.stdout,
    failed: (error) => {
      broken = error;
      options.failed?.(error);
    },
    ...(rotation !== undefined && { rotation }),
  });
  const stop = record(
    mctp,
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
      if (broken !== undefined) throw usageError(`${target} cannot be written: ${broken.message}`, broken);
    },
  };
}

export function capturedLink(mctp: Mctp, name: string): CapturedLink {
  const { ownAddress, transmissionUnit } = mctp.linkByName(name);
  const at = ownAddress === '' ? '' : `, we are at 0x${ownAddress}`;
  return { name, description: `MCTP, transmission unit ${transmissionUnit.default}${at}`, ownAddress };
}
