/** Finding PDRs, initializing sensors, and the question what moves by multipart: both sides. */

import { describe, expect, it } from 'vitest';
import { settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { GetMultipartTransferSupport } from '../../pldm/base/index.js';
import {
  FindPDR,
  findRecords,
  GetPDR,
  GetSensorReading,
  GetSensorThresholds,
  InitNumericSensor,
  PDR_TYPE,
  RunInitAgent,
  SetNumericSensorEnable,
  SetSensorThresholds,
} from '../../pldm/platform/index.js';
import { description, deviceState } from './device.js';
import { Table, World } from './world.js';

async function bench(options: object = {}) {
  const world = await World.make();
  const state = deviceState();
  const device = await world.terminus(9, description(state), options);
  return { world, state, device, terminus: world.at(9) };
}

const FIND = {
  findHandle: 0,
  findOperationFlag: 'findFirst',
  requestCount: 1024,
  pdrType: 0,
  parameterFormatNumber: 0,
  wildcards: 0,
  findParameters: new Uint8Array(),
} as const;

describe('FindPDR', () => {
  it('walks the records of a type, in order; of a type without any there are none', async () => {
    const { world, device, terminus } = await bench();
    const all = [...device.repository.records];
    for (const [pdrType, wanted] of [
      [PDR_TYPE.numericSensor, 2],
      [PDR_TYPE.fruRecordSet, 1],
      [PDR_TYPE.terminusLocator, 0],
      [0, all.length],
    ] as const) {
      const found = await settle(world.clock, findRecords(terminus, pdrType));
      const expected = all.filter(([, bytes]) => pdrType === 0 || bytes[5] === pdrType).map(([handle]) => handle);
      expect(found.map(({ recordHandle }) => recordHandle)).toEqual(expected);
      expect(found).toHaveLength(wanted);
      for (const { error } of found) expect(error).toBeUndefined();
    }
  });

  it('a record that does not fit goes on with GetPDR', async () => {
    const { world, device, terminus } = await bench({ partSize: 20 });
    const found = await settle(
      world.clock,
      terminus.call(FindPDR, { ...FIND, pdrType: PDR_TYPE.numericSensor, requestCount: 30 }),
    );
    expect(found).toMatchObject({ transferFlag: 0, nextDataTransferHandle: 20, responseCount: 20 });
    const recordHandle = found.recordData[0]!;
    const next = await settle(
      world.clock,
      terminus.call(GetPDR, {
        recordHandle,
        dataTransferHandle: found.nextDataTransferHandle,
        transferOperationFlag: 'getNextPart',
        requestCount: 1024,
        recordChangeNumber: 0,
      }),
    );
    expect(next.recordData).toEqual(device.repository.records.get(recordHandle)!.slice(20, 40));
    const [first] = await settle(world.clock, findRecords(terminus, PDR_TYPE.numericSensor));
    expect(first!.bytes).toEqual(device.repository.records.get(recordHandle));
  });

  it.each([
    ['a find handle with the first', { findHandle: 3 }, 0x80],
    ['a find handle of nothing', { findOperationFlag: 'findNext', findHandle: 99 }, 0x80],
    ['a record of another type', { findOperationFlag: 'findNext', findHandle: 1, pdrType: 20 }, 0x80],
    ['an operation that is none', { findOperationFlag: 2 }, 0x81],
    ['a type that no PDR can have', { pdrType: 0x100 }, 0x82],
    ['a form of parameters', { parameterFormatNumber: 1 }, 0x83],
    ['parameters of the form without', { findParameters: Uint8Array.of(1) }, 0x84],
  ])('refuses %s', async (_name, fields, completionCode) => {
    const { world, terminus } = await bench();
    expect(await settle(world.clock, terminus.exchange(FindPDR, { ...FIND, ...(fields as object) }))).toEqual({
      completionCode,
    });
  });

  it('waits while records change', async () => {
    const { world, device, terminus } = await bench();
    device.repository.updating = true;
    expect(await settle(world.clock, terminus.exchange(FindPDR, FIND))).toEqual({ completionCode: 0x85 });
  });

  it('termini whose finds lead back, or give no records, cost a bounded number of requests', async () => {
    const world = await World.make();
    let data = new Uint8Array(12);
    let count = 0;
    const table = new Table().on(FindPDR, ({ findHandle }) => {
      count++;
      return { nextFindHandle: findHandle === 1 ? 2 : 1, nextDataTransferHandle: 0, transferFlag: 5, recordData: data };
    });
    await world.scripted(9, table.script);
    const failure = () => settleError(world.clock, findRecords(world.at(9), 0));
    expect(await failure()).toMatchObject({ code: 'EPROTO', message: expect.stringContaining('leads back') });
    expect(count).toBe(3);
    data = new Uint8Array(2);
    expect(await failure()).toMatchObject({ code: 'EPROTO', message: expect.stringContaining('which are not a PDR') });
  });
});

describe('InitNumericSensor', () => {
  const INIT = {
    sensorId: 1,
    sensorOperationalState: 'disabled',
    sensorPresentState: 'upperWarning',
    eventMsgEnable: 'disable',
    setNumericReading: true,
    reading: Uint8Array.of(0x90, 0),
  } as const;

  it('sets state, events and a reading of the size of the sensor', async () => {
    const { world, terminus } = await bench();
    await settle(world.clock, terminus.call(InitNumericSensor, INIT));
    const read = () => settle(world.clock, terminus.call(GetSensorReading, { sensorId: 1, rearmEventState: false }));
    expect(await read()).toMatchObject({
      sensorOperationalState: 1,
      sensorEventMessageEnable: 1,
      presentState: 8,
      presentReading: 0x90,
    });
    // Enabled it has its own reading again; what is "no change" stays.
    const enable = { ...INIT, sensorOperationalState: 'enabled', eventMsgEnable: 'noChange', setNumericReading: false };
    await settle(world.clock, terminus.call(InitNumericSensor, { ...enable, reading: new Uint8Array() } as never));
    expect(await read()).toMatchObject({ sensorOperationalState: 0, sensorEventMessageEnable: 1, presentReading: 81 });
  });

  it.each([
    ['an unknown sensor', { sensorId: 99 }, 0x80],
    ['a state that cannot be set', { sensorOperationalState: 4 }, 2],
    ['a present state that is none', { sensorPresentState: 99 }, 2],
    ['an enable that is none', { eventMsgEnable: 7 }, 2],
    ['a reading of another size', { reading: Uint8Array.of(1) }, 3],
    ['no reading where one is to be set', { reading: new Uint8Array() }, 3],
  ])('refuses %s', async (_name, fields, completionCode) => {
    const { world, terminus } = await bench();
    const request = { ...INIT, ...(fields as object) };
    expect(await settle(world.clock, terminus.exchange(InitNumericSensor, request))).toEqual({ completionCode });
  });
});

describe('RunInitAgent', () => {
  it('brings the sensors of the terminus back to how they come up', async () => {
    const { world, terminus } = await bench();
    const before = await settle(world.clock, terminus.call(GetSensorThresholds, { sensorId: 1 }));
    const { completionCode: _, ...thresholds } = before;
    const changed = { sensorId: 1, ...thresholds, upperThresholdWarning: 20 };
    await settle(world.clock, terminus.call(SetSensorThresholds, changed as never));
    const off = { sensorId: 1, sensorOperationalState: 'disabled', sensorEventMessageEnable: 'noChange' } as const;
    await settle(world.clock, terminus.call(SetNumericSensorEnable, off));
    const run = (tid: number) =>
      settle(world.clock, terminus.exchange(RunInitAgent, { initConditionEmulation: 0, tid }));
    expect(await run(8)).toEqual({ completionCode: 2 });
    expect(await run(7)).toEqual({ completionCode: 0 });
    expect(await settle(world.clock, terminus.call(GetSensorThresholds, { sensorId: 1 }))).toEqual(before);
    const reading = terminus.call(GetSensorReading, { sensorId: 1, rearmEventState: false });
    expect(await settle(world.clock, reading)).toMatchObject({ sensorOperationalState: 0 });
  });
});

describe('GetMultipartTransferSupport', () => {
  it('names the commands of a type that move by multipart', async () => {
    const { world, device, terminus } = await bench({ multipartTypes: [7] });
    device.responder.handlers.announce(7, [0x20]).announce(4, [0x30]);
    const ask = (pldmType: number, version = '00f0f0f1') =>
      settle(world.clock, terminus.exchange(GetMultipartTransferSupport, { pldmType, version }));
    expect(await ask(7)).toEqual({ completionCode: 0x83 });
    expect(await ask(4)).toEqual({ completionCode: 0, pldmCommands: '00'.repeat(32) });
    expect(await ask(4, '00f9f9f9')).toEqual({ completionCode: 0x84 });
    const files = await World.make();
    const other = await files.terminus(9, description(deviceState()), { multipartTypes: [4] });
    other.responder.handlers.announce(4, [0x30]);
    expect(
      await settle(files.clock, files.at(9).call(GetMultipartTransferSupport, { pldmType: 4, version: '00f0f0f1' })),
    ).toMatchObject({ pldmCommands: `${'00'.repeat(6)}01${'00'.repeat(25)}` });
  });
});
