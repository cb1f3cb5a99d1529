/** Every PLDM command of types 0, 2, 3 and 4 through the built command, in the words of its users, against the bench. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS, PLDM_TYPE } from '../../pldm/index.js';
import { findPldmCommand, findPldmType } from '../../tools/pldm/commands.js';
import { mctpkit, RunningCommand } from '../support/cli.js';
import { nullModem } from '../support/null-modem.js';

const MCU = 'bench:serial0';
const folder = mkdtempSync(join(tmpdir(), 'mctpkit-pldm-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function json(args: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { code, stdout, stderr } = await mctpkit([...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

/** What is written after the address, and what the answer has in it. */
type Row = readonly [type: string, words: readonly string[], answer: Readonly<Record<string, unknown>>];

/** A table of one string, "A". */
const STRING_TABLE = '01000100410000000a337c41';
/** A table of one record with one field: the model "ABC". */
const FRU_TABLE = '010001010102034142430000b2443ae3';
const written = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const STRINGS = written('strings.json', JSON.stringify({ entries: [{ stringHandle: 7, string: 'FanMode' }] }));
const FRU = written('fru.hex', FRU_TABLE);
const SETTINGS = written('settings', 'fan=3\n');

const ROWS: readonly Row[] = [
  ['base', ['GetTID'], { response: { completionCode: 0, tid: 0 } }],
  ['BASE', ['settid', '5'], { request: { tid: 5 }, response: { completionCode: 0 } }],
  ['base', ['GetPLDMTypes'], { response: { types: [0, 2, 3, 4, 5, 7] } }],
  ['base', ['GetPLDMVersion', 'pldmType=2'], { response: { versionText: ['1.2.1'] } }],
  ['base', ['GetPLDMVersion'], { versions: [{ pldmType: 0, versions: ['1.2.0'] }, {}, {}, {}, {}, {}] }],
  ['base', ['GetPLDMCommands', '4'], { response: { commands: [1, 2, 3, 4] } }],
  ['base', ['GetPLDMCommands'], { types: [{ pldmType: 0 }, {}, {}, {}, {}, {}] }],
  ['base', ['GetMultipartTransferSupport', '7'], { response: { commands: [0x20] } }],
  ['base', ['SelectPLDMVersion', '2'], { response: { completionCode: 0 } }],
  ['platform', ['GetTerminusUID'], { response: { uuid: '7a1c5e10-4c2b-11ee-8d07-001b21000007' } }],
  ['platform', ['SetEventReceiver', 'enablepolling'], { response: { completionCode: 0 } }],
  ['platform', ['GetEventReceiver'], { response: { transportProtocolType: 0 } }],
  ['platform', ['EventMessageSupported'], { response: { synchronyConfigurationSupported: 14 } }],
  ['platform', ['EventMessageBufferSize', '256'], { response: { terminusMaxBufferSize: 1024 } }],
  [
    'platform',
    ['PlatformEventMessage', 'tid=1', 'eventClass=sensorEvent', 'eventData=0400010002 01'],
    { request: { eventData: '040001000201' }, response: { platformEventStatus: 4 } },
  ],
  ['platform', ['RunInitAgent', 'initializationAgentRestart', '0'], { response: { completionCode: 0 } }],
  ['platform', ['PollForPlatformEventMessage'], { response: { eventId: 0 } }],
  ['platform', ['GetSensorReading', '3'], { meaning: { name: '12 V rail' }, response: { presentState: 1 } }],
  ['2', ['0x11', 'sensorid=2'], { command: 'GetSensorReading', meaning: { name: 'Inlet temperature' } }],
  ['platform', ['GetSensorReading', 'sensorId=inlet-temperature'], { meaning: { name: 'Inlet temperature' } }],
  ['platform', ['GetSensorThresholds', '2'], { meaning: { values: { upperThresholdWarning: '40 °C' } } }],
  ['platform', ['SetSensorHysteresis', '2', '10'], { request: { sensorDataSize: 3, hysteresisValue: 10 } }],
  ['platform', ['GetSensorHysteresis', '2'], { response: { hysteresisValue: 0 } }],
  [
    'platform',
    [
      'SetSensorThresholds',
      '2',
      ...['upperThresholdWarning=450', 'upperThresholdCritical=500', 'upperThresholdFatal=600'],
      ...['lowerThresholdWarning=0', 'lowerThresholdCritical=0', 'lowerThresholdFatal=0'],
    ],
    { request: { upperThresholdCritical: 500 }, response: { completionCode: 0 } },
  ],
  [
    'platform',
    ['SetSensorThresholds', 'Inlet temperature', 'upperThresholdWarning=410'],
    { request: { sensorId: 2, upperThresholdWarning: 410, upperThresholdCritical: 450 } },
  ],
  ['platform', ['InitStateSensor', '10', 'enabled:1:noChange'], { response: { completionCode: 0 } }],
  ['base', ['NegotiateTransferParameters', '256', '8100000000000000'], { response: { responderPartSize: 1024 } }],
  ['platform', ['InitNumericSensor', '2', 'enabled', 'normal', 'noChange'], { response: { completionCode: 0 } }],
  [
    'platform',
    ['InitNumericSensor', '2', 'disabled', '1', 'disable', 'true', '2a00'],
    { request: { reading: '2a00' } },
  ],
  ['platform', ['RestoreSensorThresholds', '2'], { response: { completionCode: 0 } }],
  ['platform', ['SetNumericSensorEnable', '2', 'disabled', 'NoChange'], { response: { completionCode: 0 } }],
  ['platform', ['SetStateSensorEnables', '10', 'enabled:enableEvents'], { response: { completionCode: 0 } }],
  ['platform', ['GetStateSensorReadings', '10'], { meaning: { values: { 'Chassis power': 'On' } } }],
  ['platform', ['SetNumericEffecterValue', '20', '7000'], { request: { effecterDataSize: 2, effecterValue: 7000 } }],
  ['platform', ['GetNumericEffecterValue', '20'], { meaning: { values: { presentValue: '6000 RPM' } } }],
  ['platform', ['SetNumericEffecterEnable', '20', 'disabled'], { response: { completionCode: 0 } }],
  ['platform', ['SetStateEffecterStates', '21', 'requestSet:2'], { response: { completionCode: 0 } }],
  ['platform', ['SetStateEffecterEnables', '21', 'enabled:noChange'], { response: { completionCode: 0 } }],
  ['platform', ['GetStateEffecterStates', '21'], { meaning: { values: { 'Identify LED': 'Unasserted' } } }],
  ['platform', ['GetPDRRepositoryInfo'], { response: { recordCount: 23 } }],
  ['platform', ['GetPDRRepositorySignature'], { response: { completionCode: 0 } }],
  ['platform', ['GetPDR', '3'], { recordHandle: 3, fields: { pdrType: 16 } }],
  [
    'platform',
    ['FindPDR', 'numericEffecter'],
    { pdrType: 9, records: [{ recordHandle: 12, name: 'numericEffecter' }] },
  ],
  [
    'platform',
    ['FindPDR', 'pdrType=4', 'requestCount=1024'],
    { pdr: { sensorId: 10 }, response: { nextFindHandle: 0 } },
  ],
  ['platform', ['GetPDR'], { info: { recordCount: 23 } }],
  ['platform', ['set', 'fan target', '9000'], { name: 'Fan target', present: 9000 }],
  ['set', ['identify-led=asserted'], { states: [{ presentName: 'Asserted' }] }],
  ['fru', ['GetFruRecordTableMetadata'], { response: { totalTableRecords: 1 } }],
  ['fru', ['GetFruRecordTable'], { records: [{ recordSetIdentifier: 1 }] }],
  ['fru', ['GetFRURecordByOption', '1', '1', '2'], { records: [{ fields: [{ name: 'model', text: 'FanCtl 2' }] }] }],
  ['fru', ['SetFRURecordTable', FRU_TABLE], { response: { nextDataTransferHandle: 0 } }],
  ['fru', ['SetFRURecordTable', `@${FRU}`], { records: [{ fields: [{ name: 'model', text: 'ABC' }] }] }],
  ['bios', ['GetDateTime'], { response: { year: 2026 } }],
  ['bios', ['SetDateTime', '2026-02-03T10:11:12'], { request: { hours: 10, month: 2 } }],
  ['bios', ['GetBIOSTable', 'AttributeTable'], { table: { entries: [{}, {}, {}, {}] } }],
  ['bios', ['GetBIOSAttributeCurrentValueByHandle', 'Hostname'], { value: 'node-1' }],
  ['bios', ['SetBIOSTable', 'string', STRING_TABLE], { response: { nextDataTransferHandle: 0 } }],
  ['bios', ['SetBIOSTable', 'string', `@${STRINGS}`], { tableType: 0, table: { entries: [{ string: 'FanMode' }] } }],
  ['bios', ['GetBIOSAttributePendingValueByHandle', 'BootRetries'], { value: '5' }],
  ['bios', ['GetBIOSAttributePendingValueByHandle', '3'], { value: { currentValue: '5' } }],
  ['bios', ['GetBIOSAttributeCurrentValueByHandle', '3'], { value: { currentValue: '3' } }],
  ['bios', ['SetBIOSAttributeCurrentValue', 'FanMode=quiet'], { attribute: { value: 'Quiet' } }],
  ['raw', ['80', '00', '04'], { response: '00000400bd00000000000000' }],
  ['platform', [], { effecters: [{ name: 'Fan target', present: 6000, unit: 'RPM' }, {}, {}] }],
  ['fru', [], { records: [{}] }],
  ['bios', [], { attributes: [{ name: 'FanMode' }, {}, {}, { readOnly: true }], dateTime: '2026-01-01T00:00:00' }],
];

