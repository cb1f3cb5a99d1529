/** `mctpkit nvme`, and drives in the other verbs, as people and scripts use them, in virtual time. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../tools/schema/index.js';
import { inVirtualTime } from '../support/auto-clock.js';
import { RunningCommand } from '../support/cli.js';
import { mctpkit, RunningVerb } from '../support/in-process.js';
import { misfits } from '../support/json-schema.js';
import { nullModem } from '../support/null-modem.js';
import { plain } from '../support/terminal.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-nvme-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SERIAL = 'S7A1C5E100001';
/** An image of whole words. */
const IMAGE = join(folder, 'image.bin');
writeFileSync(IMAGE, new Uint8Array(8));
const nvme = (...words: string[]) => mctpkit(['nvme', ...words]);

/** A bench of one drive with these behaviours and keys. */
function benchOf(name: string, behaviours: readonly string[], keys = ''): string {
  const path = join(folder, `${name}.toml`);
  writeFileSync(
    path,
    `[wires.bus]\nkind = "smbus"\nspeed = 400\nhost = 0x10\n[devices.drive]\nwire = "bus"\naddress = 0x1d\n` +
      `behaviours = ${JSON.stringify(behaviours)}\n[devices.drive.nvme]\n${keys}\n`,
  );
  return `bench:${path}`;
}

/** One document that its schema describes. */
function documentOf(text: string, schema = 'nvme'): Record<string, unknown> {
  const value = JSON.parse(text) as Record<string, unknown>;
  expect(misfits(value, SCHEMAS[schema]!)).toEqual([]);
  return value;
}

/** Two channels behind a mux, a drive on each, and one in front of it. */
function muxedBench(): string {
  const path = join(folder, 'muxed.toml');
  const drive = (name: string, wire: string, address: string): string =>
    `[devices.${name}]\nwire = "${wire}"\naddress = ${address}\n[devices.${name}.nvme]\nmodel = "${name}"\n`;
  const mux = '[muxes.mux0]\nwire = "bus"\naddress = 0x70\nchannels = ["bay0", "bay1", "bay2"]\n';
  const drives = drive('trunk', 'bus', '0x20') + drive('left', 'bay0', '0x1d') + drive('right', 'bay1', '0x1d');
  writeFileSync(path, `[wires.bus]\nkind = "smbus"\nspeed = 400\nhost = 0x10\n${mux}${drives}`);
  return `bench:${path}`;
}

describe('drives behind a mux', () => {
  it('are on links of their own, and work like others', async () => {
    const link = muxedBench();
    const list = await nvme('list', '--link', link);
    expect(list).toMatchObject({ code: 0, stderr: '' });
    expect(list.stdout).toMatch(
      /EID 9 \(bench:bus\/0x20\) +trunk .*\nEID 10 \(bench:bay0\/0x1d\) +left .*\n.*bay1\/0x1d\) +right/,
    );
    const found = await mctpkit(['discover', '--link', link]);
    expect(found.stdout).toMatch(
      /bench:bay0 .*\n└─ 10 +0x1d .*\nbench:bay1 .*\n└─ 11 +0x1d .*\nbench:bay2 .*\n└─ no device answers/,
    );
    const watched = await nvme('health', '--watch', '-i', '1s', '-c', '3', '--link', link);
    expect(watched.code).toBe(0);
    expect(watched.stdout.match(/38 °C, 3 % used, good/g)).toHaveLength(3);
    const one = await nvme('identify', 'bench:bay1/0x1d', '--link', link);
    expect(one.stdout).toMatch(/right/);
    const image = await nvme('fw', 'download', '11', IMAGE, '2', '--link', link);
    expect(image.code).toBe(0);
  });
});

