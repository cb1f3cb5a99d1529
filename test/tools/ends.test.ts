/** How verbs end when what they write to cannot be written: one line, the right exit code, nothing left running. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inTurn } from '../../stack/util/in-turn.js';
import { EXIT, errorLine, exitCodeOf } from '../../tools/command-error.js';
import { streamIo } from '../../tools/stream-io.js';
import { COMMAND, RunningCommand } from '../support/cli.js';
import { packageFor } from '../support/firmware-package.js';
import { mctpkit } from '../support/in-process.js';
import { type NullModem, nullModem } from '../support/null-modem.js';
import { ownPlace } from '../support/own-place.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-ends-'));
afterAll(() => rmSync(folder, { recursive: true }));

const FULL = '/dev/full';

function intoFull(args: readonly string[]) {
  const stdout = openSync(FULL, 'w');
  try {
    const { status, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
      stdio: ['ignore', stdout, 'pipe'],
      encoding: 'utf8',
      timeout: 100_000,
    });
    return { status, stderr };
  } finally {
    closeSync(stdout);
  }
}

describe.skipIf(!existsSync(FULL))('standard output is full', () => {
  it.each([
    [['discover']],
    [['discover', '--json']],
    [['decode', '010a08c8008002']],
    [['ping', '9']],
    [['sensors', '9', '--watch']],
    [['--help']],
    [['discover', '--help']],
  ])('%s', (args) => {
    expect(intoFull(args)).toEqual({
      status: EXIT.usage,
      stderr: 'mctpkit: standard output cannot be written: no space left on the device\n',
    });
  });
});

describe('the reader of a pipe goes away', () => {
  it.each(['ping 9', 'sensors 9 --watch --json'])('%s', (verb) => {
    const line = `"${process.execPath}" "${COMMAND}" ${verb} | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', line], { encoding: 'utf8', timeout: 100_000 });
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('0');
    expect(stderr).toBe('');
  });
});

describe.skipIf(process.platform !== 'linux')(
  'the reader of a pipe goes away, and there is nothing more to write',
  () => {
    it.each([
      ['discover --watch --json', 'head -n 1'],
      ['listen --json', 'true'],
      ['capture --json', 'true'],
      ['top --json -i 1h', 'head -n 1'],
      ['nvme health 9 --watch --json -i 1h --no-events', 'head -n 1'],
      // Node ended with a fatal error: the watch on the pipe called back while the engine was taken down.
      ['listen --discover --json', 'true'],
    ])('%s | %s', (verb, reader) => {
      // What does not end is ended, and leaves nothing behind.
      const line = `timeout 20 "${process.execPath}" "${COMMAND}" ${verb} | ${reader} >/dev/null; echo "\${PIPESTATUS[0]}"`;
      const { stdout, signal } = spawnSync('bash', ['-c', line], { encoding: 'utf8', timeout: 30_000 });
      expect({ stdout, signal }).toEqual({ stdout: '0\n', signal: null });
    });
  },
);

describe.skipIf(process.platform !== 'linux')(
  'the reader of a pipe goes away from a device which one tries out',
  () => {
    let cable: NullModem;
    beforeEach(async () => {
      cable = await nullModem();
    });
    afterEach(() => cable.close());

    it.each(['emulate', 'echo', 'bench --serve'])('%s ends, as what only shows does', async (verb) => {
      const line = `timeout 20 "${process.execPath}" "${COMMAND}" ${verb} -l serial:${cable.ends[0]} | head -n 1; echo "\${PIPESTATUS[0]}"`;
      const shell = spawn('bash', ['-c', line]);
      let stdout = '';
      shell.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      expect((await once(shell, 'close'))[0]).toBe(0);
      expect(stdout).toMatch(/Ctrl-C ends it\n0\n$/);
    });
  },
);

describe.skipIf(process.platform !== 'linux')(
  'the reader of a pipe goes away from work which changes something',
  () => {
    const withoutReader = (verb: string): { code: string; stderr: string } => {
      const line = `timeout 40 "${process.execPath}" "${COMMAND}" ${verb} | true; echo "\${PIPESTATUS[0]}"`;
      const { stdout, stderr } = spawnSync('bash', ['-c', line], {
        encoding: 'utf8',
        timeout: 60_000,
        env: { ...process.env, XDG_CONFIG_HOME: folder },
      });
      return { code: stdout.trim(), stderr };
    };
    const goesOn = /nobody reads it any more; the work goes on without it/;

    it('fw update is done to its end, and says whether it was', async () => {
      const path = await packageFor(folder, 'unread', [20_000]);
      const journal = join(folder, 'unread.journal');
      expect(withoutReader(`fw update ${path} -y --json --journal ${journal}`)).toEqual({
        code: '0',
        stderr: expect.stringMatching(goesOn),
      });
      // Of an update which was cancelled the journal would be left.
      expect(existsSync(journal)).toBe(false);
    });

    it('run --once gives the EIDs', () => {
      expect(withoutReader('run --once --link bench:')).toEqual({ code: '0', stderr: expect.stringMatching(goesOn) });
    });

    it('what the device refused is not told as done: exit code 1', () => {
      expect(withoutReader('pldm 9 raw 80 00 99').code).toBe('1');
    });

    it('what was given up is not told as done: exit code 1', async () => {
      expect(withoutReader(`cable pair unread --listen ${await ownPlace()}`)).toEqual({
        code: '1',
        stderr: expect.stringMatching(/Ctrl-C gives up/),
      });
    });
  },
);

/** Of which others need that it goes on. */
describe('run and serve go on without a reader of their standard output', () => {
  const config = join(folder, 'role.toml');
  writeFileSync(config, `[links.a]\nurl = "bench:"\n[serve.ends]\ndir = "${folder}/nets"\n`);

  it.each(['run', 'serve'])('%s in a pipe which nobody reads any more: until SIGTERM, and tells once', async (verb) => {
    const command = new RunningCommand([verb, '--config', config]);
    command.child.stdout.destroy();
    await command.note(/nobody reads it any more; the work goes on without it/);
    expect(command.child.exitCode).toBeNull();
    const { code, signal, stderr } = await command.stop();
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(stderr.match(/nobody reads/g)).toHaveLength(1);
    expect(stderr).not.toMatch(/EPIPE|Error/);
  });

  it.skipIf(!existsSync(FULL))('run on a disk which is full', async () => {
    const full = openSync(FULL, 'w');
    const child = spawn(process.execPath, [COMMAND, 'run', '--config', config], { stdio: ['ignore', full, 'pipe'] });
    closeSync(full);
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    await expect.poll(() => stderr, { timeout: 60_000 }).toMatch(/no space left on the device; the work goes on/);
    expect(child.exitCode).toBeNull();
    child.kill();
    expect(await once(child, 'close')).toEqual([0, null]);
  });
});

