/** An option which would do nothing in a call is refused, for every verb whose options are not for all that it does. */

import { describe, expect, it } from 'vitest';
import { CommandError } from '../../tools/command-error.js';
import { parseArguments } from '../../tools/command-line.js';
import { candidates } from '../../tools/completion/words.js';
import { longFlag, type Verb } from '../../tools/verb.js';
import { VERBS } from '../../tools/verbs.js';
import { mctpkit } from '../support/in-process.js';

const NVME_OWN =
  '--controller --watch --interval --count --plot --svg --no-events --length --port --output --from --part --activate --namespace --lba-format --erase --passes --abrupt --slot --yes';

function besides(all: string, takes: string): string {
  const taken = takes.split(' ');
  return all
    .split(' ')
    .filter((option) => !taken.includes(option))
    .join(' ');
}

/** By verb: calls, each with the options that it refuses. */
const TABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  send: { '9 GetEndpointID': '', '9 GetEndpointID --no-reply': '--timeout --retries', '9 00 --json': '--raw' },
  file: {
    '9 ls': '--offset --length --resume --keep --verify --part-size',
    '9 get a': '--keep --verify',
    '9 put a b': '--length --resume',
  },
  pldm: { '9': '--raw', '9 base': '--raw', '9 base GetTID': '', '9 raw 80 00 04': '--raw', '9 set x 1': '--raw' },
  sensors: { '': '--interval --count --events', '--watch': '' },
  pdr: { '': '', '--json': '--list --records' },
  fw: {
    'inspect f':
      '--link --alone --output --dry-run --yes --force --component --deferred --take-over --transfer-size --journal --timeout --own-eid --assign --capture --config',
    'extract f':
      '--link --alone --json --dry-run --yes --force --component --deferred --take-over --transfer-size --journal --timeout --own-eid --assign --capture --config',
    'build d f':
      '--link --alone --json --output --dry-run --yes --force --component --deferred --take-over --transfer-size --journal --timeout --own-eid --assign --capture --config',
    inventory: '--output --dry-run --yes --force --component --deferred --take-over --transfer-size --journal',
    status: '--output --dry-run --yes --force --component --deferred --take-over --transfer-size --journal',
    'cancel 9': '--output --dry-run --yes --force --component --deferred --take-over --transfer-size --journal',
    'activate 9': '--output --dry-run --yes --force --component --deferred --take-over --transfer-size --journal',
    'update f': '--output',
  },
  nvme: Object.fromEntries(
    Object.entries({
      list: '',
      health: '--watch --plot --svg',
      'health --watch': '--watch --plot --svg --interval --count --no-events',
      'controllers 9': '',
      'identify 9': '--controller',
      'log 9 smart': '--controller --length',
      'config get 9': '--controller --port',
      'vpd 9': '--output',
      'vpd write 9 0 00': '--controller --yes',
      'fw list 9': '--controller',
      'fw download 9 f': '--controller --from --part',
      'fw download 9 f 2': '--controller --from --part --activate',
      'fw commit 9 1': '--controller --activate',
      'sanitize 9 block': '--controller --yes',
      'sanitize 9 overwrite': '--controller --yes --passes',
      'format 9': '--controller --namespace --lba-format --erase --yes',
      'reset 9': '--controller --yes',
      'shutdown 9': '--controller --abrupt --yes',
      'control 9 state': '--slot',
      'raw 9 00': '',
    }).map(([call, takes]) => [call, besides(NVME_OWN, takes)]),
  ),
  spdm: {
    '9': '--listen --connect --once --eid',
    'bridge 9': '--connect --save --eid',
    device: '--listen --save --once --own-eid --capture --config',
  },
  validate: {
    '9': '',
    '--list': '--explain --link --alone --allow --baseline --report --junit --html --own-eid --capture --config',
    '--explain MCTP-CTRL-012':
      '--link --alone --profile --group --allow --baseline --report --junit --html --list --own-eid --capture --config',
  },
  listen: { '': '', '--json': '--verbose' },
  top: { '': '', '--passive': '--sensors --own-eid --assign' },
  decode: { '00': '', '--batch': '--layer --kind --filter --exchanges' },
  emulate: { '': '', '--behaviour list': '--link --device --bench --eid --uuid --speaks --config --vendor' },
  serve: {
    '': '--yes --root',
    '--install': '--name --dir --http --http-token --http-cert --http-key --log --watch --json',
    '--uninstall': '--config --name --dir --http --http-token --http-cert --http-key --log --watch --json',
  },
  network: {
    list: '--link --eid --node --for',
    nodes: '--dir --eid --node --for',
    get: '--dir --eid --node --for',
    'set a=1': '--dir --eid --node --for',
    metrics: '--dir --eid --node --for',
    dump: '--dir --eid --node --for',
    persist: '--dir --eid --node --for',
    tap: '--dir --eid --node --for',
    grab: '--dir --eid --node --for',
    kick: '--dir --eid --node --for',
    events: '--dir --eid',
    trace: '--dir',
  },
  name: {
    '': '--link --alone --own-eid --assign --force',
    list: '--link --alone --own-eid --assign --force',
    'add a 9': '--link --alone --own-eid --assign',
    'remove a': '--link --alone --own-eid --assign --force',
    'resolve a': '--force',
  },
  cable: {
    list: '--with --code --listen --allow --replace --for',
    'pair a': '--code --config',
    'pair a --with h': '--listen --for --config',
  },
  history: { '': '--since --until --points', '9': '', '9 --file f': '--link' },
  events: { '': '', '--file f': '--link' },
  link: { '': '--assign', '--discover': '' },
  address: { '': '--assign', '--discover': '' },
  route: { '': '--assign', '--discover': '' },
  neigh: { '': '--assign', '--discover': '' },
  adapter: {
    '': '--firmware --image --drive',
    show: '--firmware --image --drive',
    test: '--firmware --image --drive',
    flash: '',
  },
  bench: {
    '9': '--every --eid',
    '9 --mode send': '--every --eid --timeout --serve',
    '9 --mode request': '--every --eid --parallel --rate --serve',
    '9 --soak 1h': '--for --eid --serve',
    '--serve':
      '--mode --size --count --for --parallel --rate --timeout --soak --every --report --own-eid --assign --capture --config',
  },
};

