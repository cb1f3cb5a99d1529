/**
 * Every command of the types 0, 2, 3 and 4 by its name, through the built command, to a bench device at the other end of a
 * line: one conversation, in which what is set is seen when it is asked for. A command that is declared and not in here
 * fails.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PLDM_TYPE } from '../../pldm/base/index.js';
import { BIOS_TABLE_CODECS } from '../../pldm/bios/index.js';
import { COMMANDS } from '../../pldm/command-registry.js';
import { encodeFruTable } from '../../pldm/fru/index.js';
import { PDR_TYPE, PlatformEventMessage } from '../../pldm/platform/index.js';
import { encode, toHex } from '../../stack/codec/index.js';
import { findPldmCommand, findPldmType } from '../../tools/pldm/find-command.js';
import { RunningCommand } from '../support/cli.js';
import { mctpkit } from '../support/in-process.js';
import { type NullModem, nullModem } from '../support/null-modem.js';

const OK = { response: { completionCode: 0 } };
const FRU_TABLE = toHex(
  encodeFruTable([
    {
      recordSetIdentifier: 2,
      recordType: 'general',
      encodingType: 'ascii',
      fields: [{ type: 4, value: Uint8Array.of(0x53, 0x4e, 0x37) }],
    },
  ]),
);
const STRING_TABLE = toHex(
  encode(BIOS_TABLE_CODECS[0], {
    entries: ['Boot', 'Disk', 'Network'].map((string, stringHandle) => ({ stringHandle, string })),
  }),
);
const ATTRIBUTE_TABLE = toHex(
  encode(BIOS_TABLE_CODECS[1], {
    entries: [
      {
        attributeHandle: 1,
        attributeType: 0,
        attributeNameHandle: 0,
        possibleValuesStringHandles: [1, 2],
        defaultValueStringHandleIndices: [0],
      },
    ],
  }),
);
const VALUE_TABLE = toHex(
  encode(BIOS_TABLE_CODECS[2], {
    entries: [{ attributeHandle: 1, attributeType: 0, currentValueStringHandleIndices: [1] }],
  }),
);
const THRESHOLDS = [
  ...['upperThresholdWarning=450', 'upperThresholdCritical=500', 'upperThresholdFatal=600'],
  ...['lowerThresholdWarning=0', 'lowerThresholdCritical=0', 'lowerThresholdFatal=0'],
];

/** What is typed behind the address, and what the JSON then says. In order: each finds what those before it left. */
const CONVERSATION: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['base GetTID', { response: { tid: 0 } }],
  ['BASE settid 5', { request: { tid: 5 }, ...OK }],
  ['base get-tid', { response: { tid: 5 } }],
  ['base GetPLDMTypes', { response: { types: [0, 2, 3, 4, 5, 7] } }],
  ['base GetPLDMVersion pldmType=2', { response: { versionText: ['1.2.1'] } }],
  ['base GetPLDMCommands 4', { response: { commands: [1, 2, 3, 4] } }],
  ['base SelectPLDMVersion 2', OK],
  ['base NegotiateTransferParameters 256 8100000000000000', { response: { responderPartSize: 1024 } }],
  ['base GetMultipartTransferSupport 7', { response: { commands: [0x20] } }],
  ['fileTransfer DfOpen 5 write', { response: { fileDescriptor: 0 } }],
  ['base MultipartSend 7 0 0 0 4 data=6b3d310a', { response: { nextTransferOperation: 3 } }],
  ['fileTransfer DfClose 0 0', OK],
  ['fileTransfer DfOpen 5 0', { response: { fileDescriptor: 1 } }],
  ['base MultipartReceive 7 firstPart 1 0 4', { response: { transferFlag: 5, data: '6b3d310a' } }],
  ['base MultipartReceive 7 complete 1 0 0', { response: { transferFlag: 8 } }],

  ['platform GetTerminusUID', { response: { uuid: '7a1c5e10-4c2b-11ee-8d07-001b21000007' } }],
  ['platform EventMessageSupported', { response: { synchronyConfigurationSupported: 14 } }],
  ['platform EventMessageBufferSize 256', { response: { terminusMaxBufferSize: 1024 } }],
  ['platform SetEventReceiver enablepolling', OK],
  ['platform GetEventReceiver', { response: { transportProtocolType: 0, eventReceiverAddressInfo: 8 } }],
  ['platform PollForPlatformEventMessage', { response: { completionCode: 0 } }],
  ['platform SetEventReceiver disable', OK],
  ['platform GetSensorReading 3', { meaning: { name: '12 V rail' }, response: { presentState: 1 } }],
  ['platform GetSensorThresholds 2', { meaning: { values: { upperThresholdWarning: '40 °C' } } }],
  [`platform SetSensorThresholds 2 ${THRESHOLDS.join(' ')}`, { request: { sensorDataSize: 3 }, ...OK }],
  ['platform GetSensorThresholds 2', { meaning: { values: { upperThresholdWarning: '45 °C' } } }],
  ['platform RestoreSensorThresholds 2', OK],
  ['platform GetSensorThresholds 2', { meaning: { values: { upperThresholdWarning: '40 °C' } } }],
  ['platform SetSensorHysteresis 2 10', { request: { sensorDataSize: 3, hysteresisValue: 10 }, ...OK }],
  ['platform GetSensorHysteresis 2', { response: { hysteresisValue: 10 } }],
  ['platform SetNumericSensorEnable 2 disabled NoChange', OK],
  ['platform GetSensorReading 2', { response: { sensorOperationalState: 1 } }],
  ['platform RunInitAgent 0 5', OK],
  ['platform GetSensorReading 2', { response: { sensorOperationalState: 0 } }],
  ['platform GetSensorHysteresis 2', { response: { hysteresisValue: 0 } }],
  ['platform InitNumericSensor 2 disabled upperWarning noChange true e001', OK],
  ['platform GetSensorReading 2', { response: { presentState: 8, presentReading: 480 } }],
  ['platform InitNumericSensor 2 enabled normal enable false', OK],
  ['platform SetStateSensorEnables 10 disabled:enableEvents', OK],
  ['platform GetStateSensorReadings 10', { response: { stateField: [{ sensorOpState: 1 }] } }],
  ['platform InitStateSensor 10 enabled:1:noChange', OK],
  ['platform GetStateSensorReading 10', { meaning: { values: { 'Chassis power': 'On' } } }],
  ['platform SetNumericEffecterValue 20 7000', { request: { effecterDataSize: 2, effecterValue: 7000 }, ...OK }],
  ['platform GetNumericEffecterValue 20', { meaning: { values: { presentValue: '7000 RPM' } } }],
  ['platform SetNumericEffecterEnable 20 disabled', OK],
  ['platform GetNumericEffecterValue 20', { response: { effecterOperationalState: 2 } }],
  ['platform SetStateEffecter 21 requestSet:2', OK],
  ['platform GetStateEffecterStates 21', { meaning: { values: { 'Identify LED': 'Asserted' } } }],
  ['platform SetStateEffecterEnables 21 disabled:noChange', OK],
  ['platform GetStateEffecterStates 21', { response: { stateField: [{ effecterOpState: 2 }] } }],
  ['platform GetPDRRepositoryInfo', { response: { recordCount: 23 } }],
  ['platform GetPDRRepositorySignature', OK],
  ['platform GetPDR 3', { recordHandle: 3, fields: { pdrType: 16 } }],
  ['platform GetPDR 3 --raw', { request: { recordHandle: 3, requestCount: 1024 }, response: { transferFlag: 5 } }],
  [
    'platform FindPDR numericEffecter',
    { pdrType: PDR_TYPE.numericEffecter, records: [{ fields: { effecterId: 20 } }] },
  ],

  ['fru GetFruRecordTableMetadata', { response: { totalTableRecords: 1, fruTableMaximumSize: 1024 } }],
  ['fru GetFruRecordTable', { records: [{ recordSetIdentifier: 1 }] }],
  [`fru SetFRURecordTable ${FRU_TABLE}`, OK],
  ['fru GetFRURecordByOption 2', { records: [{ fields: [{ name: 'serialNumber', text: 'SN7' }] }] }],

  ['bios SetDateTime 2026-02-03T10:11:12', { request: { hours: 10, month: 2 }, ...OK }],
  ['bios GetDateTime', { response: { year: 2026, month: 2, day: 3, hours: 10 } }],
  ['bios SetBIOSAttributeCurrentValue BootRetries=5', { attribute: { value: '3', pending: '5' } }],
  ['bios GetBIOSAttributePendingValueByHandle 3', { value: { attributeHandle: 3, currentValue: '5' } }],
  ['bios GetBIOSAttributeCurrentValueByHandle 3', { value: { currentValue: '3' } }],
  [`bios SetBIOSTable string ${STRING_TABLE}`, OK],
  [`bios SetBIOSTable attribute ${ATTRIBUTE_TABLE}`, OK],
  [`bios SetBIOSTable value ${VALUE_TABLE}`, OK],
  ['bios GetBIOSTable AttributeTable', { table: { entries: [{ attributeHandle: 1 }] } }],
  ['bios GetBIOSAttributeCurrentValueByHandle Boot', { value: 'Network' }],
];

