/** The built command in a terminal: a pseudo terminal is its stdin, stdout and stderr, and we are who sits before it. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { openPty, type Pty } from '../../bindings/serial/pty.js';
import { COMMAND } from './cli.js';

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Its keys are those of a shell's terminal: Ctrl-C is a signal, Ctrl-D the end. Default: keys come as they are. */
  readonly cooked?: boolean;
}

export class TerminalRun {
  /** Everything that was drawn, escapes and all. */
  output = '';
  readonly finished: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #watchers = new Set<() => void>();

  private constructor(
    readonly child: ChildProcess,
    private readonly pty: Pty,
  ) {
    this.finished = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        // What is still on its way through the terminal.
        setTimeout(() => resolve({ code, signal }), 50);
      });
    });
  }

  static async start(args: readonly string[], options: TerminalOptions = {}): Promise<TerminalRun> {
    const { columns = 100, rows = 30, env = {}, cooked = false } = options;
    const pty = await openPty();
    let run: TerminalRun | undefined;
    await pty.port.open({
      data: (buffer, start, end) => run?.heard(Buffer.from(buffer.subarray(start, end)).toString('utf8')),
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
    closeSync(tty);
    run = new TerminalRun(child, pty);
    return run;
  }

  heard(text: string): void {
    this.output += text;
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