describe('nvme list', () => {
  it('shows all drives of the virtual bench', async () => {
    const { code, stdout, stderr } = await nvme('list');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/EID 9 .*Acme NV-3840 +S7A1C5E100001 +1\.4\.2 +3\.84 TB +4\d °C +12 % +good/);
  });

  it('is a document for programs', async () => {
    expect(documentOf((await nvme('list', '--json')).stdout)).toMatchObject({
      action: 'list',
      drives: [{ eid: 9, identity: { serial: SERIAL, capacity: '3840000000000' }, health: { functional: true } }],
    });
  });

  it('says which drive does not speak, and shows the others', async () => {
    const path = join(folder, 'two.toml');
    const device = (name: string, address: string, behaviours: string) =>
      `[devices.${name}]\nwire = "bus"\naddress = ${address}\nbehaviours = ${behaviours}\n[devices.${name}.nvme]\n`;
    const drives = device('a', '0x1d', '["wrongMic"]') + device('b', '0x1e', '[]');
    writeFileSync(path, `[wires.bus]\nkind = "smbus"\nspeed = 400\nhost = 0x10\n${drives}`);
    const { code, stdout, stderr } = await nvme('list', '--link', `bench:${path}`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/0x1e.*good/);
    expect(stderr).toMatch(/^EID 9 \(bench:bus\/0x1d\): SubsystemHealthPoll: no answer in 1 try of 1000 ms\n$/);
  });
});

