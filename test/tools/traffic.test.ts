/** `send`, `listen`, `echo`, `bench` and `emulate`, on the bench and between two processes on a line. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inVirtualTime } from '../support/auto-clock.js';
import { Cable } from '../support/cable.js';
import { RunningCommand } from '../support/cli.js';
import { mctpkit, RunningVerb } from '../support/in-process.js';
import { type NullModem, nullModem } from '../support/null-modem.js';
import { readCapture } from '../support/pcapng-reader.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-traffic-'));
afterAll(() => rmSync(folder, { recursive: true }));

let modem: NullModem;
beforeAll(async () => {
  modem = await nullModem();
});
afterAll(() => modem.close());

/** Both processes may be slow. */
const PATIENT = ['-W', '30s'];

const near = (): string => `serial:${modem.ends[0]}`;
const far = (): string => `serial:${modem.ends[1]}`;

/** A command that runs at the far end while `work`, which may look at it, goes on. */
async function withFarEnd<T>(
  args: readonly string[],
  work: (command: RunningCommand) => Promise<T>,
): Promise<{ result: T; stdout: string; code: number | null }> {
  const command = new RunningCommand([...args, '--link', far()]);
  await command.line(/Ctrl-C ends it|"started"/);
  try {
    const result = await work(command);
    const { stdout, code } = await command.stop();
    return { result, stdout, code };
  } finally {
    command.child.kill('SIGKILL');
  }
}

