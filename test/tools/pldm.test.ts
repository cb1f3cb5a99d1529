/** The verbs pldm, sensors and pdr: the virtual bench, and devices that misbehave. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Device, type DeviceApp } from '../../hw-fixtures/index.js';
import { decodeHeader } from '../../pldm/base/index.js';
import { pldmMessages } from '../../pldm/base/pldm-protocol.js';
import { GetPDR, GetPDRRepositoryInfo, GetSensorReading } from '../../pldm/platform/index.js';
import { inVirtualTime } from '../support/auto-clock.js';
import { Cable } from '../support/cable.js';
import type { Finished } from '../support/cli.js';
import { mctpkit, RunningVerb } from '../support/in-process.js';

const MCU = 'bench:serial0';
const SSD = 'bench:smbus0/0x1d';
/** Tables of one entry each: as JSON, and as hex. */
const FOLDER = mkdtempSync(join(tmpdir(), 'mctpkit-tables-'));
const STRINGS = join(FOLDER, 'strings.json');
const FRU = join(FOLDER, 'fru.hex');
writeFileSync(STRINGS, JSON.stringify({ entries: [{ stringHandle: 7, string: 'FanMode' }] }));
writeFileSync(FRU, '010001010102034142430000b2443ae3');
afterAll(() => rmSync(FOLDER, { recursive: true }));

