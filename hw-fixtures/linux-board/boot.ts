// Booting a board, running one command in it, and cleaning up whatever happens.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex, Readable } from 'node:stream';
import { onAbort } from '../../stack/util/abort.js';
import { boardAvailable } from './available.js';
import { type BuiltBoard, findBoard } from './cache.js';
import { watchOver } from './cleanup.js';
import { createJobFolder, type JobDescription, readStatus, removeJobFolder } from './job.js';
import { FD, killGroup, startKernel, terminate } from './kernel-process.js';
import { takeProcessor } from './processor.js';

export interface BoardOptions extends JobDescription {
  /** Further words for the kernel's command line. */
  readonly kernelArgs?: readonly string[];
  /** What is at the guest's /dev/ttyS0: true for `BoardRun.serial`, or the path of a tty of the host. */
  readonly serial?: boolean | string;
  /** Memory of the guest in MB; Node wants 128 or more. */
  readonly memory?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** How a run ended: only "exited" has an exit code. */
export type BoardEnding = 'exited' | 'timeout' | 'aborted' | 'stopped' | 'crashed';

export interface BoardResult {
  readonly ending: BoardEnding;
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** What the kernel said; worth a look when it crashed. */
  readonly console: string;
  /** From the start of the kernel to its end. */
  readonly durationMs: number;
}

export interface BoardRun {
  readonly pid: number;
  /** The command's output as it comes; `finished` has it complete, whether it is read here or not. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** The other end of the guest's /dev/ttyS0, with `serial: true`. */
  readonly serial: Duplex | undefined;
  /** Settles when the kernel is gone and everything is cleaned up; never rejects. */
  readonly finished: Promise<BoardResult>;
  /** Ends the board at once. */
  stop(): Promise<BoardResult>;
}

export class BoardError extends Error {
  override readonly name = 'BoardError';
  readonly result: BoardResult | undefined;

  constructor(message: string, result?: BoardResult) {
    super(message);
    this.result = result;
  }
}

const TERM_GRACE_MS = 1000;

function requireBoard(): BuiltBoard {
  const available = boardAvailable();
  const board = available.ok ? findBoard() : undefined;
  if (!board) throw new BoardError(available.ok ? 'the board disappeared from the cache' : available.reason);
  return board;
}

/** Collects a stream; bytes are decoded only at the end, so characters cut by chunk borders stay whole. */
function capture(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.on('error', () => {}); // a reset at the kernel's end only means that it is gone
  return () => Buffer.concat(chunks).toString();
}

class Run implements BoardRun {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly serial: Duplex | undefined;
  readonly finished: Promise<BoardResult>;
  readonly #child: ChildProcess;
  #ending: BoardEnding | undefined;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, job: string, options: BoardOptions) {
    const started = Date.now();
    this.#child = child;
    this.pid = child.pid!;
    // node:child_process makes a socket pair of every "pipe"; its types only know the first five
    const streams: readonly unknown[] = child.stdio;
    this.stdout = streams[FD.stdout] as Readable;
    this.stderr = streams[FD.stderr] as Readable;
    const serial = streams[FD.serial] as Duplex;
    serial.on('error', () => {});
    this.serial = options.serial === true ? serial : undefined;
    if (!this.serial) serial.resume();

    const texts = [this.stdout, this.stderr, child.stdout!, child.stderr!].map(capture);
    const release = watchOver({ pid: this.pid, job });
    const timer = options.timeoutMs ? setTimeout(() => this.#end('timeout'), options.timeoutMs) : undefined;
    const stopListening = onAbort(options.signal, () => this.#end('aborted'));

    this.finished = this.#gone().then(() => {
      clearTimeout(timer);
      clearTimeout(this.#killTimer);
      stopListening?.();
      const exitCode = readStatus(job);
      removeJobFolder(job);
      release();
      const [stdout, stderr, console1, console2] = texts.map((text) => text()) as [string, string, string, string];
      const ending = exitCode === undefined ? (this.#ending ?? 'crashed') : 'exited';
      return { ending, exitCode, stdout, stderr, console: console1 + console2, durationMs: Date.now() - started };
    });
  }

  stop(): Promise<BoardResult> {
    this.#end('stopped');
    return this.finished;
  }

  /** "close" comes after the last output; it may stay away when somebody else keeps a descriptor. */
  async #gone(): Promise<void> {
    const closed = once(this.#child, 'close');
    await once(this.#child, 'exit');
    killGroup(this.pid); // programs that survived their kernel
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, TERM_GRACE_MS).unref())]);
  }

  #end(ending: BoardEnding): void {
    if (this.#ending || this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#ending = ending;
    terminate(this.pid);
    this.#killTimer = setTimeout(() => killGroup(this.pid), TERM_GRACE_MS);
  }
}

/** Boots a board and starts the command; resolves as soon as the kernel runs. */
export async function bootBoard(options: BoardOptions): Promise<BoardRun> {
  const board = requireBoard();
  const job = createJobFolder(board, options);
  try {
    // Both paths go through the kernel's command line, which knows no quoting.
    if (/\s/.test(job + board.folder)) {
      throw new BoardError(`no blanks, please, in TMPDIR and MCTPKIT_BOARD_CACHE (${job}, ${board.folder})`);
    }
    const child = startKernel({
      board,
      job,
      memoryMb: options.memory ?? 256,
      serial: options.serial ?? false,
      kernelArgs: options.kernelArgs ?? [],
      processor: takeProcessor(job),
    });
    if (child.pid === undefined) await once(child, 'spawn'); // rejects with what went wrong
    return new Run(child, job, options);
  } catch (error) {
    removeJobFolder(job);
    throw error;
  }
}

const failures: Record<Exclude<BoardEnding, 'exited'>, string> = {
  timeout: 'the command did not end in time',
  aborted: 'the run was aborted',
  stopped: 'the board was stopped',
  crashed: 'the board ended before the command did',
};

/** Boots a board, waits for the command and gives what it printed; an exit code other than 0 is not an error. */
export async function runBoard(options: BoardOptions): Promise<BoardResult & { readonly exitCode: number }> {
  const result = await (await bootBoard(options)).finished;
  const { ending, exitCode } = result;
  if (ending === 'exited' && exitCode !== undefined) return { ...result, exitCode };
  const reason = failures[ending === 'exited' ? 'crashed' : ending];
  const last = [result.stdout, result.stderr, result.console].map((text) =>
    text.trim().split('\n').slice(-3).join('\n'),
  );
  throw new BoardError([reason, ...last.filter((text) => text)].join('\n'), result);
}
