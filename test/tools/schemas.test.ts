/** Every verb that speaks JSON has a schema, and what it really prints fits. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../tools/schema/index.js';
import { VERBS } from '../../tools/verbs.js';
import { mctpkit, RunningCommand } from '../support/cli.js';
import { misfits } from '../support/json-schema.js';
import { type NullModem, nullModem } from '../support/null-modem.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-schemas-'));
const at = (name: string): string => join(folder, name);
const vectors = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const MCU = 'bench:serial0';

let line: NullModem;
beforeAll(async () => {
  line = await nullModem();
  writeFileSync(at('right.toml'), '[links.a]\nurl = "bench:serial0"\n[devices.nic]\nlink = "a"\neid = 30\n');
  writeFileSync(at('settings'), 'a=1\n');
  writeFileSync(at('mcu.bin'), Buffer.alloc(3000, 7));
  const description = {
    version: '9.0',
    devices: [{ descriptors: [{ type: 'ianaEnterpriseId', data: 412 }], version: '9.1', components: [0] }],
    components: [{ file: 'mcu.bin', identifier: 1, version: '9.1' }],
  };
  writeFileSync(at('package.json'), JSON.stringify(description));
  expect((await mctpkit(['fw', 'build', at('package.json'), at('package.pldm')])).code).toBe(0);
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

interface Said {
  /** Words behind the verb; `@name` is a file of the folder. */
  readonly args: string;
  /** Default 0. */
  readonly codes?: readonly number[];
  /** A document in every line. */
  readonly lines?: true;
}

/** By verb: what is run with --json. A verb in `ELSEWHERE` goes on until it is stopped, or needs what only a board has. */
const TABLE: Readonly<Record<string, readonly Said[]>> = {
  discover: [{ args: '' }],
  ping: [{ args: '9 -c 2 -i 0' }],
  control: [{ args: '9 GetEndpointID' }, { args: '9 GetVendorDefinedMessageSupport selector=9', codes: [1] }],
  send: [{ args: '9 GetEndpointID' }, { args: '9 --type 5 00 -W 50', codes: [1] }],
  file: [
    { args: `${MCU} ls` },
    { args: `${MCU} get boot.log @boot` },
    { args: `${MCU} put @settings /settings.txt --verify` },
  ],
  pldm: [
    '',
    'base GetTID',
    'base GetPLDMVersion',
    'base GetPLDMCommands',
    'platform',
    'platform GetSensorReading sensorId=1',
    'platform GetPDR',
    'platform GetPDR 1',
    'platform FindPDR',
    'set FanTarget 6000',
    'set IdentifyLED 2',
    'platform GetSensorReading sensorId=999',
    'bios',
    'bios GetBIOSTable string',
    'bios GetBIOSTable attribute',
    'bios GetBIOSTable value',
    'fru',
    'fru GetFRURecordTable',
    'fru GetFRURecordByOption recordSetIdentifier=1',
    'firmwareUpdate',
    'raw 80 00 04',
    'raw 80 00 3f',
  ].map((words): Said => ({ args: `${MCU} ${words}`, codes: /999|3f$/.test(words) ? [1] : [0] })),
  sensors: [{ args: '' }, { args: '9 --watch -c 2 -i 100ms', lines: true }],
  pdr: [{ args: '' }, { args: '9 --type numericSensor' }],
  fw: [
    { args: 'inspect @package.pldm' },
    { args: 'inventory' },
    { args: 'status' },
    { args: `cancel ${MCU}`, lines: true },
    { args: `activate ${MCU}`, lines: true, codes: [0, 1] },
    { args: `update @package.pldm ${MCU} --dry-run`, lines: true },
    { args: `update @package.pldm ${MCU} --yes`, lines: true },
  ],
  listen: [{ args: '--discover -c 5', lines: true }],
  top: [
    { args: '-c 2', lines: true },
    { args: '--sensors -c 3 -i 300ms', lines: true },
  ],
  capture: [{ args: '--discover -c 5', lines: true }],
  decode: [
    { args: vectors('recordings/linux-mctpd-bus-owner.json') },
    { args: '7e0107010908c80080020eb37e7e0107010908c80080020eb27e' },
  ],
  link: [{ args: 'show' }],
  address: [{ args: 'show' }],
  route: [{ args: 'show --discover' }],
  neigh: [{ args: 'show --discover' }],
  config: [{ args: 'check @right.toml' }],
  i2c: [{ args: '', codes: [0, 1] }],
  bench: [{ args: '9 -c 5' }],
  doctor: [{ args: '', codes: [0, 1] }],
  version: [{ args: '' }],
};

/** `schema --json` is schemas; `run` has test/tools/run.test.ts. */
const ELSEWHERE = ['schema', 'run', 'join', 'emulate', 'echo'];
const SCHEMA_OF: Readonly<Record<string, string>> = { emulate: 'device', echo: 'device' };

describe('schemas', () => {
  it('every verb with --json has one, and is tried', async () => {
    const verbs = await Promise.all(VERBS.map((entry) => entry.load()));
    const speak = verbs.filter(({ options }) => Object.hasOwn(options, 'json')).map(({ name }) => name);
    expect([...Object.keys(TABLE), ...ELSEWHERE].sort()).toEqual(speak.sort());
    for (const name of speak) {
      if (name !== 'schema') expect(Object.keys(SCHEMAS)).toContain(SCHEMA_OF[name] ?? name);
    }
  });

  it.each(Object.entries(TABLE).flatMap(([verb, runs]) => runs.map((said) => [verb, said.args, said] as const)))(
    '%s %s',
    async (verb, args, { codes = [0], lines }) => {
      const words = args.split(' ').filter((word) => word !== '');
      const result = await mctpkit([verb, ...words.map((word) => word.replace(/^@/, `${folder}/`)), '--json']);
      expect(codes, result.stderr).toContain(result.code);
      expect(result.stdout).not.toBe('');
      const documents = lines === undefined ? [result.stdout] : result.stdout.trim().split('\n');
      for (const text of documents) expect(misfits(JSON.parse(text), SCHEMAS[verb]!)).toEqual([]);
    },
  );

  it.each(['emulate', 'echo'])('%s, until it is stopped', async (verb) => {
    const device = verb === 'emulate' ? ['--device', 'nic'] : [];
    const running = new RunningCommand([verb, '--link', `serial:${line.ends[0]}`, ...device, '--json']);
    await running.line(/"started"/);
    const { stdout } = await running.stop();
    for (const text of stdout.trim().split('\n')) expect(misfits(JSON.parse(text), SCHEMAS.device!)).toEqual([]);
  });

  it('are printed, one or all', async () => {
    expect(JSON.parse((await mctpkit(['schema', 'discover'])).stdout)).toEqual(SCHEMAS.discover);
    expect(JSON.parse((await mctpkit(['schema', '--json'])).stdout)).toEqual(SCHEMAS);
    expect((await mctpkit(['schema', 'dicsover'])).stderr).toContain('did you mean discover?');
  });

  it('the tester finds what does not fit', () => {
    expect(misfits({ mctpkit: 1 }, SCHEMAS.version!)).toEqual(['$ has no node', '$.mctpkit is 1, not of type string']);
    expect(misfits({ event: 'fault', timeUs: 1, link: 'a', fault: 'b', hex: 'zz' }, SCHEMAS.listen!)).toHaveLength(1);
    expect(misfits({ target: 'a', identifier: 1, path: '/a' }, SCHEMAS.file!)).toHaveLength(1);
  });
});
