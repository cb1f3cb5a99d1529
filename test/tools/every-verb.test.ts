/** Every verb as somebody at a terminal of 80 columns runs it: what shows, how it ends, what it leaves behind. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../bindings/system-clock.js';
import type { Clock } from '../../stack/clock.js';
import { VERBS } from '../../tools/verbs.js';
import { inVirtualTime } from '../support/auto-clock.js';
import { RunningVerb } from '../support/in-process.js';
import { type NullModem, nullModem } from '../support/null-modem.js';
import { plain, TerminalRun } from '../support/terminal.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-verbs-'));
let line: NullModem;
beforeAll(async () => {
  line = await nullModem();
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

interface AtTheTerminal {
  /** Words of the command line; `LINE` is a serial line, `FILE` a file with `text`. */
  readonly args: readonly string[];
  readonly text?: string;
  readonly shows: RegExp;
  /** Typed once that shows. */
  readonly keys?: string;
  /** Default 0; several where it depends on the machine. */
  readonly codes?: readonly number[];
  /** It has something to colour. */
  readonly colours?: boolean;
}

const SIZE = { columns: 80, rows: 24 };
const CTRL_C = '\u0003';
const CABLES = '[cables.desk]\nconnect = ["192.0.2.7:6287"]\nreceive = ["control"]\nsend = "any"\n';
const CONFIG = '[links.a]\nurl = "bench:serial0"\n';

