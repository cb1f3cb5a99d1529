/** How the command ends: exit codes, and every failure as one line. */

import { fileError } from '../bindings/read-own-file.js';
import { MctpError } from '../stack/errors.js';
import { harmless } from './format/harmless.js';

/** A contract with scripts: see docs/json.md. */
export const EXIT = {
  done: 0,
  /** The device or the network said no. */
  refused: 1,
  /** The command was called in a way that makes no sense, or for something that is not there. */
  usage: 2,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A failure whose exit code does not follow from its error code. */
export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
  }
}

/** Wrong usage. */
export function usageError(message: string, cause?: unknown): CommandError {
  return new CommandError(EXIT.usage, message, { cause });
}

/** The device or the network said no. */
export function refusal(message: string, cause?: unknown): CommandError {
  return new CommandError(EXIT.refused, message, { cause });
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  if (MctpError.is(error, 'EUSAGE') || MctpError.is(error, 'EINVAL') || MctpError.is(error, 'ENOPACKAGE')) {
    return EXIT.usage;
  }
  return fileError(error) === undefined ? EXIT.refused : EXIT.usage;
}

const OUR_SIDE = ['EAFNOSUPPORT', 'ENODEV', 'EACCES', 'ENOENT', 'ENOPACKAGE', 'EUSAGE', 'EINVAL', 'ENOTSUP'];

/** Why a link does not open: what is wrong on our side is wrong usage, a device that is busy or broken has said no. */
export function openFailure(cause: unknown): unknown {
  if (!MctpError.is(cause)) return cause;
  return OUR_SIDE.includes(cause.code) ? usageError(cause.message, cause) : refusal(cause.message, cause);
}

/** The line for stderr. What is neither our error nor the system's is a mistake of ours, and says so. */
export function errorLine(error: unknown): string {
  if (error instanceof CommandError || error instanceof MctpError) return `mctpkit: ${oneLine(error.message)}`;
  const file = fileError(error);
  if (file !== undefined) return `mctpkit: ${oneLine(file)}`;
  const text = error instanceof Error ? error.message : String(error);
  return `mctpkit: internal error: ${oneLine(text)} (MCTPKIT_DEBUG=1 shows where; please report it)`;
}

/** Control characters would let a device or a file draw on the terminal. */
function oneLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  return printable(lines.filter((line) => line !== '').join(' '));
}

/** Text from outside, harmless for a terminal. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return harmless(text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd'));
}
