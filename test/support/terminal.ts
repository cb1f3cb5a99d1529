/** The built command in a terminal: a pseudo terminal is its stdin, stdout and stderr, and we are who sits before it. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, write } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { openPty, type Pty } from '../../bindings/serial/pty.js';
import { COMMAND } from './cli.js';
import { endWithUs } from './end-with-us.js';

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Its keys are those of a shell's terminal: Ctrl-C is a signal, Ctrl-D the end. Default: keys come as they are. */
  readonly cooked?: boolean;
}

/** Written behind everything that a command drew; no command draws it. */
const END = '\0';

export class TerminalRun {
  /** Everything that was drawn, escapes and all. */
  output = '';
  readonly finished: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #watchers = new Set<() => void>();
  readonly #decoder = new StringDecoder('utf8');
  #sawEnd = (): void => {};

  /** `tty`: a file descriptor of the terminal, which is closed when the command has ended. */
  private constructor(
    readonly child: ChildProcess,
    private readonly pty: Pty,
    tty: number,
  ) {
    const drawn = new Promise<void>((resolve) => {
      this.#sawEnd = resolve;
    });
    this.finished = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        // What was drawn before it may still be on its way through the terminal.
        write(tty, END, (error) => {
          closeSync(tty);
          if (error === null) void drawn.then(() => resolve({ code, signal }));
          else reject(error);
        });
      });
    });
    // Not everybody waits for the end.
    this.finished.catch(() => {});
  }

  static async start(args: readonly string[], options: TerminalOptions = {}): Promise<TerminalRun> {
    const { columns = 100, rows = 30, env = {}, cooked = false } = options;
    const pty = await openPty();
    let run: TerminalRun | undefined;
    await pty.port.open({
      data: (buffer, start, end) => run?.heard(buffer.subarray(start, end)),
      written: () => {},
      closed: () => {},
    });
    setSize(pty.path, columns, rows);
    if (cooked) execFileSync('stty', ['-F', pty.path, 'sane', '-echo']);
    const tty = openSync(pty.path, 'r+');
    const { NO_COLOR: _none, FORCE_COLOR: _force, ...inherited } = process.env;
    // Signals of keys go to the session that the terminal controls.
    const [program, ...first] = cooked ? ['setsid', '--ctty', process.execPath] : [process.execPath];
    const child = spawn(program!, [...first, COMMAND, ...args], {
      stdio: [tty, tty, tty],
      env: { ...inherited, TERM: 'xterm', ...env },
    });
    run = new TerminalRun(endWithUs(child), pty, tty);
    return run;
  }

  heard(bytes: Uint8Array): void {
    // A character may be in two pieces.
    const text = this.#decoder.write(Buffer.from(bytes));
    const ends = text.endsWith(END);
    this.output += ends ? text.slice(0, -END.length) : text;
    if (ends) this.#sawEnd();
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Press keys. */
  type(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.pty.port.write(bytes, 0, bytes.length);
  }

  /** Drag the corner of the window. */
  resize(columns: number, rows: number): void {
    setSize(this.pty.path, columns, rows);
    // The kernel tells the job in the foreground; this terminal has none.
    this.child.kill('SIGWINCH');
  }

  /** Resolves when what was drawn from now on matches. */
  async shows(pattern: RegExp, timeoutMs = 30_000): Promise<void> {
    const from = this.output.length;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#watchers.delete(watcher);
        reject(new Error(`the terminal never showed ${pattern}:\n${plain(this.output.slice(from))}`));
      }, timeoutMs);
      const watcher = (): void => {
        if (!pattern.test(plain(this.output.slice(from)))) return;
        this.#watchers.delete(watcher);
        clearTimeout(timer);
        resolve();
      };
      this.#watchers.add(watcher);
    });
  }

  async close(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.finished;
    await this.pty.port.close();
  }
}

function setSize(path: string, columns: number, rows: number): void {
  execFileSync('stty', ['-F', path, 'rows', String(rows), 'cols', String(columns)]);
}

/** Without colours and cursor movements. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is taken out
  return text.replace(/\u001b\[[0-9;?]*[a-zA-Z]/g, '').replace(/\r/g, '');
}