async function json(args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await mctpkit([...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

describe('mctpkit pldm', () => {
  it('shows a terminus at a glance', async () => {
    const { code, stdout } = await mctpkit(['pldm', MCU]);
    expect(code).toBe(0);
    expect(stdout).toContain('no TID assigned, Fan controller');
    expect(stdout).toMatch(/^2 {2}platform +1\.2\.1 +\d+ commands$/m);
    expect(stdout).toContain('Acme Systems FanCtl 2, serial number M7A1C5E100007');
    expect(await json(['pldm', MCU])).toMatchObject({
      target: MCU,
      tid: 0,
      types: [
        { type: 0, name: 'base', versions: ['1.1.0', '1.2.0'] },
        { type: 2 },
        { type: 3 },
        { type: 4 },
        { type: 5 },
        { type: 7 },
      ],
      counts: { numericSensors: 3, stateSensors: 1, numericEffecters: 1, stateEffecters: 2 },
      notes: [],
    });
  });

  it.each<[string, string[], Record<string, unknown>]>([
    ['base', ['GetPLDMVersion'], { versions: [{ pldmType: 0, versions: ['1.1.0', '1.2.0'] }, {}, {}, {}, {}, {}] }],
    ['base', ['GetPLDMCommands'], { types: [{ pldmType: 0 }, {}, {}, {}, {}, {}] }],
    ['2', ['0x11', 'sensorid=2'], { command: 'GetSensorReading', meaning: { name: 'Inlet temperature' } }],
    ['platform', ['GetSensorReading', 'sensorId=inlet-temperature'], { meaning: { name: 'Inlet temperature' } }],
    [
      'platform',
      ['SetSensorThresholds', 'Inlet temperature', 'upperThresholdWarning=410'],
      { request: { sensorId: 2, upperThresholdWarning: 410, upperThresholdCritical: 450 } },
    ],
    ['platform', ['GetPDR'], { info: { recordCount: 23 } }],
    ['bios', ['SetBIOSTable', 'string', `@${STRINGS}`], { tableType: 0, table: { entries: [{ string: 'FanMode' }] } }],
    ['fru', ['SetFRURecordTable', `@${FRU}`], { records: [{ fields: [{ name: 'model', text: 'ABC' }] }] }],
    ['platform', ['FindPDR'], { pdrType: 0, records: { length: 23 } }],
    ['platform', ['findpdr', 'state-effecter'], { records: [{ name: 'stateEffecter' }, { name: 'stateEffecter' }] }],
    ['platform', ['FindPDR', '17'], { records: [] }],
    ['platform', ['set', 'fan target', '9000'], { name: 'Fan target', present: 9000 }],
    ['set', ['identify-led=asserted'], { states: [{ presentName: 'Asserted' }] }],
    ['fru', ['GetFRURecordByOption', '1', '1', '2'], { records: [{ fields: [{ name: 'model', text: 'FanCtl 2' }] }] }],
    ['bios', ['GetBIOSTable', 'StringTable'], { table: { entries: { length: 7 } } }],
    ['bios', ['GetBIOSAttributeCurrentValueByHandle', 'Hostname'], { value: 'node-1' }],
    ['bios', ['SetBIOSAttributeCurrentValue', 'FanMode=quiet'], { attribute: { value: 'Quiet', pending: null } }],
    ['bios', ['SetBIOSAttributeCurrentValue', 'BootRetries=5'], { attribute: { value: '3', pending: '5' } }],
    ['raw', ['80', '00', '04'], { response: '00000400bd00000000000000' }],
    ['platform', [], { effecters: [{ name: 'Fan target', present: 6000, unit: 'RPM' }, {}, {}] }],
    ['fru', [], { records: [{}] }],
    ['bios', [], { attributes: [{ name: 'FanMode' }, {}, {}, { readOnly: true }], dateTime: '2026-01-01T00:00:00' }],
  ])('%s %j', async (type, words, expected) => {
    const [answer, text] = await Promise.all([
      json(['pldm', MCU, type, ...words]),
      mctpkit(['pldm', MCU, type, ...words]),
    ]);
    expect(answer).toMatchObject(expected);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).not.toBe('');
  });

  it.each<[string[], number]>([
    // No device is an event receiver.
    [['platform', 'PlatformEventMessage', 'tid=1', 'eventClass=0', 'eventData=0100010001'], 5],
    [['platform', 'FindPDR', 'parameterFormatNumber=1'], 0x83],
    [['platform', 'RunInitAgent', '0', '1'], 2],
    [['platform', 'InitNumericSensor', '2', 'enabled', 'normal', 'noChange', 'true', '00'], 3],
    [['base', 'MultipartReceive', '7', 'firstPart', '1', '0', '16'], 0x83],
    [['bios', 'SetBIOSTable', 'tableType=string', 'tableData=00'], 0x84],
    [['bios', 'GetBIOSAttributePendingValueByHandle', '3'], 0x88],
    [['fru', 'SetFRURecordTable', 'fruRecordTableData=00'], 0x84],
  ])('%j is refused by the bench', async (words, completionCode) => {
    const { code, stdout } = await mctpkit(['pldm', MCU, ...words, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ response: { completionCode } });
  });

  it('--raw leaves messages as they are', async () => {
    const args = ['pldm', MCU, 'platform', 'GetPDR', '3', '--raw'];
    const answer = await json(args);
    expect(answer).toMatchObject({ request: { recordHandle: 3, requestCount: 1024 }, response: { transferFlag: 5 } });
  });

  it.each<[string[], number, string | RegExp]>([
    [['plat'], 2, /^no PLDM type "plat": known are base, /],
    [['base', 'GetTIDD'], 2, /^no base command "GetTIDD" \(did you mean GetTID\?\)/],
    [['bios', 'GetTID'], 2, 'GetTID is a command of base, not of bios'],
    [['platform', 'GetSensorReading'], 2, 'GetSensorReading needs sensorId: write sensorId=...'],
    [['platform', 'GetSensorReading', 'sensor=1'], 2, /^GetSensorReading has no field "sensor"/],
    [['platform', 'GetSensorReading', 'fanspeeed'], 2, /^no sensor "fanspeeed" \(did you mean Fan speed\?\): it has /],
    [['platform', 'SetEventReceiver', 'enableAsyncKeepAlive'], 2, /^SetEventReceiver needs heartbeatTimer: write hear/],
    [['bios', 'SetBIOSTable', 'string'], 2, /^SetBIOSTable needs a table: write string @FILE/],
    [['bios', 'SetBIOSTable', 'string', '@/no/such'], 2, '/no/such cannot be read: no such file or directory'],
    [['bios', 'SetBIOSTable', 'strng', '@/no/such'], 2, /^"strng" is not a BIOS table: there are string, attribute, /],
    [['fru', 'SetFRURecordTable'], 2, /^SetFRURecordTable needs a table: write @FILE/],
    [['base', 'GetTID', '7'], 2, 'GetTID: "7" is one value too many: it takes none'],
    [['set', 'fan'], 2, /^set needs an effecter and its value/],
    [['set', 'fen target', '1'], 2, /^no effecter "fen target" \(did you mean Fan target\?\)/],
    [['set', 'Fan target', '99999'], 2, 'Fan target: 99999 RPM is not 1000 to 15000'],
    [['bios', 'SetBIOSAttributeCurrentValue', 'BoardRevision=D'], 1, 'the BIOS attribute BoardRevision is read-only'],
    [['bios', 'SetBIOSAttributeCurrentValue', 'FanMode=Loud'], 2, /"Loud" is none of Auto, Quiet, Full$/],
    [['platform', 'GetPDR', '99'], 1, /INVALID_RECORD_HANDLE/],
    [['raw', '8'], 2, /odd number/],
    [['raw', '00', '00', '02'], 2, 'the message is not a request: its first byte is 0x80 or more'],
  ])('%j is refused in one line', async (words, code, line) => {
    const { stderr, ...rest } = await mctpkit(['pldm', MCU, ...words]);
    expect(rest).toMatchObject({ code, stdout: '' });
    expect(stderr).toMatch(/^mctpkit: [^\n]+\n$/);
    const message = stderr.slice('mctpkit: '.length, -1);
    if (typeof line === 'string') expect(message).toBe(line);
    else expect(message).toMatch(line);
  });

  it('a refusal of the device is its completion code, by name', async () => {
    const refused = await mctpkit(['pldm', MCU, 'platform', 'GetSensorReading', '77']);
    expect(refused).toMatchObject({ code: 1, stderr: '' });
    expect(refused.stdout).toMatch(/^GetSensorReading: INVALID_SENSOR_ID \(0x80\), /);
    expect(await mctpkit(['pldm', SSD, 'bios', 'GetDateTime'])).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^GetDateTime: ERROR_INVALID_PLDM_TYPE \(0x20\), /),
    });
  });
});