const TABLE: Readonly<Record<string, AtTheTerminal>> = {
  discover: { args: [], shows: /7 endpoints, 1 of them a bridge, on 2 links/, colours: true },
  ping: { args: ['9', '-c', '2', '-i', '10ms'], shows: /2 sent, 2 received, 0% loss/ },
  control: { args: ['9', 'GetEndpointID'], shows: /eid: 9/ },
  send: { args: ['9', '--type', '0x7e', 'ccdef00001'], shows: /ccdef00001|cc de f0 00 01/ },
  file: { args: ['bench:serial0', 'ls'], shows: /boot\.log/ },
  pldm: { args: ['9', 'base', 'GetTID'], shows: /tid: \d+/ },
  sensors: { args: ['9'], shows: /°C/, colours: true },
  pdr: { args: ['9'], shows: /Composite temperature/ },
  fw: { args: ['inventory'], shows: /\d+\.\d+/ },
  nvme: { args: ['list'], shows: /Acme NV-3840.*good/, colours: true },
  spdm: { args: ['bridge', '9', '--listen', '127.0.0.1:0'], shows: /Ctrl-C ends it/, keys: CTRL_C },
  listen: { args: ['--discover', '--both', '--for', '300ms'], shows: /SetEndpointID/, colours: true },
  top: { args: ['-i', '200ms'], shows: /bench:smbus0[\s\S]*EID/i, keys: 'q', colours: true },
  capture: { args: ['--discover', '--for', '300ms'], shows: /8>0x1d SET seq 0/ },
  decode: { args: ['--layer', 'control', '008002'], shows: /GetEndpointID/, colours: true },
  encode: {
    args: ['{"layer":"control","command":"GetEndpointID","kind":"request","instanceId":0,"fields":{}}'],
    shows: /008002/,
  },
  serve: { args: ['--link', 'bench:serial0', '--dir', folder], shows: /lab: ready in/, keys: CTRL_C },
  name: { args: ['resolve', '9'], shows: /EID 9 \(bench:smbus0\/0x1d\), UUID/ },
  network: { args: ['list', '--dir', '/nowhere'], shows: /no network is served in/, codes: [1] },
  cable: {
    args: ['list', '--config', 'FILE'],
    text: CABLES,
    shows: /cable:desk +192\.0\.2\.7:6287 +receives control; sends any/,
  },
  history: { args: ['--file', '/nowhere/h.db'], shows: /there is no history/, codes: [2] },
  events: { args: ['--file', '/nowhere/h.db'], shows: /there is no history/, codes: [2] },
  emulate: { args: ['--link', 'LINE', '--device', 'nic'], shows: /Ctrl-C ends it/, keys: CTRL_C },
  run: { args: ['--config', 'FILE'], text: CONFIG, shows: /appeared +EID 9/, keys: CTRL_C },
  link: { args: ['show'], shows: /dev bench:smbus0 address 0x10 net 1 mtu 68 up/ },
  address: { args: ['show'], shows: /eid 8 net 1 dev bench:smbus0/ },
  route: { args: ['show', '--discover'], shows: /eid min 9 max 9 net 1 dev bench:smbus0/ },
  neigh: { args: ['show', '--discover'], shows: /eid 9 net 1 dev bench:smbus0 lladdr 0x1d/ },
  config: { args: ['check', 'FILE'], text: CONFIG, shows: /is right/ },
  adapter: { args: [], shows: /Pico adapter|firmware/, codes: [0, 1] },
  i2c: { args: [], shows: /i2c/i, codes: [0, 1] },
  usb: { args: [], shows: /usb/i, codes: [0, 1] },
  join: { args: ['--link', 'LINE'], shows: /^mctpkit: .*(kernel|root|MCTP).*$/m, codes: [2] },
  echo: { args: ['--link', 'LINE'], shows: /Ctrl-C ends it/, keys: CTRL_C },
  bench: { args: ['9', '-c', '30'], shows: /30 sent, 30 received, 0 lost/, colours: true },
  extcap: { args: ['--extcap-interfaces'], shows: /interface \{value=mctpkit_bench/ },
  validate: { args: ['--list'], shows: /MCTP-CTRL-018/, colours: true },
  doctor: { args: [], shows: /Node/, codes: [0, 1], colours: true },
  completion: { args: ['fish'], shows: /complete -c mctpkit/ },
  schema: { args: ['discover'], shows: /"\$schema"/ },
  version: { args: [], shows: /\d+\.\d+\.\d+/ },
  help: { args: ['ping'], shows: /--interval/ },
};

const SGR = '\u001b[';

describe('at a terminal', () => {
  it('every verb is tried', () => {
    expect(Object.keys(TABLE).sort()).toEqual(VERBS.map(({ name }) => name).sort());
  });

  it.each(Object.entries(TABLE))('%s', async (verb, tried) => {
    for (const noColour of tried.colours === true ? [false, true] : [true]) {
      const { output, code } = await atTheTerminal(verb, tried, noColour ? { NO_COLOR: '1' } : {});
      expect(tried.codes ?? [0], output).toContain(code);
      expect(output).not.toMatch(/\n {4}at |internal error|\[object Object\]|undefined|NaN/);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is looked for
      expect([noColour, /\u001b\[[0-9;]*m/.test(output)]).toEqual([noColour, !noColour]);
      for (const [begun, ended] of [
        ['?25l', '?25h'],
        ['?1049h', '?1049l'],
      ] as const) {
        expect(output.lastIndexOf(SGR + ended)).toBeGreaterThanOrEqual(output.lastIndexOf(SGR + begun));
      }
    }
  });
});

it('the general help has lines of the 80 columns, and names every verb', async () => {
  for (const words of [['--help'], ['help']]) {
    const verb = new RunningVerb(words, { terminal: SIZE });
    expect((await verb.finished).code).toBe(0);
    const lines = plain(verb.output).split(/\r?\n/);
    expect(lines.filter((line) => line.length > SIZE.columns)).toEqual([]);
    const named = lines.flatMap((line) => /^ {2}([a-z0-9]+) /.exec(line)?.[1] ?? []);
    expect(named).toEqual(VERBS.map(({ name }) => name));
  }
});

it.each(VERBS.map(({ name }) => name))(
  'the help of %s has lines of the 80 columns, its command lines aside',
  async (name) => {
    for (const words of [
      [name, '--help'],
      ['help', name],
    ]) {
      const verb = new RunningVerb(words, { terminal: SIZE });
      expect((await verb.finished).code).toBe(0);
      const lines = plain(verb.output).split(/\r?\n/);
      expect(lines.filter((line) => line.length > SIZE.columns && !line.startsWith('  mctpkit '))).toEqual([]);
    }
  },
);

/** At a real terminal: keys, Ctrl-C, colours, and a terminal that is given back. */
const AT_A_REAL_TERMINAL = ['discover', 'top', 'emulate', 'version'];

async function atTheTerminal(
  verb: string,
  { args, text, shows, keys }: AtTheTerminal,
  env: Readonly<Record<string, string>>,
): Promise<{ output: string; code: number | null }> {
  const path = join(folder, 'file.toml');
  if (text !== undefined) writeFileSync(path, text);
  const words = [verb, ...args.map((word) => ({ LINE: `serial:${line.ends[0]}`, FILE: path })[word] ?? word)];
  if (AT_A_REAL_TERMINAL.includes(verb)) return inAProcess(words, shows, keys, env);
  const work = (clock: Clock) => inThisProcess(new RunningVerb(words, { clock, terminal: SIZE, env }), shows, keys);
  return args.includes('LINE') ? work(systemClock) : inVirtualTime(work);
}

async function inThisProcess(verb: RunningVerb, shows: RegExp, keys: string | undefined) {
  if (keys !== undefined) {
    await verb.shows(shows);
    if (keys === CTRL_C) await verb.stop();
    else verb.stdin.write(keys);
  }
  const { code } = await verb.finished;
  expect(plain(verb.output)).toMatch(shows);
  return { output: verb.output, code };
}

async function inAProcess(
  words: readonly string[],
  shows: RegExp,
  keys: string | undefined,
  env: Readonly<Record<string, string>>,
) {
  // `top` reads its keys itself; elsewhere Ctrl-C is a matter of the terminal.
  const run = await TerminalRun.start(words, { ...SIZE, cooked: keys === CTRL_C, env });
  try {
    await run.shows(shows);
    if (keys !== undefined) run.type(keys);
    const { code } = await run.finished;
    expect(plain(run.output)).toMatch(shows);
    return { output: run.output, code };
  } finally {
    await run.close();
  }
}
