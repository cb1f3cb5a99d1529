/** Tables that a requester brings: SetBIOSTable and SetFRURecordTable, whole and in parts, and what is refused. */

import { describe, expect, it } from 'vitest';
import {
  ATTRIBUTE_TYPE,
  BIOS_TABLE,
  BiosAttributes,
  biosAttributeTable,
  biosStringTable,
  biosValueTable,
  FruData,
  type FruRecordInput,
  GetBIOSTable,
  GetFRURecordTableMetadata,
  type PldmTerminus,
  SetBIOSTable,
  SetFRURecordTable,
  type TerminusDescription,
} from '../../pldm/index.js';
import { encode } from '../../stack/codec/index.js';
import { settle, settleError } from '../support/virtual-time.js';
import { description, deviceState } from './device.js';
import { World } from './world.js';

async function scene(more: (base: TerminusDescription) => Partial<TerminusDescription>) {
  const world = await World.make();
  const base = description(deviceState());
  const device: PldmTerminus = await world.terminus(9, { ...base, ...more(base) });
  const terminus = world.at(9);
  return {
    device,
    terminus,
    run: <T>(promise: Promise<T>): Promise<T> => settle(world.clock, promise),
    fails: (promise: Promise<unknown>) =>
      settleError(world.clock, promise) as Promise<Error & { completionCodeName?: string }>,
  };
}

const STRINGS = ['Mode', 'Slow', 'Fast', 'Level'].map((string, stringHandle) => ({ stringHandle, string }));
const ATTRIBUTES = [
  {
    attributeHandle: 10,
    attributeType: ATTRIBUTE_TYPE.enumeration,
    attributeNameHandle: 0,
    possibleValuesStringHandles: [1, 2],
    defaultValueStringHandleIndices: [0],
  },
  {
    attributeHandle: 11,
    attributeType: ATTRIBUTE_TYPE.integer,
    attributeNameHandle: 3,
    lowerBound: 0n,
    upperBound: 9n,
    scalarIncrement: 1,
    defaultValue: 4n,
  },
];
const VALUES = [
  { attributeHandle: 10, attributeType: ATTRIBUTE_TYPE.enumeration, currentValueStringHandleIndices: [1] },
  { attributeHandle: 11, attributeType: ATTRIBUTE_TYPE.integer, currentValue: 7n },
];
const strings = (entries: readonly object[] = STRINGS) => encode(biosStringTable, { entries: entries as never });
const attributes = (entries: readonly object[] = ATTRIBUTES) =>
  encode(biosAttributeTable, { entries: entries as never });
const values = (entries: readonly object[] = VALUES) => encode(biosValueTable, { entries: entries as never });