/** Those that are one step of what another verb does; a capture shows them. */
const STEPS: readonly (readonly [command: string, verb: readonly string[]])[] = [
  ['MultipartReceive', ['file', MCU, 'get', 'boot.log', '-']],
  ['MultipartSend', ['file', MCU, 'put', SETTINGS, '/settings.txt']],
];

function nameOf([type, [word]]: Row): string | undefined {
  if (word === undefined || word === 'set' || type === 'set' || type === 'raw') return undefined;
  return findPldmCommand(findPldmType(type), word).name;
}

describe('every command', () => {
  it('of types 0, 2, 3 and 4 has a row below', () => {
    const types: readonly number[] = [PLDM_TYPE.base, PLDM_TYPE.platform, PLDM_TYPE.bios, PLDM_TYPE.fru];
    const declared = COMMANDS.filter(({ pldmType }) => types.includes(pldmType)).map(({ name }) => name);
    const proven = new Set([...ROWS.map(nameOf), ...STEPS.map(([name]) => name)]);
    expect(declared.filter((name) => !proven.has(name))).toEqual([]);
    expect(declared.length).toBeGreaterThanOrEqual(50);
  });

  it.each(ROWS.map((row) => [row[0], row[1], row[2]] as const))('%s %j', async (type, words, expected) => {
    const [answer, text] = await Promise.all([
      json(['pldm', MCU, type, ...words]),
      mctpkit(['pldm', MCU, type, ...words]),
    ]);
    expect(answer).toMatchObject(expected);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).not.toBe('');
  });

  it.each(STEPS)('%s is a step of %j', async (name, verb) => {
    const capture = join(folder, `${name}.pcapng`);
    expect(await mctpkit([...verb, '--capture', capture])).toMatchObject({ code: 0 });
    const { stdout } = await mctpkit(['decode', capture, '--json', '--filter', `command=${name} kind=response`]);
    const { messages } = JSON.parse(stdout) as { messages: { fields: { completionCode: number } }[] };
    expect(messages.length).toBeGreaterThan(0);
    expect(messages.every(({ fields }) => fields.completionCode === 0)).toBe(true);
  });
});