describe('misbehaviours end in one line and in time', () => {
  it.each([
    ['wrongMic', /no answer in 1 try/],
    ['neverReady(1000)', /still not ready after 30 s/],
    ['wrongSlot', /no answer in 1 try/],
    ['lateReply(3000, 0)', /no answer in 1 try/],
    ['cutNvmeMi(4)', /\S/],
    ['silent', /\S/],
  ])('%s', async (behaviour, line) => {
    const link = benchOf('odd', [behaviour]);
    const { code, stdout, stderr } = await nvme('list', 'bench:bus/0x1d', '--link', link);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(line);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('nvme health', () => {
  it.each([
    ['hotDrive(85)', /temperature beyond its threshold, 85 °C/],
    ['wornDrive(104)', /reliability degraded.*104 % used/],
    ['readOnlyDrive', /read only/],
    ['lowSpare(5)', /spare space low.* 5 % spare/],
  ])('of %s warns, with exit code 1', async (behaviour, text) => {
    const { code, stdout } = await nvme('health', '--link', benchOf('ill', [behaviour]));
    expect(stdout).toMatch(text);
    expect(code).toBe(1);
    const json = await nvme('health', '--json', '--link', benchOf('ill', [behaviour]));
    expect(documentOf(json.stdout)).toMatchObject({ drives: [{ well: false }] });
  });

  it('waits half a minute for a drive which is never ready, and shows the others', async () => {
    const path = join(folder, 'one-never.toml');
    const never = `[devices.never]\nwire = "bus"\naddress = 0x1d\nbehaviours = ["neverReady(1000)"]\n[devices.never.nvme]\n`;
    const good = `[devices.good]\nwire = "bus"\naddress = 0x1e\n[devices.good.nvme]\n`;
    writeFileSync(path, `[wires.bus]\nkind = "smbus"\nspeed = 400\nhost = 0x10\n${never}${good}`);
    const link = ['--link', `bench:${path}`];
    const why = /0x1d\): it is still not ready after 30 s$/m;
    const list = await nvme('list', ...link);
    expect(list.code).toBe(0);
    expect(list.stdout).toMatch(/0x1e\) .*SN-good .*good$/m);
    expect(list.stderr).toMatch(why);
    expect(await nvme('health', ...link)).toMatchObject({ code: 1, stderr: expect.stringMatching(why) });
    const watched = await nvme('health', '--watch', '-i', '1s', '-c', '2', ...link);
    expect(watched.stdout).toMatch(/0x1e\): 38 °C, 3 % used, good/);
    expect(watched.stdout).toMatch(why);
  });

  it('--watch sees a hot drive within one poll', async () => {
    const link = benchOf('hot', ['hotDrive(85, 20)']);
    const { code, stdout } = await nvme('health', '--watch', '-i', '2s', '-c', '20', '--json', '--link', link);
    expect(code).toBe(1);
    const events = stdout.trim().split('\n');
    const seen = events.map((line) => {
      const { time, health } = documentOf(line, 'nvme-event');
      return { at: Date.parse(time as string), hot: (health as { warnings: string[] }).warnings.includes('taut') };
    });
    const first = seen.findIndex(({ hot }) => hot);
    // The drive was switched on before the first poll, so it is hot 20 s after that at the latest.
    expect(seen[first]!.at - seen[0]!.at).toBeLessThanOrEqual(20_000 + 2_100);
    expect(first).toBeGreaterThan(5);
    expect(seen.slice(first).every(({ hot }) => hot)).toBe(true);
  });

  it('--watch asks one short question per interval', async () => {
    const link = benchOf('calm', []);
    const capture = join(folder, 'calm.pcapng');
    await nvme('health', '--watch', '-i', '1s', '-c', '10', '--link', link, '--capture', capture);
    const { stdout } = await mctpkit(['decode', capture, '--json']);
    const { messages } = JSON.parse(stdout) as { messages: { command?: string; kind?: string }[] };
    const asked = (name: string) =>
      messages.filter(({ command, kind }) => command === name && kind === 'request').length;
    expect(asked('SubsystemHealthPoll')).toBe(10);
    expect([asked('GetLogPage'), asked('Identify')]).toEqual([0, 1]);
  });

  it('--watch hears of a change from a drive which has events, and leaves them off', async () => {
    const link = benchOf('telling', ['hotDrive(85, 4)'], 'events = true');
    const capture = join(folder, 'telling.pcapng');
    const words = ['health', '--watch', '-i', '60s', '-c', '2', '--link', link];
    const { stdout } = await nvme(...words, '--capture', capture);
    const [good, tells, hot, ...more] = stdout.trim().split('\n');
    expect(good).toMatch(/ 38 °C, 3 % used, good$/);
    expect(tells).toMatch(/^\d\d:\d\d:\d\d {2}EID 9 \(bench:bus\/0x1d\) tells: temperature, warnings$/);
    expect(hot).toMatch(/ 85 °C, 3 % used, temperature beyond its threshold$/);
    expect(more).toEqual([]);
    const { stdout: decoded } = await mctpkit(['decode', capture, '--json']);
    const { messages } = JSON.parse(decoded) as { messages: { command?: string; kind?: string }[] };
    const commands = messages.filter(({ kind }) => kind !== 'response').map(({ command }) => command);
    const told = commands.indexOf('AsynchronousEvent');
    expect(commands.slice(told, told + 3)).toEqual([
      'AsynchronousEvent',
      'SetAsynchronousEvents',
      'SubsystemHealthPoll',
    ]);
    // On, acknowledged, off.
    expect(commands.filter((command) => command === 'SetAsynchronousEvents')).toHaveLength(3);
    expect(commands.at(-1)).toBe('SetAsynchronousEvents');
    const json = await nvme(...words, '--json');
    const kinds = json.stdout
      .trim()
      .split('\n')
      .map((line) => documentOf(line, 'nvme-event').event);
    expect(kinds).toEqual(['health', 'told', 'health', 'health']);
  });

  it('config shows which events a drive has, and switches them', async () => {
    const link = benchOf('events', [], 'events = true');
    const got = await nvme('config', 'get', '9', '--link', link);
    expect(got.stdout).toMatch(
      /asynchronousEvents +on: none; off: firmwareActivated, temperature, lifeUsed, spare, warnings\n/,
    );
    const set = await nvme('config', 'set', '9', 'asynchronousEvents', 'Temperature,9', '--link', link, '--json');
    expect(documentOf(set.stdout)).toMatchObject({
      values: { asynchronousEvents: 'on: temperature, warnings; off: firmwareActivated, lifeUsed, spare' },
    });
    const refused = await nvme('config', 'set', '9', 'asynchronousEvents', 'pcieLink', '--link', link);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/the drive has no event pcieLink: it has firmwareActivated/);
    const wrong = await nvme('config', 'set', '9', 'asynchronousEvents', 'temprature', '--link', link);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/no event "temprature".*temperature/);
    const old = await nvme('config', 'get', '9', '--link', benchOf('no events', []));
    expect(old.stdout).not.toContain('asynchronousEvents');
  });

  it('--watch --no-events only polls', async () => {
    const link = benchOf('told not to', ['hotDrive(85, 4)'], 'events = true');
    const { stdout } = await nvme('health', '--watch', '-i', '5s', '-c', '3', '--no-events', '--link', link);
    expect(stdout).toContain('85 °C');
    expect(stdout).not.toContain('tells');
  });

  it('--plot and --svg draw temperature and wear', async () => {
    const svg = join(folder, 'health.svg');
    const link = benchOf('plot', ['hotDrive(80, 30)'], 'model = "A <B> & C"\nswing = 5\nperiod = 20');
    const { stdout, stderr } = await nvme('health', '-i', '1s', '-c', '60', '--plot', '--svg', svg, '--link', link);
    expect(stdout).toMatch(/drive +temperature +life used\n.*[▁▂▃▄▅▆▇█]{40} +\d+ to 80 °C +▁{40} +3 %\n$/);
    expect(stderr).toMatch(/saved .*health\.svg/);
    const picture = readFileSync(svg, 'utf8');
    expect(picture.match(/<polyline/g)).toHaveLength(2);
    expect(picture).toContain('warning 70 °C');
    expect(picture).toContain('A &#60;B&#62; &#38; C');
    expect(picture).not.toMatch(/NaN|Infinity|undefined/);
  });

  it('tells a drive which is gone', async () => {
    const link = benchOf('gone', ['resetAfter(12)']);
    const { stdout } = await nvme('health', '-w', '-i', '1s', '-c', '12', '--link', link);
    expect(stdout).toMatch(/no answer/);
  });
});