describe('lines without an end', () => {
  /** Takes nothing until `read` is called. */
  function slow(): Writable & { read(): void; text: string } {
    const waiting: (() => void)[] = [];
    let reads = false;
    const stream = Object.assign(
      new Writable({
        write(chunk: Buffer, _encoding, done) {
          stream.text += String(chunk);
          if (reads) done();
          else waiting.push(done);
        },
      }),
      {
        text: '',
        read: () => {
          reads = true;
          for (const done of waiting.splice(0)) done();
        },
      },
    );
    return stream;
  }

  it.each(['endUnread', 'goOnUnread'] as const)(
    '%s: a reader who stands still costs no memory, and is told',
    async (how) => {
      const [stdout, stderr] = [slow(), slow()];
      stderr.read();
      const io = streamIo({
        stdin: new PassThrough(),
        stdout,
        stderr,
        env: {},
        interrupt() {},
        atExit: () => () => {},
      });
      io[how]();
      const line = 'x'.repeat(1024 * 1024 - 1);
      for (let count = 0; count < 100; count++) io.print(line);
      expect(stdout.writableLength).toBeLessThan(20 * 1024 * 1024);
      stdout.read();
      await expect.poll(() => stdout.writableLength).toBe(0);
      io.print('last');
      const taken = stdout.text.length / (line.length + 1);
      expect(stdout.text.endsWith('\nlast\n')).toBe(true);
      expect(stderr.text).toBe(`mctpkit: ${100 - Math.floor(taken)} lines were left out: they were read too slowly\n`);
    },
  );

  it('what has an end is printed whole', () => {
    const stdout = slow();
    const io = streamIo({
      stdin: new PassThrough(),
      stdout,
      stderr: slow(),
      env: {},
      interrupt() {},
      atExit: () => () => {},
    });
    for (let count = 0; count < 40; count++) io.print('x'.repeat(1024 * 1024 - 1));
    expect(stdout.writableLength).toBe(40 * 1024 * 1024);
  });
});