describe('mctpkit sensors', () => {
  it('reads everybody', async () => {
    const { code, stdout, stderr } = await mctpkit(['sensors']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^ +1 {2}Composite temperature +4\d(\.\d)? +°C +normal +lower critical 0, warning 70/m);
    expect(stdout).toMatch(/^ +2 {2}Link width +16 +lanes +normal$/m);
    expect(stdout).toMatch(/^ +10 {2}Link training +L0 /m);
    expect(stdout).not.toContain('\u001b');
    const { termini } = (await json(['sensors'])) as { termini: { error: unknown; sensors: unknown[] }[] };
    expect(termini).toHaveLength(7);
    for (const { error } of termini) expect(error).toBeNull();
    expect(termini.flatMap(({ sensors }) => sensors)).toContainEqual(
      expect.objectContaining({
        kind: 'numeric',
        name: 'Endurance used',
        value: 12,
        unit: '%',
        presentState: 'normal',
      }),
    );
  });

  it('--watch shows events, pushed and polled, and ends at Ctrl-C in good order', async () => {
    const args = ['sensors', 'bench:smbus0/0x32', '--watch', '--interval', '500ms', '--json'];
    for (const way of ['async', 'poll']) {
      await inVirtualTime(async (clock) => {
        const verb = new RunningVerb([...args, '--events', way], { clock });
        expect(JSON.parse(await verb.line(/"event":"event"/))).toMatchObject({
          subject: 'ASIC temperature',
          what: expect.stringMatching(/^normal -> upperWarning at 7\d °C$/),
          fields: { sensorId: 1, sensorEventClass: 2 },
        });
        expect(await verb.stop()).toMatchObject({ code: 0, stderr: '' });
      });
    }
  });
});

describe('mctpkit pdr', () => {
  it('shows a tree, a list, records, JSON', async () => {
    const tree = await mctpkit(['pdr', MCU]);
    expect(tree.stdout).toContain('├─ Fan controller');
    expect(tree.stdout).toContain('└─ effecter 20  Fan target  1000 to 15000 RPM');
    const list = await mctpkit(['pdr', MCU, '--list']);
    expect(list.stdout.trim().split('\n')).toHaveLength(24);
    const records = await mctpkit(['pdr', MCU, '--type', 'numeric-effecter']);
    expect(records.stdout).toContain('maxSettable: 15000');
    const { termini } = await json(['pdr', MCU]);
    expect(termini).toMatchObject([{ error: null, notes: [], info: { recordCount: 23 } }]);
    expect(await mctpkit(['pdr', MCU, '--type', 'numericsensr'])).toMatchObject({ code: 2, stdout: '' });
  });
});