describe('nvme about one drive', () => {
  it.each([
    [['controllers', '9'], 'controllers'],
    [['identify', '9'], 'identify'],
    [['log', '9', 'smart'], 'log'],
    [['log', '9', 'error'], 'log'],
    [['log', '9', 'firmware'], 'log'],
    [['log', '9', 'sanitize'], 'log'],
    [['log', '9', 'supported'], 'log'],
    [['log', '9', '0x02', '--length', '64'], 'log'],
    [['config', 'get', '9'], 'config'],
    [['config', 'get', '9', 'feature:4'], 'config'],
    [['config', 'set', '9', 'transmissionUnit', '250'], 'config'],
    [['config', 'set', '9', 'smbusFrequency', '1000'], 'config'],
    [['config', 'set', '9', 'healthStatusChange', 'ctemp,cwarn'], 'config'],
    [['vpd', '9'], 'vpd'],
    [['fw', 'list', '9'], 'fw'],
    [['fw', 'commit', '9', '1', '--activate', 'select'], 'commit'],
    [['control', '9', 'pause'], 'control'],
    [['control', '9', 'state'], 'control'],
    [['control', '9', 'abort'], 'control'],
    [['control', '9', 'replay'], 'control'],
    [['raw', '9', '080000010000000000000000000000'], 'raw'],
    [['vpd', 'write', '9', '8', '0102', '--yes', SERIAL], 'done'],
    [['reset', '9', '--yes', SERIAL], 'done'],
    [['shutdown', '9', '--yes', SERIAL], 'done'],
    [['format', '9', '--erase', 'user', '--yes', SERIAL], 'done'],
  ])('%j is shown, and a document', async (words, action) => {
    const text = await nvme(...words);
    expect(text.stderr).toBe('');
    expect(text.code).toBe(0);
    expect(text.stdout).not.toBe('');
    const { code, stdout } = await nvme(...words, '--json');
    expect(code).toBe(0);
    expect(documentOf(stdout)).toMatchObject({ action, eid: 9 });
  });

  it('downloads with progress into a slot, and says where to go on', async () => {
    const path = join(folder, 'firmware.bin');
    writeFileSync(path, Buffer.concat([Buffer.from('2.0.0   '), Buffer.alloc(600_000, 7)]));
    const { code, stdout } = await nvme('fw', 'download', '9', path, '2', '--activate', 'now', '--json');
    expect(code).toBe(0);
    const events = stdout.split('\n').filter((line) => line.startsWith('{"event"'));
    expect(events.length).toBeGreaterThan(2);
    for (const line of events) documentOf(line, 'nvme-event');
    expect(stdout).toContain('"what":"download","bytes":600008');
    // Every line is a document: the commit too.
    expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({ action: 'commit', stored: true });
    const inWords = await nvme('fw', 'download', '9', path, '2');
    expect(inWords.stdout).toMatch(/\d kB\/s\nEID 9 .*: slot 2 has the image, which runs after the next reset\n$/);
    const link = benchOf('flaky', ['resetAfter(30)']);
    const flaky = await nvme('fw', 'download', 'bench:bus/0x1d', path, '--link', link, '-W', '500ms');
    expect(flaky.code).toBe(1);
    expect(flaky.stderr).toMatch(/(\d+) of 600008 bytes are with the drive: go on with --from \1, unless/);
  });

  it('sanitizes only the drive whose serial number was typed', async () => {
    const wrong = await nvme('sanitize', '9', 'crypto', '--yes', 'S7A1C5E100002');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toMatch(/--yes S7A1C5E100002 is not this drive/);
    expect(await nvme('sanitize', '9', 'crypto')).toMatchObject({ code: 2, stdout: '' });
    const { code, stdout } = await nvme('sanitize', '9', 'block', '--yes', SERIAL, '--json');
    expect(code).toBe(0);
    const lines = stdout.trim().split('\n');
    for (const line of lines.slice(0, -1)) documentOf(line, 'nvme-event');
    expect(lines.length).toBeGreaterThan(5);
    expect(documentOf(lines.at(-1)!)).toMatchObject({ action: 'done', what: 'sanitize' });
  });

  it('says what a drive does not have', async () => {
    const link = benchOf('bare', [], 'without = ["sanitize", "controllerHealth", "firmware"]');
    const none = await nvme('sanitize', 'bench:bus/0x1d', 'block', '--link', link, '--yes', 'SN-drive');
    expect(none.code).toBe(1);
    expect(none.stderr).toMatch(/Sanitize .*invalidOpcode/);
    const controllers = await nvme('controllers', 'bench:bus/0x1d', '--link', link);
    expect(controllers).toMatchObject({ code: 0, stderr: 'the drive has no health poll for controllers\n' });
  });

  it.each([
    [['lst'], /nvme cannot "lst" \(did you mean list\?\)/],
    [['log', '9'], /write mctpkit nvme log ADDRESS PAGE/],
    [['log', '9', 'smrt'], /no log page "smrt" \(did you mean smart\?\)/],
    [['config', '9'], /write mctpkit nvme config get/],
    [['config', 'set', '9', 'speed', '1'], /no setting "speed"/],
    [
      ['config', 'set', '9', 'transmissionUnit', '63'],
      /63 is wrong: transmissionUnit, in bytes is a whole number from 64/,
    ],
    [['config', 'set', '9', 'feature:4', 'x'], /x is wrong: feature:4 is a whole number/],
    [['health', '--svg', '/none/h.svg'], /^mctpkit: \/none\/h.svg cannot be written: no such file/],
    [['fw', 'download', '9', '/none'], /cannot be read/],
    [['fw', 'download', '9', IMAGE, '--from', '3'], /multiple of 4/],
    [['identify', '9', 'more'], /one word too many/],
    [['list', '--watch'], /--watch is of nvme health: nvme list does not take it/],
    [['log', '9', 'smart', '--plot'], /--plot is of nvme health/],
    [['health', '--length', '4'], /--length is of nvme log/],
    [['control', '9', 'pose'], /no primitive "pose"/],
    [['raw', '9', '0800'], /7 bytes or more/],
    [['sanitize', '9', 'gently'], /cannot sanitize by "gently"/],
    [['identify'], /which drive\?/],
  ])('%j is wrong usage', async (words, line) => {
    const { code, stdout, stderr } = await nvme(...words);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(line);
  });
});