const TYPES: readonly number[] = [PLDM_TYPE.base, PLDM_TYPE.platform, PLDM_TYPE.bios, PLDM_TYPE.fru];

describe('every command of base, platform, bios and fru', () => {
  let cable: NullModem;
  let device: RunningCommand;
  let address: string;

  beforeAll(async () => {
    cable = await nullModem();
    device = new RunningCommand(['emulate', '--link', `serial:${cable.ends[0]}`, '--device', 'mcu']);
    address = `serial:${cable.ends[1]}`;
    await device.line(/Ctrl-C/);
  });

  afterAll(async () => {
    await device.stop();
    await cable.close();
  });

  it('is in the conversation', () => {
    const asked = CONVERSATION.map(([words]) => {
      const [type, name] = words.split(' ');
      return findPldmCommand(findPldmType(type!), name!);
    });
    // This one goes the other way: the device sends it, and the last test waits for it.
    const proven = new Set([...asked, PlatformEventMessage]);
    const missing = COMMANDS.filter((command) => TYPES.includes(command.pldmType) && !proven.has(command));
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('is served by the device', async () => {
    const { stdout } = await mctpkit(['pldm', address, 'base', 'GetPLDMCommands', '--json']);
    const { types } = JSON.parse(stdout) as { types: { pldmType: number; commands: string[] }[] };
    const served = types.filter(({ pldmType }) => TYPES.includes(pldmType)).flatMap(({ commands }) => commands);
    const declared = COMMANDS.filter((command) => TYPES.includes(command.pldmType) && command !== PlatformEventMessage);
    expect(served.map((line) => line.split(' ')[1]).sort()).toEqual(declared.map(({ name }) => name).sort());
  });

  it.each(CONVERSATION)('%s', async (words, expected) => {
    const { code, stdout, stderr } = await mctpkit(['pldm', address, ...words.split(' '), '-W', '10000ms', '--json']);
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject(expected);
  });

  it('PlatformEventMessage comes from the device', async () => {
    // The rail swings about 12.04 V: it is critical by and by when that is the limit.
    const limits = ['upperThresholdWarning=0', 'upperThresholdCritical=12045', 'upperThresholdFatal=0'];
    const lower = ['lowerThresholdWarning=0', 'lowerThresholdCritical=11400', 'lowerThresholdFatal=0'];
    const set = await mctpkit(['pldm', address, 'platform', 'SetSensorThresholds', '3', ...limits, ...lower]);
    expect(set).toMatchObject({ code: 0, stderr: '' });
    const watch = new RunningCommand(['sensors', address, '--watch', '--events', 'async', '--assign', '--json']);
    const event = JSON.parse(await watch.line(/"event":"event".*12 V rail/)) as Readonly<Record<string, unknown>>;
    expect(event).toMatchObject({ subject: '12 V rail', fields: { sensorId: 3, sensorEventClass: 2 } });
    expect(await watch.stop()).toMatchObject({ code: 0, stderr: '' });
  });
});