describe('send', () => {
  it('sends a command by name, and prints its fields', async () => {
    const { code, stdout } = await mctpkit(['send', '9', 'GetEndpointUUID']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sent to EID 9 \(bench:smbus0\/0x[0-9a-f]{2}\): control GetEndpointUUID request #\d+\n/);
    expect(stdout).toMatch(/^ {2}uuid: 7a1c5e10-4c2b-11ee-8d0\d-001b2100000\d$/m);
  });

  it('finds the field values that fit, and hears the device under its new EID', async () => {
    const { code, stdout } = await mctpkit(['send', '9', 'SetEndpointID', 'operation=set', 'eid=33', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      target: expect.stringContaining('EID 9 (bench:smbus0/0x') as unknown,
      request: { command: 'SetEndpointID', fields: { operation: 0, eid: 33 } },
      answer: { source: 33, command: 'SetEndpointID', kind: 'response', fields: { completionCode: 0, eid: 33 } },
      latencyMs: expect.any(Number),
      error: null,
    });
  });

  it('sends hex of any type, and prints the answer as hex', async () => {
    const { stdout } = await mctpkit(['send', '9', '--type', '0x7e', 'cc de f0 01 02', '--raw']);
    expect(stdout).toBe('7eccdef00102\n');
    const whole = await mctpkit(['send', 'bench:smbus0/0x1d', '7eccdef003', '--raw']);
    expect(whole.stdout).toBe('7eccdef003\n');
  });

  it('--no-reply waits for nothing', async () => {
    const { code, stdout } = await mctpkit(['send', '9', '--type', '5', '00', '--no-reply']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^sent to EID 9 .*: SPDM 00\n$/);
  });

  it('takes JSON as decode prints it', async () => {
    const json = '{"layer":"control","command":"GetMessageTypeSupport","fields":{}}';
    const { stdout } = await mctpkit(['send', '9', json]);
    expect(stdout).toContain('  types: 1, 4, 126');
  });

  it('ends with 1 when the device says no', async () => {
    const { code, stdout } = await mctpkit(['send', '9', 'GetVendorDefinedMessageSupport', 'selector=9']);
    expect(code).toBe(1);
    expect(stdout).toContain('ERROR_INVALID_DATA');
  });

  it('gives up after the time that was given', async () => {
    const { code, stdout, stderr } = await mctpkit(['send', '9', '--type', '5', '00', '-W', '100ms', '-r', '1']);
    expect(code).toBe(1);
    expect(stdout).toContain('SPDM 00');
    expect(stderr).toMatch(/^mctpkit: EID 9 on network 1 did not answer within 2\d\d ms \(2 tries\): give it longer/);
    const json = await mctpkit(['send', '9', '--type', '5', '00', '-W', '100ms', '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ answer: null, latencyMs: null, error: { code: 'ETIMEDOUT' } });
  });

  it.each<[string[], string]>([
    [['send', '9'], 'nothing to send: give hex, a JSON object, or a command such as GetEndpointID'],
    [['send', '9', 'GetEndpontUUID'], 'no control command "GetEndpontUUID" (did you mean GetEndpointUUID?)'],
    [['send', '9', 'SetEndpointID', 'eid'], '"eid" is not a field: write name=value'],
    [['send', '9', 'SetEndpointID', 'edi=3'], 'SetEndpointID request: no field "edi" (did you mean eid?)'],
    [['send', '9', 'contrl:GetEndpointID'], 'no commands of "contrl" (did you mean control?): known are control'],
    [
      ['send', '9', '--type', 'plmd', '00'],
      '"plmd" is not a message type (did you mean pldm?): use 0 to 127, or one of',
    ],
    [['send', '9', '{'], 'the message is not JSON'],
    [
      ['send', '9', '--type', '1', '0'],
      'the message has 1 hex digits, an odd number: two make a byte, so one is missing',
    ],
  ])('mctpkit %j', async (args, complaint) => {
    const { code, stdout, stderr } = await mctpkit(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain(`mctpkit: ${complaint}`);
  });
});

describe('listen', () => {
  it('shows what devices say, and what we say with --both', async () => {
    const { code, stdout } = await mctpkit([
      'listen',
      '--discover',
      '--for',
      '1500ms',
      '--both',
      '-f',
      'command=SetEndpointID',
    ]);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(8);
    for (const line of lines)
      expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{6} bench:\w+ (->|<-) \S+ +control SetEndpointID/);
  });

  it('gives a line of JSON per message, and ends after so many', async () => {
    const { code, stdout } = await mctpkit(['listen', '--discover', '-c', '3', '--json', 'control']);
    expect(code).toBe(0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toHaveLength(3);
    expect(events[0]).toMatchObject({
      event: 'message',
      direction: 'rx',
      link: 'bench:smbus0',
      type: 0,
      kind: 'response',
    });
  });

  it('--verbose has a line per field', async () => {
    const { stdout } = await mctpkit(['listen', '--discover', '-c', '1', '-v']);
    expect(stdout).toContain('\n    completionCode: 0 (SUCCESS)\n');
  });

  it('ends with 1 when the messages that were waited for do not come', async () => {
    expect((await mctpkit(['listen', '-c', '1', '--for', '200ms'])).code).toBe(1);
  });
});

describe('on a line between two processes', () => {
  it('echo answers send and ping', async () => {
    const { result, stdout, code } = await withFarEnd(['echo', '--eid', '20'], () =>
      mctpkit(['send', near(), '--type', '0x7e', 'ccdef0aabb', '--raw', ...PATIENT]),
    );
    expect(result.stdout).toBe('7eccdef0aabb\n');
    expect(code).toBe(0);
    expect(stdout).toContain('from 8: cc de f0 aa bb');
    expect(stdout).toContain('1 messages, 5 bytes');
  });

  it('echo --type answers every message of a type', async () => {
    const { result } = await withFarEnd(['echo', '--type', 'nvmeMi', '--json'], () =>
      mctpkit(['send', near(), '--type', '4', '0102', '--raw', ...PATIENT]),
    );
    expect(result.stdout).toBe('040102\n');
  });

  it('emulate --behaviour: a late answer costs a retry, an EID that is refused shows', async () => {
    const late = await inVirtualTime(async (clock) => {
      const cable = new Cable(clock);
      const device = new RunningVerb(['emulate', '-b', 'lateReply(400, 1)', '--link', cable.far], { clock });
      await device.line(/Ctrl-C ends it/);
      const words = ['send', cable.near, 'GetEndpointID', '-W', '150ms', '-r', '3', '--json'];
      const { stdout } = await new RunningVerb(words, { clock }).finished;
      await device.stop();
      await cable.end();
      return JSON.parse(stdout) as { latencyMs: number };
    });
    expect(late).toMatchObject({ answer: { command: 'GetEndpointID' }, error: null });
    // The second try was answered at once, before the late answer.
    expect(late.latencyMs).toBeGreaterThan(150);
    expect(late.latencyMs).toBeLessThan(300);
    const nil = await withFarEnd(['emulate', '--behaviour', 'nilUuid', '--eid', '30', '--json'], () =>
      mctpkit(['send', near(), 'GetEndpointUUID', ...PATIENT]),
    );
    expect(nil.result.stdout).toContain('uuid: 00000000-0000-0000-0000-000000000000');
    expect(nil.stdout).toContain('{"event":"started","device":"ssd","links":');
  });

  it('emulate: bad behaviours are one line', async () => {
    expect(await mctpkit(['emulate', '-l', far(), '-b', 'lateRepyl'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^mctpkit: unknown behaviour "lateRepyl": .*lateReply.*\n$/),
    });
    expect((await mctpkit(['emulate', '--behaviour', 'list'])).stdout).toContain('lateReply(ms = 400, count = 0)');
  });

  it('bench: round trips, a stream, and being asked for one', async () => {
    const { stdout } = await withFarEnd(['bench', '--serve', '--eid', '20', '--json'], async (other) => {
      const echo = await mctpkit(['bench', near(), '-c', '50', '-s', '200', '-p', '4', '--json', ...PATIENT]);
      expect(echo.code).toBe(0);
      expect(JSON.parse(echo.stdout)).toMatchObject({ mode: 'echo', sent: 50, received: 50, lost: 0, invalid: 0 });
      const request = await mctpkit(['bench', near(), '-m', 'request', '-c', '40', '-s', '500', '--json', ...PATIENT]);
      expect(request.code).toBe(0);
      expect(JSON.parse(request.stdout)).toMatchObject({
        mode: 'request',
        received: 40,
        lost: 0,
        invalid: 0,
        receivedBytesPerSecond: expect.any(Number),
      });
      const send = await mctpkit(['bench', near(), '-m', 'send', '-c', '30']);
      expect(send.stdout).toContain('30 sent, loss not counted');
      // The next program would forget what is still under way: a tty that is opened starts empty.
      await other.line(/"event":"data","source":8,"received":30,/);
      expect((await mctpkit(['ping', near(), '-c', '1', ...PATIENT])).code).toBe(0);
    });
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toContainEqual({ event: 'requested', source: 8, size: 500, count: 40 });
    expect(events.at(-1)).toMatchObject({ event: 'ended', received: 30, lost: 0, invalid: 0 });
  });
});

describe('bytes of mctp-bench on the wire', () => {
  it('send: prefix, magic, numbers that wrap, filler; nobody answers', async () => {
    const path = join(folder, 'send.pcapng');
    await withFarEnd(['bench', '--serve', '--eid', '20'], () =>
      mctpkit(['bench', near(), '-m', 'send', '-c', '7', '-s', '12', '--capture', path]),
    );
    const data = readCapture(readFileSync(path)).packets.filter(({ payload }) => payload.slice(8, 10) === '7e');
    // From EID 8 with a tag of its own: TO is set.
    for (const { payload, direction } of data) {
      expect(payload).toMatch(/^01(14|00)08[c-f][89a-f]7eccdef1cabe/);
      expect(direction).toBe('out');
    }
    expect(data.map(({ payload }) => payload.slice(20))).toEqual(
      ['faffffff', 'fbffffff', 'fcffffff', 'fdffffff', 'feffffff', 'ffffffff', '00000000'].map(
        (number) => `${number}090a0b`,
      ),
    );
  });

  it('what asks as mctp-bench does is answered as it answers', async () => {
    const path = join(folder, 'serve.pcapng');
    const { result } = await withFarEnd(['bench', '--serve', '--eid', '20'], async () => {
      const ask = (body: string) =>
        mctpkit(['send', near(), '--type', '0x7e', body, '--raw', '--capture', path, ...PATIENT]);
      return {
        unknown: (await ask('ccdef1dd220105' + '0a000000')).stdout,
        tooSmall: (await ask('ccdef1dd220101' + '0b000000' + '00000000' + '0800' + '0100000000000000')).stdout,
        fine: (await ask('ccdef1dd220101' + '0c000000' + '00000000' + '0a00' + '0100000000000000')).stdout,
        req: (await ask('ccdef0000102')).stdout,
      };
    });
    expect(result).toEqual({
      unknown: '7eccdef1dd2201000a00000002\n',
      tooSmall: '7eccdef1dd2201000b00000003\n',
      fine: '7eccdef1dd2201000c00000000\n',
      req: '7eccdef0000102\n',
    });
  });
});

describe('bench', () => {
  it('reports throughput and a picture of the times', async () => {
    const { code, stdout } = await mctpkit(['bench', '9', '-c', '20', '--size', '10']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^bench echo with EID 9 .*: 10 bytes, 1 at a time\n--- EID 9 .*: 20 sent, 20 received, 0 lost \(0%\) in /,
    );
    expect(stdout).toMatch(
      /messages\/s, \d+\.\d\d kB\/s out, \d+\.\d\d kB\/s in\n {4}round trip, min\/mean\/50%\/90%\/99%\/max/,
    );
    expect(stdout).toMatch(/ms +\d+ +#+/);
  });

  it('soaks with a line per interval and a report that is always there', async () => {
    const path = join(folder, 'soak.json');
    const { code, stdout } = await mctpkit(['bench', '9', '--soak', '1200ms', '--every', '500ms', '--report', path]);
    expect(code).toBe(0);
    expect(stdout.match(/^\d+ s: \d+ sent/gm)?.length).toBeGreaterThanOrEqual(2);
    const report = JSON.parse(readFileSync(path, 'utf8')) as { intervals: unknown[]; sent: number };
    expect(report.intervals.length).toBeGreaterThanOrEqual(2);
    expect(report.sent).toBeGreaterThan(10);
  });

  it('has a report also when it ends before its time: the other end is gone, Ctrl-C', async () => {
    const line = await nullModem();
    const path = join(folder, 'broken.json');
    const other = new RunningCommand(['echo', '--link', `serial:${line.ends[1]}`, '--eid', '20']);
    await other.line(/Ctrl-C ends it/);
    const args = [
      'bench',
      `serial:${line.ends[0]}`,
      '--soak',
      '1h',
      '--every',
      '100ms',
      '-W',
      '200ms',
      '--report',
      path,
    ];
    const soak = new RunningCommand(args);
    try {
      await soak.line(/^\d+ s: \d+ sent/);
      await other.stop();
      await soak.line(/ [1-9]\d* lost/);
      const { code, stdout } = await soak.stop();
      expect(code).toBe(0);
      expect(stdout).toMatch(/--- .* sent, \d+ received, [1-9]\d* lost \([\d.]+%\) in /);
      expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
        mode: 'echo',
        errors: { ETIMEDOUT: expect.any(Number) },
      });
    } finally {
      soak.child.kill('SIGKILL');
      other.child.kill('SIGKILL');
      await line.close();
    }
  });

  it('says how far it is, in a terminal', async () => {
    await inVirtualTime(async (clock) => {
      const verb = new RunningVerb(['bench', '9', '--for', '1500ms'], { clock, terminal: { columns: 80, rows: 24 } });
      await verb.shows(/\d+ \(\d of 2 s\), \d+ messages\/s, 0 lost/);
      expect((await verb.finished).code).toBe(0);
      // The line is gone again.
      expect(verb.output).toContain('0 lost\r\u001b[J');
    });
  });

  it('says when nobody answers, and counts why', async () => {
    const { code, stdout } = await mctpkit(['bench', 'bench:smbus0/0x1d', '-m', 'request', '-W', '100ms']);
    expect({ code, stdout }).toMatchObject({ code: 1 });
    expect((await mctpkit(['bench'])).code).toBe(2);
  });
});

describe('what goes on for long', () => {
  it.each<[string[]]>([
    [['ping', '9', '-c', '14', '-i', '3ms']],
    [['bench', '9', '-c', '14', '--rate', '40']],
    [['bench', '9', '-c', '60', '--parallel', '20']],
  ])('mctpkit %j leaves no listeners behind, of which Node would complain', async (args) => {
    expect(await mctpkit(args)).toMatchObject({ code: 0, stderr: '' });
  });
});