describe('completion', () => {
  const offered = async (...words: string[]): Promise<string[]> => {
    const { stdout } = await mctpkit(['completion', '--words', '--', 'nvme', ...words]);
    return stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[0]!);
  };

  it('offers actions, links, pages and settings', async () => {
    expect(await offered('s')).toEqual(['sanitize', 'shutdown']);
    expect(await offered('fw', 'd')).toEqual(['download']);
    expect(await offered('log', 'ben')).toContain('bench:');
    expect(await offered('fw', 'commit', '9', '1', '--activate', 's')).toEqual(['store', 'select']);
    expect(await offered('format', '9', '--erase', '')).toEqual(['none', 'user', 'crypto']);
    expect(await offered('log', '9', 's')).toEqual(['smart', 'sanitize', 'supported', 'selfTest']);
    expect(await offered('config', 'set', '9', 't')).toEqual(['transmissionUnit']);
    expect(await offered('config', 'set', 'ben')).toContain('bench:');
  });

  it('knows every action', async () => {
    const { stderr } = await nvme('none');
    const actions = /: use (.*)$/m.exec(stderr)![1]!.split(', ');
    expect(await offered('')).toEqual(actions);
  });
});

describe('the other verbs', () => {
  it('send sets the integrity check, and ends with 1 for a bad status', async () => {
    const poll = await mctpkit(['send', '9', '--type', 'nvmeMi', '080000010000000000000000000000', '--json']);
    expect(poll.code).toBe(0);
    expect(JSON.parse(poll.stdout)).toMatchObject({
      request: { message: expect.stringMatching(/^84080000/), command: 'SubsystemHealthPoll', fields: { micOk: true } },
      answer: { command: 'SubsystemHealthPoll', fields: { status: 0, subsystemHealth: { warnings: [] } } },
    });
    const bad = await mctpkit(['send', '9', '--type', 'nvmeMi', '080000770000000000000000000000']);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/status: 0x03 \(invalidOpcode\)/);
  });

  it('send waits for an answer which needs more time', async () => {
    const link = benchOf('slow', [], 'commitMs = 20000');
    // Firmware Commit: slot 1, activate what is there at the next reset.
    const commit = `10000010${'00'.repeat(39)}11${'00'.repeat(23)}`;
    const words = ['send', 'bench:bus/0x1d', '--link', link, '--type', 'nvmeMi', commit, '--json'];
    const { stdout, code } = await mctpkit(words);
    const { answer, latencyMs } = JSON.parse(stdout) as { answer: { fields: object }; latencyMs: number };
    expect(latencyMs).toBeGreaterThan(20_000);
    // It is stored, and wants a reset: the status of the command is not 0.
    expect(answer.fields).toMatchObject({ status: 0, nvmeStatus: { statusCodeType: 1, statusCode: 0x10 } });
    expect(code).toBe(1);
  });

  it('sensors shows drives, once and again, also where nobody speaks PLDM', async () => {
    const { stdout, code } = await mctpkit(['sensors', '9']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /NVMe drive Acme NV-3840\n +1 +Composite temperature +4\d +°C +normal +warning 70, critical 80/,
    );
    const link = benchOf('alone', ['hotDrive(85, 6)']);
    const watched = await mctpkit(['sensors', '--link', link, '--watch', '-c', '12']);
    expect(watched.stdout).toMatch(/Composite temperature +38 °C +normal\n/);
    expect(watched.stdout).toMatch(/Composite temperature +85 °C +upperCritical\n/);
    expect(watched.stdout).toMatch(/Drive health +Warning: temperature beyond its threshold\n/);
    const json = await mctpkit(['sensors', '--link', link, '--json']);
    expect(documentOf(json.stdout, 'sensors')).toMatchObject({
      termini: [],
      drives: [{ eid: 9, sensors: [{ value: 38 }, { value: 3 }, { value: 100 }, { kind: 'state' }] }],
    });
  });
});