/** A device of our own at the other end of a line, which answers PLDM with what `answer` makes of it. */
function against(
  answer: (request: Uint8Array) => Uint8Array | undefined,
  runs: readonly (readonly string[])[],
): Promise<Finished[]> {
  const app: DeviceApp = ({ mctp, types }) => {
    types.add(1);
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    socket.onMessage((message) => {
      const bytes = answer(message.payload);
      if (bytes !== undefined) socket.reply(message, bytes).catch(() => {});
    });
    return undefined;
  };
  return inVirtualTime(async (clock) => {
    const cable = new Cable(clock);
    const link = cable.farLink();
    const device = new Device({ name: 'liar', clock, port: { kind: 'link', create: () => link }, apps: [app] });
    await device.powerOn();
    const results: Finished[] = [];
    for (const [verb, ...words] of runs) {
      results.push(await new RunningVerb([verb!, cable.near, ...words], { clock }).finished);
    }
    await device.powerOff();
    await cable.end();
    return results;
  });
}

const HALF_A_READING = (id: number): Uint8Array => Uint8Array.of(id, 2, GetSensorReading.code, 0, 3, 0);

describe('termini that misbehave', () => {
  const info = (id: number): Uint8Array =>
    pldmMessages.encodeResponse(GetPDRRepositoryInfo, id, {
      repositoryState: 0,
      updateTime: '00'.repeat(13),
      oemUpdateTime: '00'.repeat(13),
      recordCount: 2,
      repositorySize: 20,
      largestRecordSize: 10,
      dataTransferHandleTimeout: 0,
    });
  const pdr = (id: number, handle: number, nextRecordHandle: number): Uint8Array =>
    pldmMessages.encodeResponse(GetPDR, id, {
      nextRecordHandle,
      nextDataTransferHandle: 0,
      transferFlag: 'startAndEnd',
      recordData: Uint8Array.of(handle, 0, 0, 0, 1, 200, 0, 0, 0, 0),
    });
  type Script = readonly [string, (message: Uint8Array) => Uint8Array | undefined, RegExp];
  const scripts: readonly Script[] = [
    ['silence', () => undefined, /did not answer/],
    ['errors', (message) => Uint8Array.of(message[0]! & 0x1f, message[1]!, message[2]!, 1), /ERROR \(0x01\)/],
    [
      'half an answer',
      (message) =>
        HALF_A_READING(message[0]! & 0x1f)
          .subarray(0, 4)
          .with(1, message[1]!)
          .with(2, message[2]!),
      /needed, 0 left/,
    ],
    [
      'a chain of records that never ends',
      (message) => {
        const { instanceId, command } = decodeHeader(message);
        if (command === GetPDRRepositoryInfo.code) return info(instanceId);
        if (command !== GetPDR.code) return Uint8Array.of(instanceId, 2, command, 5);
        return message[3] === 0 ? pdr(instanceId, 1, 2) : pdr(instanceId, message[3]!, message[3] === 2 ? 1 : 2);
      },
      /leads back|call themselves/,
    ],
    [
      'answers to other requests',
      (message) => Uint8Array.of((message[0]! + 1) & 0x1f, message[1]!, message[2]!, 0),
      /did not answer/,
    ],
    ['noise', () => Uint8Array.of(0xff, 0xff), /did not answer/],
  ];

  it.each(scripts)('%s', async (_name, answer, complaint) => {
    const runs = [['sensors'], ['pdr'], ['pldm', 'platform']] as const;
    const results = await against(answer, runs);
    for (const { code, stdout, stderr } of results) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^mctpkit: [^\n]+\n$/);
      expect(stderr.match(/memory-\d+:/g)).toHaveLength(1);
      expect(stderr).toMatch(complaint);
      expect(stderr).not.toContain('internal error');
    }
  });

  it('one silent terminus among others costs its own sensors only', async () => {
    const path = join(FOLDER, 'one-silent.toml');
    writeFileSync(
      path,
      [
        '[wires.bus]\nkind = "smbus"\nspeed = 400\nhost = 0x10',
        '[devices.good]\nwire = "bus"\naddress = 0x1d',
        '[devices.good.pldm]\nsensors = [{ id = 1, name = "Warmth", unit = "°C", value = 20 }]',
        '[devices.mute]\nwire = "bus"\naddress = 0x1e\ntypes = [1]\n',
      ].join('\n'),
    );
    const { code, stdout, stderr } = await mctpkit([
      'sensors',
      '--link',
      `bench:${path}`,
      '-W',
      '100ms',
      '--retries',
      '0',
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('Warmth');
    expect(stderr).toMatch(/^EID \d+ \(bench:bus\/0x1e\): [^\n]+\n$/);
  });
});