describe('SetBIOSTable', () => {
  const settable = (more: object = {}) =>
    scene(({ bios }) => ({
      bios: { ...bios!, tableMaximumSize: 512, ...more } as TerminusDescription['bios'] & object,
    }));

  it('replaces strings, attributes and values, in this order, in parts of any size', async () => {
    const replaced: number[] = [];
    const changed: number[] = [];
    const { terminus, run, device } = await settable({
      onTable: (tableType: number) => replaced.push(tableType),
      onChange: (value: { attributeHandle: number }) => changed.push(value.attributeHandle),
    });
    const bios = new BiosAttributes(terminus);
    await run(bios.writeTable(BIOS_TABLE.string, strings(), { partSize: 7 }));
    await run(bios.writeTable(BIOS_TABLE.attribute, attributes(), { partSize: 20 }));
    await run(bios.writeTable(BIOS_TABLE.value, values()));
    await run(bios.download());
    expect([...bios.attributes.values()].map(({ name, value }) => [name, value])).toEqual([
      ['Mode', 'Fast'],
      ['Level', 7n],
    ]);
    expect(replaced).toEqual([0, 1, 2]);
    expect(changed).toEqual([10, 11]);
    await run(bios.set('Level', 2));
    expect(device.bios!.pending.get(11)).toMatchObject({ currentValue: 2n });
    await run(bios.writeTable(BIOS_TABLE.pendingValue, values([{ ...VALUES[1]!, currentValue: 3n }])));
    await run(bios.download());
    expect(bios.attributes.get('Level')).toMatchObject({ value: 7n, pending: 3n });
  });

  it('takes away what stood on the table that is replaced', async () => {
    const { terminus, run, fails } = await settable();
    const bios = new BiosAttributes(terminus);
    await run(bios.writeTable(BIOS_TABLE.string, strings()));
    for (const tableType of [BIOS_TABLE.attribute, BIOS_TABLE.value, BIOS_TABLE.pendingValue]) {
      expect((await fails(bios.table(tableType))).completionCodeName).toBe('BIOS_TABLE_UNAVAILABLE');
    }
  });

  it.each<[string, number, () => Uint8Array, string]>([
    ['a damaged table', 0, () => strings().with(3, 9), 'INVALID_BIOS_TABLE_DATA_INTEGRITY_CHECK'],
    ['too short a table', 0, () => new Uint8Array(3), 'INVALID_BIOS_TABLE_DATA_INTEGRITY_CHECK'],
    ['two strings of one handle', 0, () => strings([STRINGS[0]!, STRINGS[0]!]), 'ERROR_INVALID_DATA'],
    ['a table that is larger than it may be', 0, () => new Uint8Array(516), 'ERROR_INVALID_DATA'],
    [
      'a name that is no string',
      1,
      () => attributes([{ ...ATTRIBUTES[1]!, attributeNameHandle: 99 }]),
      'ERROR_INVALID_DATA',
    ],
    ['a default out of bounds', 1, () => attributes([{ ...ATTRIBUTES[1]!, defaultValue: 10n }]), 'ERROR_INVALID_DATA'],
    [
      'a possible value that is no string',
      1,
      () => attributes([{ ...ATTRIBUTES[0]!, possibleValuesStringHandles: [1, 99] }]),
      'ERROR_INVALID_DATA',
    ],
    ['values of unknown attributes', 2, () => values(), 'ERROR_INVALID_DATA'],
    ['strings for attributes', 1, () => strings(), 'ERROR_INVALID_DATA'],
    [
      'a pending value of what is read-only',
      3,
      () => values([{ attributeHandle: 4, attributeType: ATTRIBUTE_TYPE.stringReadOnly, currentString: 'X' }]),
      'ERROR_INVALID_DATA',
    ],
    ['a table there is not', 4, () => strings(), 'INVALID_BIOS_TABLE_TYPE'],
  ])('refuses %s, and leaves everything as it was', async (_what, tableType, table, code) => {
    const { terminus, run, fails } = await settable();
    const bios = new BiosAttributes(terminus);
    const before = await run(bios.table(BIOS_TABLE.attribute));
    expect((await fails(bios.writeTable(tableType, table()))).completionCodeName).toBe(code);
    expect(await run(bios.table(BIOS_TABLE.attribute))).toEqual(before);
    await run(bios.download());
    expect(bios.attributes.get('FanMode')!.value).toBe('Full');
  });

  it('parts of two tables do not mix, nor do wrong handles pass', async () => {
    const { terminus, fails, run } = await settable();
    const part = (tableType: number, transferFlag: number, dataTransferHandle: number) =>
      terminus.call(SetBIOSTable, { tableType, transferFlag, dataTransferHandle, tableData: strings().subarray(0, 8) });
    expect(await run(part(0, 1, 0))).toMatchObject({ nextDataTransferHandle: 8 });
    expect((await fails(part(1, 4, 8))).completionCodeName).toBe('INVALID_TRANSFER_FLAG');
    expect((await fails(part(0, 2, 9))).completionCodeName).toBe('INVALID_DATA_TRANSFER_HANDLE');
  });

  it('is not supported unless the description says so', async () => {
    const { terminus, fails, run } = await scene(() => ({}));
    const error = await fails(new BiosAttributes(terminus).writeTable(0, strings()));
    expect(error.completionCodeName).toBe('ERROR_UNSUPPORTED_PLDM_CMD');
    await run(terminus.discover());
    expect(terminus.supports(SetBIOSTable)).toBe(false);
    expect(terminus.supports(GetBIOSTable)).toBe(true);
  });

  it('brings attributes to a device that has none', async () => {
    const { terminus, run, fails } = await settable({ strings: [], attributes: [], values: [] });
    const bios = new BiosAttributes(terminus);
    expect((await fails(bios.download())).completionCodeName).toBe('BIOS_TABLE_UNAVAILABLE');
    await run(bios.writeTable(BIOS_TABLE.string, strings()));
    await run(bios.writeTable(BIOS_TABLE.attribute, attributes()));
    await run(bios.download());
    expect(bios.attributes.get('Mode')).toMatchObject({ value: undefined, defaultValue: 'Slow' });
  });
});

describe('SetFRURecordTable', () => {
  const record = (text: string): FruRecordInput => ({
    recordSetIdentifier: 3,
    recordType: 'general',
    encodingType: 'ascii',
    fields: [{ type: 2, value: new TextEncoder().encode(text) }],
  });

  it('replaces the table as far as fruTableMaximumSize goes', async () => {
    const { terminus, run, fails } = await scene(() => ({ fruTableMaximumSize: 60 }));
    const fru = new FruData(terminus);
    expect(await run(terminus.call(GetFRURecordTableMetadata, {}))).toMatchObject({ fruTableMaximumSize: 60 });
    await run(fru.write([record('Model A'), record('B')], { partSize: 9 }));
    await run(fru.download());
    expect(fru.fields(3)).toEqual({ model: 'Model A; B' });
    expect(fru.records).toHaveLength(2);
    expect(fru.notes).toEqual([]);
    expect((await fails(fru.write([record('x'.repeat(80))]))).completionCodeName).toBe('ERROR_INVALID_DATA');
    await run(fru.download({ force: true }));
    expect(fru.records).toHaveLength(2);
  });

  it('refuses damaged tables, and parts that do not follow', async () => {
    const { terminus, fails } = await scene(() => ({ fruTableMaximumSize: 1000 }));
    const set = (transferFlag: number, dataTransferHandle: number, fruRecordTableData: Uint8Array) =>
      terminus.call(SetFRURecordTable, { transferFlag, dataTransferHandle, fruRecordTableData });
    const code = async (promise: Promise<unknown>) => (await fails(promise)).completionCodeName;
    expect(await code(set(5, 0, new Uint8Array(12).fill(1)))).toBe('INVALID_DATA_INTEGRITY_CHECK');
    expect(await code(set(5, 4, new Uint8Array(4)))).toBe('INVALID_DATA_TRANSFER_HANDLE');
    expect(await code(set(4, 0, new Uint8Array(4)))).toBe('INVALID_TRANSFER_FLAG');
  });

  it('with 0, the default, there is no such command', async () => {
    const { terminus, run, fails } = await scene(() => ({}));
    expect(await run(terminus.call(GetFRURecordTableMetadata, {}))).toMatchObject({ fruTableMaximumSize: 0 });
    expect((await fails(new FruData(terminus).write([record('A')]))).completionCodeName).toBe(
      'ERROR_UNSUPPORTED_PLDM_CMD',
    );
  });
});