describe('in a terminal', () => {
  const terminal = { columns: 110, rows: 20 };

  it('health --watch stays in place, with sparklines, and leaves the last picture', async () => {
    const finished = await inVirtualTime((clock) => {
      const words = [
        'nvme',
        'health',
        '--plot',
        '-i',
        '1s',
        '-c',
        '30',
        '--link',
        benchOf('tty', ['hotDrive(85, 15)']),
      ];
      return new RunningVerb(words, { clock, terminal }).finished;
    });
    const screens = plain(finished.stdout);
    expect(screens).toMatch(/EID 9 .*38 °C +▁+ +3 % +▁+ +good/);
    expect(screens).toContain('Ctrl-C ends it');
    expect(screens.trimEnd().split('\n').at(-1)).toMatch(/85 °C +▁+█+ +3 % +▁+ +temperature beyond its threshold/);
    expect(finished.code).toBe(1);
  });

  it('keeps the state in a narrow one: sparklines give way', async () => {
    const finished = await inVirtualTime((clock) => {
      const words = ['nvme', 'health', '--plot', '-i', '1s', '-c', '30', '--link', benchOf('narrow', [])];
      return new RunningVerb(words, { clock, terminal: { columns: 80, rows: 20 } }).finished;
    });
    const live = plain(finished.stdout).split('Ctrl-C ends it').slice(0, -1);
    expect(live.length).toBeGreaterThan(5);
    for (const screen of live) expect(screen.trimEnd().split('\n').at(-1)).toMatch(/3 % .*good$/);
  });

  it('says where an interrupted download goes on, and that an interrupted sanitize does', async () => {
    const image = join(folder, 'long.bin');
    writeFileSync(image, new Uint8Array(65_536));
    for (const [words, begun, line] of [
      [
        ['fw', 'download', '9', image],
        /8\.2 kB of/,
        /interrupted: \d+ of 65536 bytes are with the drive: go on with --from \d+/,
      ],
      [['sanitize', '9', 'crypto', '--yes', SERIAL], /sanitize: 0 %/, /interrupted: the drive goes on/],
    ] as const) {
      const finished = await inVirtualTime(async (clock) => {
        const verb = new RunningVerb(['nvme', ...words], { clock, terminal });
        await verb.shows(begun);
        return verb.stop();
      });
      expect(plain(finished.stdout)).toMatch(line);
    }
  });

  it.each([
    [SERIAL, 0, /done \(\d+\.\d s\)/],
    ['yes', 1, /nothing was done/],
    ['', 1, /nothing was done/],
  ])('sanitize asks for the serial number: "%s"', async (typed, code, shows) => {
    const finished = await inVirtualTime(async (clock) => {
      const verb = new RunningVerb(['nvme', 'sanitize', '9', 'crypto'], { clock, terminal });
      await verb.shows(/type its serial number, S7A1C5E100001: /);
      verb.stdin.write(`${typed}\r\n`);
      return verb.finished;
    });
    expect(plain(finished.stdout)).toMatch(shows);
    expect(finished.code).toBe(code);
  });
});

describe('emulate', () => {
  it('is a drive on a serial line, worn by a behaviour', async () => {
    const { ends, close } = await nullModem();
    const link = `serial:${ends[0]}`;
    const emulated = new RunningCommand([
      'emulate',
      '--device',
      'ssd',
      '-b',
      'wornDrive(97)',
      '-b',
      'floodEvents(300)',
      '--link',
      `serial:${ends[1]}`,
    ]);
    try {
      await emulated.line(/Ctrl-C ends it/);
      const { code, stdout, stderr } = await nvme('list', link);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/Acme NV-3840 +S7A1C5E100001 +1\.4\.2 +3\.84 TB +4\d °C +97 % +good/);
      // Long before the next poll would tell.
      const watching = new RunningCommand(['nvme', 'health', link, '--watch', '-i', '60s', '--json']);
      try {
        await watching.line(/"event":"told".*"name":"firmware activated"/);
        await watching.stop();
      } finally {
        watching.child.kill('SIGKILL');
      }
      expect((await emulated.stop()).code).toBe(0);
    } finally {
      emulated.child.kill('SIGKILL');
      await close();
    }
  });
});