describe('a file that cannot be written', () => {
  it.each(['ping 9', 'sensors 9', 'send 9 GetEndpointID', 'control 9 GetEndpointUUID', 'pdr 9', 'discover'])(
    '%s --capture: told before anything is sent',
    async (verb) => {
      const { code, stdout, stderr } = await mctpkit([...verb.split(' '), '--capture', join(folder, 'no/such')]);
      expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: '' });
      expect(stderr).toMatch(/^mctpkit: .*no\/such cannot be written: no such file or directory\n$/);
    },
  );

  it.skipIf(!existsSync(FULL))('a disk that is full under a capture', async () => {
    const { code, stderr } = await mctpkit(['ping', '9', '-c', '1', '--capture', FULL]);
    expect(code).toBe(EXIT.usage);
    expect(stderr).toBe(`mctpkit: ${FULL} cannot be written: no space left on the device\n`);
  });

  it('the state file of discover and run: told once, and the exit code says it', async () => {
    const config = join(folder, 'state.toml');
    writeFileSync(config, `[bus-owner]\nstate-file = "${folder}/no/state"\n[links.a]\nurl = "bench:"\n`);
    for (const verb of [['discover'], ['run', '--once']]) {
      const { code, stderr } = await mctpkit([...verb, '--config', config]);
      expect(code, verb[0]).toBe(EXIT.refused);
      expect(stderr.match(/state file .*no\/state: no such file or directory/g), verb[0]).toHaveLength(1);
    }
  });

  it('is never an internal error, whoever writes it', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(errorLine(full)).toBe('mctpkit: a file: no space left on the device');
    expect(exitCodeOf(full)).toBe(EXIT.usage);
    const known = Object.assign(new Error(''), { code: 'EACCES', syscall: 'open', path: '/x' });
    expect(errorLine(known)).toBe('mctpkit: /x: permission denied');
    expect(errorLine(new Error('x'))).toMatch(/internal error/);
  });
});

describe('many devices', () => {
  it('sensors --watch with 20 termini: no warning of Node is drawn into the screen', async () => {
    const devices = Array.from({ length: 20 }, (_, index) => {
      const pldm = `[devices.d${index}.pldm]\nentity = "solid state drive"\n[[devices.d${index}.pldm.sensors]]\nid = 1\nname = "T"\nunit = "°C"\nvalue = 40\n`;
      return `[devices.d${index}]\nwire = "bus"\naddress = ${0x20 + index}\n${pldm}`;
    });
    const path = join(folder, 'many.toml');
    writeFileSync(path, `[wires.bus]\nkind = "smbus"\nspeed = 400\nhost = 0x10\n${devices.join('')}`);
    const command = new RunningCommand(['sensors', '--watch', '--json', '--link', `bench:${path}`]);
    await command.line(/d19|"eid":28/);
    expect((await command.stop()).stderr).toBe('');
  });
});

describe('a verb that is done', () => {
  it('capture --discover --for: the process ends when the time is over', () => {
    const path = join(folder, 'done.pcapng');
    const { status, stderr } = spawnSync(
      process.execPath,
      [COMMAND, 'capture', '--discover', '--for', '300ms', '-w', path],
      { encoding: 'utf8', timeout: 100_000 },
    );
    expect(status).toBe(0);
    expect(stderr).toMatch(/ packets, 0 with faults in /);
  });
});

describe('inTurn', () => {
  it('runs every step whatever the others do, and tells the first failure', async () => {
    const done: number[] = [];
    const step = (number: number, fails: boolean) => async () => {
      done.push(number);
      if (fails) throw new Error(`step ${number}`);
    };
    await expect(inTurn([step(1, false), step(2, true), step(3, true), step(4, false)])).rejects.toThrow('step 2');
    expect(done).toEqual([1, 2, 3, 4]);
    await expect(inTurn([])).resolves.toBeUndefined();
  });
});
