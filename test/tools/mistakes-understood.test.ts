/** What people write who come from other tools, and what they are told. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { reportText } from '../../tools/fw/progress-lines.js';
import {
  type JsonRefusals,
  jsonOnce,
  jsonOrText,
  objectOnce,
  repeatedName,
  writtenIn,
} from '../../tools/given-once.js';
import { mctpkit } from '../support/in-process.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-mistakes-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('a link as the system names it', () => {
  it.each([
    ['/dev/ttyUSB0', 'serial:/dev/ttyUSB0'],
    ['ttyUSB0', 'serial:/dev/ttyUSB0'],
    ['/dev/serial/by-id/usb-x', 'serial:/dev/serial/by-id/usb-x'],
    ['/dev/i2c-3', 'i2c:3'],
    ['i2c-3', 'i2c:3'],
    ['mctpi2c0', 'kernel:mctpi2c0'],
  ])('%s', async (written, meant) => {
    const { code, stderr } = await mctpkit(['discover', '--link', written]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `mctpkit: "${written}" is not a link: write ${meant}\n` });
  });
});

it.each([
  ['neighbour', 'neigh'],
  ['addr', 'address'],
  ['monitor', 'capture, listen, or discover --watch'],
  ['scan', 'discover'],
  ['list', 'discover'],
])('the verb %s is called otherwise here', async (word, meant) => {
  const { code, stderr } = await mctpkit([word]);
  expect(code).toBe(2);
  expect(stderr).toBe(`mctpkit: no verb "${word}" (did you mean ${meant}?): mctpkit --help lists them\n`);
});

it.each([
  ['8', []],
  ['9', ['--own-eid', '9']],
])('ping to our own EID %s is wrong usage, and says that it is ours', async (eid, more) => {
  const { code, stdout, stderr } = await mctpkit(['ping', eid, '-c', '1', ...more]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toBe(`mctpkit: EID ${eid} is our own: name another endpoint, or give us another EID with --own-eid\n`);
});

it.each([
  ['--handle', '9999'],
  ['--type', '77'],
])('pdr %s %s: there is none, and the exit code says so', async (...narrow) => {
  const { code, stderr } = await mctpkit(['pdr', '9', ...narrow]);
  expect(code).toBe(1);
  expect(stderr).toBe('no record matches: without --type and --handle all are listed\n');
});

describe('config check', () => {
  it.each([
    ['seriall:/dev/ttyUSB0', /link a: no link kind "seriall" \(did you mean serial\?\)/],
    ['serial:/dev/ttyUSB0?bawd=9600', /link a: .*no option "bawd" for serial/],
    ['i2c:1?address=0x99', /link a: .*address=0x99 is wrong/],
    ['/dev/ttyUSB0', /"\/dev\/ttyUSB0" is not a link: write .*serial:\/dev\/ttyUSB0/],
  ])('reads the kind and the options of %s', async (url, says) => {
    const { code, stderr } = await mctpkit(['config', 'check', file('check.toml', `[links.a]\nurl = "${url}"\n`)]);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('touches no device: one that is not there is right', async () => {
    const path = file('right.toml', '[links.a]\nurl = "serial:/dev/nowhere"\n[links.b]\nurl = "bench:"\n');
    expect(await mctpkit(['config', 'check', path])).toMatchObject({ code: 0, stderr: '' });
  });
});

it('run --link works without a file', async () => {
  const { code, stdout } = await mctpkit(['run', '--link', 'bench:', '--once']);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^bench:smbus0: bus-owner on network 1, EID 8\n/);
});

it('bench --mode send says that nobody here counts what is lost', async () => {
  const { stdout } = await mctpkit(['bench', '9', '--mode', 'send', '--count', '3']);
  expect(stdout).toMatch(/3 sent, loss not counted in /);
});

it('a log whose lines begin with [ is a log, not broken JSON', async () => {
  const path = file('kernel.log', '[   12.345] mctp tx: 01 0a 08 c8 00 80 02\n');
  const { code, stdout, stderr } = await mctpkit(['decode', path]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toContain('GetEndpointID request');
});

it('an update that was cancelled says it once', () => {
  const report = {
    outcome: 'cancelled',
    reason: 'cancelled',
    components: [],
    leftInUpdateMode: false,
    nonFunctioning: 0n,
    served: 0,
    elapsedMs: 1000,
  } as unknown as Parameters<typeof reportText>[0];
  const io = { colours: { bad: (text: string) => text, good: (text: string) => text } } as unknown as Parameters<
    typeof reportText
  >[1];
  expect(reportText(report, io).match(/cancelled/g)).toHaveLength(1);
});

describe('a field which is given twice', () => {
  const TWICE = '{"layer":"control","command":"SetEndpointID","fields":{"operation":0,"eid":9,"eid":10}}';
  it.each<[string, string[], string]>([
    ['control', ['9', 'SetEndpointID', 'operation=set', 'eid=20', 'eid=21'], 'eid'],
    ['pldm', ['9', 'platform', 'GetSensorReading', 'sensorId=1', 'SENSORID=2'], 'sensorId'],
    ['send', ['9', 'SetEndpointID', 'operation=set', 'eid=20', 'eid=21'], 'eid'],
    ['send', ['9', TWICE], 'eid'],
    ['send', ['9', 'SetEndpointID', 'operation={"set":1,"set":2}', 'eid=20'], 'set'],
    ['control', ['9', 'SetEndpointID', 'operation={"set":1,"set":2}', 'eid=20'], 'set'],
    ['pldm', ['9', 'platform', 'SetStateEffecterStates', '21', 'stateField=[{"a":1,"a":2}]'], 'a'],
    ['network', ['set', 'queue=16', 'queue=32'], 'queue'],
  ])('is refused by %s %j', async (verb, args, field) => {
    const { code, stdout, stderr } = await mctpkit([verb, ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(`mctpkit: ${field} is given twice: write it once\n`);
  });

  it.each([
    [
      'fw',
      ['build'],
      'out.pldm',
      '{"PackageHeaderInformation":{"PackageVersionString":"1","PackageVersionString":"2"}}',
    ],
    ['pldm', ['9', 'bios', 'SetBIOSTable', 'string'], '', '{"entries":[{"string":"a","string":"b"}]}'],
    ['pldm', ['9', 'fru', 'SetFRURecordTable'], '', '{"records":[{"recordType":1,"recordType":2}]}'],
  ])('is refused by %s %j in a file', async (verb, args, out, text) => {
    const path = file('twice.json', text);
    const [, name] = /"(\w+)":(?:1|"\w"),/.exec(text)!;
    const words = out === '' ? [`@${path}`] : [path, join(folder, out)];
    const { code, stdout, stderr } = await mctpkit([verb, ...args, ...words]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(`mctpkit: ${path} has "${name}" twice in one object\n`);
  });

  it('is looked for after whether it is JSON, and an object, whoever reads it', () => {
    const said: JsonRefusals = { what: 'it', fail: (message) => new Error(message), twice: (name) => new Error(name) };
    expect(() => objectOnce('{"a":1,"a":2', said)).toThrow('it is not JSON');
    expect(() => objectOnce('[{"a":1,"a":2}]', said)).toThrow('it is not a JSON object');
    expect(() => objectOnce('{"a":1,"a":2}', said)).toThrow(/^a$/);
    expect(() => jsonOnce('[{"a":1,"a":2}]', said)).toThrow(/^a$/);
    expect(() => jsonOnce('[', writtenIn('file'))).toThrow(/^file is not JSON: ./);
    expect(objectOnce('{"a":1}', said)).toEqual({ a: 1 });
    expect(jsonOrText('[')).toBe('[');
  });

  it('is refused by encode, in objects within objects, and not where two objects of a list have it', async () => {
    expect(await mctpkit(['encode', TWICE])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: 'mctpkit: the line has "eid" twice\n',
    });
    expect(repeatedName('{"a":[{"b":"\\"b\\":"},{"b":{"a":1}}],"b" :2}')).toBeUndefined();
    expect(repeatedName('{"a":[{"b":1, "b" :2}]}')).toBe('b');
    expect(repeatedName('{"a":1,"\\u0061":2}')).toBe('a');
    expect(repeatedName(`{"a":"${'00'.repeat(10_000_000)}","a":1}`)).toBe('a');
  });
});

it.each([
  ['smbios', 'SMBIOS data transfer (PLDM type 1)'],
  ['bios', 'BIOS control and configuration (PLDM type 3)'],
  ['rde', 'Redfish device enablement (PLDM type 6)'],
])(
  'pldm 9 %s: a type which the device lacks is a refusal of the device, said as for every type',
  async (word, type) => {
    const { code, stderr } = await mctpkit(['pldm', '9', word]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `mctpkit: EID 9 (bench:smbus0/0x1d) has no ${type}: it has base (0), platform (2), fru (4), firmwareUpdate (5)\n`,
    );
  },
);