/** Verbs all of whose options are for every call. */
const OF_ONE_KIND = ['discover', 'ping', 'control', 'capture', 'encode', 'run', 'config', 'i2c', 'usb', 'join', 'echo'];
/** No actions, or not for people. */
const WITHOUT = ['extcap', 'doctor', 'completion', 'schema', 'version', 'help'];

const words = (call: string): string[] => call.split(' ').filter((word) => word !== '');

/** Something that each option takes. */
const VALUES = ['1', '9', '4096', '1s', 'control', '127.0.0.1:1', 'adapter', 'send', 'info', 'best'];

function withValue({ flags, read }: Verb['options'][string]): string[] {
  if (!flags.includes('<')) return [longFlag(flags)];
  const value = VALUES.find((text) => {
    try {
      read([text]);
      return true;
    } catch {
      return false;
    }
  });
  if (value === undefined) throw new Error(`this test has no value for ${flags}`);
  return [longFlag(flags), value];
}

/** What is said against a call; undefined: nothing. */
function complaint(verb: Verb, args: readonly string[]): string | undefined {
  try {
    parseArguments(verb, args);
    return undefined;
  } catch (error) {
    if (error instanceof CommandError && error.exitCode === 2) return error.message;
    throw error;
  }
}

describe('an option which does nothing in a call', () => {
  it('every verb is looked at', () => {
    const tried = [...Object.keys(TABLE), ...OF_ONE_KIND, ...WITHOUT].sort();
    expect(tried).toEqual(VERBS.map(({ name }) => name).sort());
  });

  it.each(Object.entries(TABLE))('is refused by %s', async (name, calls) => {
    const verb = await VERBS.find((entry) => entry.name === name)!.load();
    const reached = new Set<string>();
    for (const [call, refused] of Object.entries(calls)) {
      const parsed = parseArguments(verb, words(call));
      if ('help' in parsed) throw new Error('no help was asked for');
      for (const action of verb.does!(parsed.args, parsed.options)!) reached.add(action);
      const own = words(call).filter((word) => word.startsWith('--'));
      const refuses = Object.values(verb.options)
        .filter(({ flags }) => !own.includes(longFlag(flags)))
        .filter((option) => complaint(verb, [...words(call), ...withValue(option)]) !== undefined)
        .map(({ flags }) => longFlag(flags));
      expect([call, refuses.sort()]).toEqual([call, words(refused).sort()]);
    }
    const declared = Object.values(verb.options).flatMap(({ actions }) => actions ?? []);
    expect(declared.filter((action) => !reached.has(action))).toEqual([]);
  });

  /** Options that completion offers behind a call. */
  async function offered(name: string, call: string): Promise<string[]> {
    return (await candidates([name, ...words(call), '--'], VERBS)).map(({ word }) => word);
  }

  it.each(Object.entries(TABLE))('completion leaves out nothing that %s takes', async (name, calls) => {
    const { options } = await VERBS.find((entry) => entry.name === name)!.load();
    for (const [call, refused] of Object.entries(calls)) {
      const there = [...words(call), ...words(refused), ...(await offered(name, call))];
      const lost = Object.values(options).filter(({ flags }) => !there.includes(longFlag(flags)));
      expect([call, lost.map(({ flags }) => flags)]).toEqual([call, []]);
    }
  });

  it('is not offered by completion behind the action which refuses it', async () => {
    expect(await offered('fw', 'extract f')).toEqual(['--output', '--help']);
    expect(await offered('adapter', '-l i2c:pico test')).toEqual(['--json', '--help']);
    expect(await offered('file', '9 --timeout 1s ls')).not.toContain('--offset');
    expect(await offered('nvme', 'vpd 9')).not.toContain('--passes');
  });

  it('is offered as long as another word or option may make it of the call', async () => {
    expect(await offered('fw', '')).toContain('--journal');
    expect(await offered('nvme', 'health')).toContain('--interval');
    expect(await offered('sensors', '9')).toContain('--count');
    expect(await offered('history', '')).toContain('--since');
  });

  it.each([...OF_ONE_KIND, ...WITHOUT])('%s has none', async (name) => {
    const verb = await VERBS.find((entry) => entry.name === name)!.load();
    expect(Object.values(verb.options).filter(({ actions }) => actions !== undefined)).toEqual([]);
  });

  it.each([
    [['file', 'bench:serial0', 'ls', '--offset', '3'], '--offset is of file get, put: file ls does not take it'],
    [['fw', 'inspect', 'x', '--component', '2'], '--component is of fw update: fw inspect does not take it'],
    [['sensors', '--interval', '3s'], '--interval goes with --watch'],
    [['spdm', 'bridge', '9', '--save', 'x'], '--save is of spdm ADDRESS: spdm bridge does not take it'],
    [['network', 'list', '--link', 'shared:lab'], /^--link is of network nodes, .*: network list does not take it$/],
    [['bench', '9', '--soak', '1h', '--for', '2h'], '--for does not go with --soak'],
    [['bench', '--serve', '--for', '2h'], '--for does not go with --serve'],
    [['bench', '--serve', '--parallel', '2'], '--parallel does not go with --serve'],
    [['validate', '--list', '--explain', 'MCTP-CTRL-012'], '--list does not go with --explain'],
    [['serve', '--uninstall', '--config', 'x'], '--config does not go with --uninstall'],
    [['pdr', '9', '--list', '--records'], 'use one of --list and --records'],
    [['validate', '9', '--list'], 'no device is asked: leave 9 out, or --list'],
    [['capture', '-w', 'f', '--json'], '--json says how packets are shown: with --write add --print'],
    [['capture', '-w', 'f', '--messages'], '--messages says how packets are shown: with --write add --print'],
  ])('%j', async (args, says) => {
    const { code, stdout, stderr } = await mctpkit(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^mctpkit: .*\n$/);
    expect(stderr.slice('mctpkit: '.length, -1)).toEqual(typeof says === 'string' ? says : expect.stringMatching(says));
  });
});
