/** What requesters may write into a terminus: whole BIOS and FRU tables, and what is refused of them. */

import { describe, expect, it } from 'vitest';
import { settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { PLDM_TYPE } from '../../pldm/base/index.js';
import { withTrailer } from '../../pldm/base/table-trailer.js';
import {
  ATTRIBUTE_TYPE,
  BIOS_CODES,
  BIOS_TABLE,
  BiosAttributes,
  biosAttributeTable,
  biosStringTable,
  biosValueTable,
  SetBIOSTable,
} from '../../pldm/bios/index.js';
import {
  encodeFruTable,
  FRU_CODES,
  FruData,
  GetFRURecordTableMetadata,
  SetFRURecordTable,
} from '../../pldm/fru/index.js';
import type { TerminusDescription } from '../../pldm/terminus/index.js';
import { encode } from '../../stack/codec/index.js';
import { description, deviceState } from './device.js';
import { World } from './world.js';

const { string, attribute, value, pendingValue } = BIOS_TABLE;

const stringsOf = (...texts: string[]) =>
  encode(biosStringTable, { entries: texts.map((text, stringHandle) => ({ stringHandle, string: text })) });
const ENUMERATION = {
  attributeHandle: 7,
  attributeType: ATTRIBUTE_TYPE.enumeration,
  attributeNameHandle: 0,
  possibleValuesStringHandles: [1, 2],
  defaultValueStringHandleIndices: [0],
};
const attributesOf = (...entries: object[]) => encode(biosAttributeTable, { entries: entries as never });
const VALUE = {
  attributeHandle: 7,
  attributeType: ATTRIBUTE_TYPE.enumeration,
  currentValueStringHandleIndices: [1],
};
const valuesOf = (...entries: object[]) => encode(biosValueTable, { entries: entries as never });

async function bench(change: (plain: TerminusDescription) => TerminusDescription) {
  const world = await World.make();
  const device = await world.terminus(9, change(description(deviceState())));
  return { world, device, terminus: world.at(9) };
}

async function biosBench() {
  const replaced: number[] = [];
  const { world, device, terminus } = await bench((plain) => ({
    ...plain,
    bios: { ...plain.bios!, tableMaximumSize: 512, onTable: (tableType) => replaced.push(tableType) },
  }));
  const bios = new BiosAttributes(terminus);
  const write = (tableType: number, table: Uint8Array, partSize = 1024) =>
    settle(world.clock, bios.writeTable(tableType, table, { partSize }));
  const refusal = async (tableType: number, table: Uint8Array) =>
    (await settleError(world.clock, bios.writeTable(tableType, table))) as Error & { completionCode: number };
  return { world, device, terminus, bios, replaced, write, refusal };
}

describe('SetBIOSTable', () => {
  it('takes strings, attributes, values in this order, by parts', async () => {
    const { world, bios, device, replaced, write } = await biosBench();
    await settle(world.clock, bios.download());
    await settle(world.clock, bios.set('FanMode', 'Auto'));
    expect(device.bios!.pending.size).toBe(1);
    await write(string, stringsOf('Boot', 'Disk', 'Network'), 16);
    await write(attribute, attributesOf(ENUMERATION), 7);
    await write(value, valuesOf(VALUE));
    await settle(world.clock, bios.download());
    expect([...bios.attributes.values()]).toMatchObject([{ name: 'Boot', value: 'Network', defaultValue: 'Disk' }]);
    expect(replaced).toEqual([string, attribute, value]);
    // What was set before went with its attribute.
    expect(device.bios!.pending.size).toBe(0);
    await settle(world.clock, bios.set('Boot', 'Disk'));
    expect(device.bios!.pending.size).toBe(1);
  });

  it('keeps what still fits', async () => {
    const { world, bios, write } = await biosBench();
    // Strings 0..3 are what FanMode needs; the other attributes lose their names.
    await write(string, stringsOf('FanMode', 'Auto', 'Quiet', 'Voll'));
    await settle(world.clock, bios.download());
    expect([...bios.attributes.values()]).toMatchObject([{ name: 'FanMode', value: 'Voll' }]);
    // Its value is the third of three; of two it has none.
    await write(attribute, attributesOf({ ...ENUMERATION, attributeHandle: 1, possibleValuesStringHandles: [1, 2] }));
    await settle(world.clock, bios.download());
    expect([...bios.attributes.values()]).toMatchObject([{ name: 'FanMode', value: undefined }]);
  });

  it.each<[string, number, () => Uint8Array, number]>([
    ['a wrong checksum', string, () => stringsOf('a').with(0, 9), BIOS_CODES.INVALID_BIOS_TABLE_DATA_INTEGRITY_CHECK],
    ['a table cut short', string, () => stringsOf('a').slice(1), BIOS_CODES.INVALID_BIOS_TABLE_DATA_INTEGRITY_CHECK],
    [
      'an attribute table as a string table',
      string,
      () => attributesOf({ ...ENUMERATION, attributeHandle: 0x7777 }),
      2,
    ],
    ['a handle twice', string, () => twice(stringsOf('abcd')), 2],
    ['names that no string is', attribute, () => attributesOf({ ...ENUMERATION, attributeNameHandle: 99 }), 2],
    ['a default beyond', attribute, () => attributesOf({ ...ENUMERATION, defaultValueStringHandleIndices: [2] }), 2],
    [
      'an unknown attribute',
      value,
      () => valuesOf({ ...VALUE, attributeHandle: 99 }),
      BIOS_CODES.INVALID_BIOS_ATTR_HANDLE,
    ],
    [
      'a value that its attribute cannot have',
      value,
      () => valuesOf({ ...VALUE, attributeHandle: 1, currentValueStringHandleIndices: [9] }),
      2,
    ],
    [
      'pending values',
      pendingValue,
      () => valuesOf({ ...VALUE, attributeHandle: 1 }),
      BIOS_CODES.INVALID_BIOS_TABLE_TYPE,
    ],
    ['more than is taken', string, () => stringsOf('x'.repeat(600)), 2],
  ])('refuses %s, and nothing changes', async (_name, tableType, table, completionCode) => {
    const { world, bios, replaced, refusal } = await biosBench();
    expect(await refusal(tableType, table())).toMatchObject({ completionCode });
    await settle(world.clock, bios.download());
    expect(bios.attributes.size).toBe(5);
    expect(bios.attributes.get('FanMode')).toMatchObject({ value: 'Full' });
    expect(replaced).toEqual([]);
  });

  it('takes no part of another table, and no part out of order', async () => {
    const { world, terminus } = await biosBench();
    const part = (transferFlag: 'start' | 'middle' | 'end', tableType: number, dataTransferHandle: number) =>
      settle(
        world.clock,
        terminus.exchange(SetBIOSTable, { dataTransferHandle, transferFlag, tableType, tableData: new Uint8Array(8) }),
      );
    expect(await part('start', string, 0)).toEqual({ completionCode: 0, nextDataTransferHandle: 8 });
    expect(await part('middle', attribute, 8)).toEqual({ completionCode: BIOS_CODES.INVALID_TRANSFER_FLAG });
    expect(await part('middle', string, 99)).toEqual({ completionCode: BIOS_CODES.INVALID_DATA_TRANSFER_HANDLE });
    expect(await part('end', string, 8)).toEqual({ completionCode: BIOS_CODES.INVALID_TRANSFER_FLAG });
  });

  it('is not supported unless the description says so', async () => {
    const { world, device, terminus } = await bench((plain) => plain);
    expect(device.responder.handlers.commands(PLDM_TYPE.bios)).not.toContain(SetBIOSTable.code);
    const refused = settleError(world.clock, new BiosAttributes(terminus).writeTable(string, stringsOf('a')));
    expect(await refused).toMatchObject({ completionCode: 5 });
  });

  it('attributes named in the description wait for the next boot, the others hold at once', async () => {
    const { world, device, terminus } = await bench((plain) => ({
      ...plain,
      bios: {
        ...plain.bios!,
        stagesChanges: [3],
        pending: [{ attributeHandle: 2, attributeType: 1, currentString: 'x' }],
      },
    }));
    const bios = new BiosAttributes(terminus);
    await settle(world.clock, bios.download());
    expect(bios.attributes.get('Hostname')).toMatchObject({ value: 'node-1', pending: 'x' });
    await settle(world.clock, bios.set('Retries', 20));
    await settle(world.clock, bios.set('FanMode', 'Auto'));
    await settle(world.clock, bios.download());
    expect(bios.attributes.get('Retries')).toMatchObject({ value: 15n, pending: 20n });
    expect(bios.attributes.get('FanMode')).toMatchObject({ value: 'Auto', pending: undefined });
    device.bios!.applyPending();
    await settle(world.clock, bios.download());
    expect(bios.attributes.get('Retries')).toMatchObject({ value: 20n, pending: undefined });
    expect(bios.attributes.get('Hostname')).toMatchObject({ value: 'x', pending: undefined });
  });
});

/** The entry of a table twice, with a checksum that holds. */
function twice(table: Uint8Array): Uint8Array {
  const entry = table.subarray(0, 8);
  return withTrailer(Uint8Array.of(...entry, ...entry));
}

describe('SetFRURecordTable', () => {
  const RECORD = {
    recordSetIdentifier: 3,
    recordType: 'general' as const,
    encodingType: 'ascii' as const,
    fields: [{ type: 4, value: Uint8Array.of(0x53, 0x31) }],
  };

  it('is switched on by fruTableMaximumSize, which the metadata tell', async () => {
    for (const fruTableMaximumSize of [0, 256]) {
      const { world, device, terminus } = await bench((plain) => ({ ...plain, fruTableMaximumSize }));
      expect(await settle(world.clock, terminus.call(GetFRURecordTableMetadata, {}))).toMatchObject({
        fruTableMaximumSize,
      });
      const codes = device.responder.handlers.commands(PLDM_TYPE.fru);
      expect(codes.includes(SetFRURecordTable.code)).toBe(fruTableMaximumSize > 0);
      const fru = new FruData(terminus);
      const written = fru.write([RECORD], { partSize: 6 });
      if (fruTableMaximumSize === 0) {
        expect(await settleError(world.clock, written)).toMatchObject({ completionCode: 5 });
        continue;
      }
      await settle(world.clock, written);
      await settle(world.clock, fru.download());
      expect(fru.recordSets).toEqual([3]);
      expect(fru.fields(3)).toEqual({ serialNumber: 'S1' });
    }
  });

  it('refuses a wrong checksum, a table without one, and one that is too large', async () => {
    const { world, terminus } = await bench((plain) => ({ ...plain, fruTableMaximumSize: 64 }));
    const set = (fruRecordTableData: Uint8Array) =>
      settle(
        world.clock,
        terminus.exchange(SetFRURecordTable, {
          dataTransferHandle: 0,
          transferFlag: 'startAndEnd',
          fruRecordTableData,
        }),
      );
    const good = encodeFruTable([RECORD]);
    const wrong = { completionCode: FRU_CODES.INVALID_DATA_INTEGRITY_CHECK };
    expect(await set(good.with(0, 9))).toEqual(wrong);
    expect(await set(good.subarray(0, 9))).toEqual(wrong);
    expect(await set(new Uint8Array(72))).toEqual({ completionCode: 2 });
    const fru = new FruData(terminus);
    await settle(world.clock, fru.download());
    expect(fru.recordSets).toEqual([1]);
    expect(await set(good)).toEqual({ completionCode: 0, nextDataTransferHandle: 0 });
  });
});