/** On a line of its own a device is the same one from command to command. */
it('what is set is there for the next command', async () => {
  const cable = await nullModem();
  const device = new RunningCommand(['emulate', '--link', `serial:${cable.ends[0]}`, '--device', 'mcu']);
  await device.line(/Ctrl-C ends it/);
  const at = `serial:${cable.ends[1]}`;
  const ask = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await mctpkit(['pldm', at, ...words, '--json', '-W', '10000']);
    expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: '' });
    return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
  };
  const attributes = [
    {
      attributeHandle: 1,
      attributeType: 0,
      attributeNameHandle: 0,
      possibleValuesStringHandles: [1, 2],
      defaultValueStringHandleIndices: [0],
    },
  ];
  const values = [{ attributeHandle: 1, attributeType: 0, currentValueStringHandleIndices: [1] }];
  const tables = {
    string: ['Mode', 'Slow', 'Fast'].map((string, stringHandle) => ({ stringHandle, string })),
    attribute: attributes,
    value: values,
  };
  try {
    for (const [name, entries] of Object.entries(tables)) {
      await ask('bios', 'SetBIOSTable', name, `@${written(name, JSON.stringify({ entries }))}`);
    }
    expect(await ask('bios')).toMatchObject({ attributes: [{ name: 'Mode', value: 'Fast', defaultValue: 'Slow' }] });
    await ask('platform', 'SetSensorThresholds', 'Inlet temperature', 'upperThresholdWarning=410');
    const limits = () => ask('platform', 'GetSensorThresholds', '2');
    expect(await limits()).toMatchObject({ response: { upperThresholdWarning: 410, upperThresholdCritical: 450 } });
    await ask('platform', 'RunInitAgent', 'systemHardReset', '0');
    expect(await limits()).toMatchObject({ response: { upperThresholdWarning: 400 } });
    await ask('base', 'SetTID', '9');
    expect(await ask('base', 'GetTID')).toMatchObject({ response: { tid: 9 } });
  } finally {
    await device.stop();
    await cable.close();
  }
}, 60_000);
