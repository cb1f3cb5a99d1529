/** Commands that few termini have: FindPDR, InitNumericSensor, RunInitAgent, GetMultipartTransferSupport, taking events. */

import { describe, expect, it } from 'vitest';
import {
  bitfieldNumbers,
  FindPDR,
  findRecords,
  GetMultipartTransferSupport,
  GetPDR,
  GetSensorReading,
  GetSensorThresholds,
  InitNumericSensor,
  PDR_TYPE,
  PlatformEventMessage,
  type ReceivedEvent,
  RestoreSensorThresholds,
  RunInitAgent,
  SetSensorThresholds,
} from '../../pldm/index.js';
import { fromHex } from '../../stack/codec/index.js';
import { settle, settleError } from '../support/virtual-time.js';
import { description, deviceState } from './device.js';
import { Table, World } from './world.js';

async function scene(options: object = {}, more: object = {}) {
  const world = await World.make();
  const state = deviceState();
  const device = await world.terminus(9, { ...description(state), ...more }, options);
  const terminus = world.at(9);
  return {
    world,
    state,
    device,
    terminus,
    run: <T>(promise: Promise<T>): Promise<T> => settle(world.clock, promise),
    code: async (promise: Promise<unknown>) =>
      ((await settleError(world.clock, promise)) as { completionCodeName: string }).completionCodeName,
  };
}

const FIRST = {
  findHandle: 0,
  findOperationFlag: 'findFirst',
  requestCount: 1024,
  pdrType: PDR_TYPE.numericSensor,
  parameterFormatNumber: 0,
  wildcards: 0,
  findParameters: new Uint8Array(),
} as const;

describe('FindPDR', () => {
  it('finds the records of a type, in parts where they are large, and none where there is none', async () => {
    const { device, terminus, run } = await scene({ partSize: 24 });
    const all = [...device.repository.records.values()];
    for (const pdrType of [0, PDR_TYPE.numericSensor, PDR_TYPE.stateSensor, PDR_TYPE.terminusLocator]) {
      const found = await run(findRecords(terminus, pdrType));
      expect(found.map(({ bytes }) => bytes)).toEqual(all.filter((bytes) => pdrType === 0 || bytes[5] === pdrType));
    }
    expect((await run(findRecords(terminus, PDR_TYPE.numericSensor))).length).toBe(2);
  });

  it('goes on with GetPDR, from where its answer ends', async () => {
    const { terminus, run } = await scene();
    const part = await run(terminus.call(FindPDR, { ...FIRST, requestCount: 30 }));
    expect(part).toMatchObject({ transferFlag: 0, nextDataTransferHandle: 30, responseCount: 30 });
    const rest = await run(
      terminus.call(GetPDR, {
        recordHandle: part.recordData[0]!,
        dataTransferHandle: part.nextDataTransferHandle,
        transferOperationFlag: 'getNextPart',
        requestCount: 1024,
        recordChangeNumber: 0,
      }),
    );
    expect(rest).toMatchObject({ transferFlag: 4 });
  });

  it.each<[string, object, string]>([
    ['a handle out of thin air', { findOperationFlag: 'findNext', findHandle: 77 }, 'INVALID_FIND_HANDLE'],
    ['a handle with the first', { findHandle: 1 }, 'INVALID_FIND_HANDLE'],
    ['an unknown operation', { findOperationFlag: 2 }, 'INVALID_FIND_OPERATION_FLAG'],
    ['a type that no PDR has', { pdrType: 300 }, 'INVALID_PDR_TYPE'],
    ['another parameter format', { parameterFormatNumber: 1 }, 'INVALID_PARAMETER_FORMAT_NUMBER'],
    ['parameters where there are none', { findParameters: Uint8Array.of(1) }, 'INVALID_FIND_PARAMETERS'],
  ])('refuses %s', async (_what, fields, code) => {
    const scenery = await scene();
    expect(await scenery.code(scenery.terminus.call(FindPDR, { ...FIRST, ...fields }))).toBe(code);
  });

  it('waits while the repository changes', async () => {
    const { device, terminus, code } = await scene();
    device.repository.updating = true;
    expect(await code(terminus.call(FindPDR, FIRST))).toBe('REPOSITORY_UPDATE_IN_PROGRESS');
  });

  it('of a terminus that runs in circles ends', async () => {
    const world = await World.make();
    let finds = 0;
    const table = new Table().on(FindPDR, () => {
      finds++;
      const next = { nextFindHandle: 1 + (finds % 3), nextDataTransferHandle: 0, transferFlag: 5 };
      return { ...next, recordData: Uint8Array.of(finds, 0, 0, 0, 1, 200, 0, 0, 0, 0) };
    });
    await world.scripted(9, table.script);
    expect(await settleError(world.clock, findRecords(world.at(9), 0))).toMatchObject({
      code: 'EPROTO',
      message: 'EID 9: the search for PDRs of type 0 does not end',
    });
    expect(finds).toBe(4);
  });
});

describe('InitNumericSensor', () => {
  const init = (fields: object) => ({
    sensorId: 1,
    sensorOperationalState: 1,
    sensorPresentState: 9,
    eventMsgEnable: 1,
    setNumericReading: true,
    reading: fromHex('aa00')!,
    ...fields,
  });
  const reading = { sensorId: 1, rearmEventState: false };

  it('puts a sensor into a state, which holds while it is disabled', async () => {
    const { terminus, run } = await scene();
    await run(terminus.call(InitNumericSensor, init({})));
    expect(await run(terminus.call(GetSensorReading, reading))).toMatchObject({
      sensorOperationalState: 1,
      sensorEventMessageEnable: 1,
      presentState: 9,
      presentReading: 170,
    });
    await run(terminus.call(InitNumericSensor, init({ sensorOperationalState: 0, eventMsgEnable: 255 })));
    // Enabled, the next look at the reading decides.
    expect(await run(terminus.call(GetSensorReading, reading))).toMatchObject({
      sensorOperationalState: 0,
      sensorEventMessageEnable: 1,
      presentState: 1,
      presentReading: 81,
    });
  });

  it.each<[string, object, string]>([
    ['another size than the sensor has', { reading: fromHex('aa')! }, 'ERROR_INVALID_LENGTH'],
    ['no reading where one is set', { reading: new Uint8Array() }, 'ERROR_INVALID_LENGTH'],
    ['a state nobody can ask for', { sensorOperationalState: 5 }, 'ERROR_INVALID_DATA'],
    ['a state there is not', { sensorPresentState: 11 }, 'ERROR_INVALID_DATA'],
    ['a sensor there is not', { sensorId: 99 }, 'INVALID_SENSOR_ID'],
  ])('refuses %s', async (_what, fields, code) => {
    const scenery = await scene();
    expect(await scenery.code(scenery.terminus.call(InitNumericSensor, init(fields)))).toBe(code);
  });

  it('needs no reading when none is set', async () => {
    const { terminus, run } = await scene();
    const fields = init({ setNumericReading: false, reading: new Uint8Array() });
    await run(terminus.call(InitNumericSensor, fields));
    expect(await run(terminus.call(GetSensorReading, reading))).toMatchObject({ presentState: 9 });
  });
});

describe('RunInitAgent', () => {
  it('brings sensors back to what they are described as', async () => {
    const { terminus, run } = await scene();
    const { completionCode: _, ...before } = await run(terminus.call(GetSensorThresholds, { sensorId: 1 }));
    await run(terminus.call(SetSensorThresholds, { ...before, sensorId: 1, upperThresholdWarning: 50 } as never));
    expect(await run(terminus.call(GetSensorThresholds, { sensorId: 1 }))).not.toMatchObject(before);
    await run(terminus.call(RunInitAgent, { initConditionEmulation: 'systemHardReset', tid: 7 }));
    expect(await run(terminus.call(GetSensorThresholds, { sensorId: 1 }))).toMatchObject(before);
    await run(terminus.call(RestoreSensorThresholds, { sensorId: 1 }));
  });

  it('is for this terminus, and for conditions that there are', async () => {
    const { terminus, code } = await scene();
    const run = (initConditionEmulation: number, tid: number) =>
      code(terminus.call(RunInitAgent, { initConditionEmulation, tid }));
    expect(await run(0, 8)).toBe('ERROR_INVALID_DATA');
    expect(await run(5, 7)).toBe('ERROR_INVALID_DATA');
  });
});

it('GetMultipartTransferSupport tells what moves by multipart, once something does', async () => {
  const { terminus, device, run, code } = await scene({ multipartTypes: [7] });
  device.responder.handlers.on(GetPDR, () => ({ completionCode: 1 })).announce(2, [0x51]);
  const ask = (pldmType: number, version = '00f1f2f1') =>
    terminus.call(GetMultipartTransferSupport, { pldmType, version });
  expect(bitfieldNumbers((await run(ask(2))).pldmCommands)).toEqual([0x51]);
  expect(await code(ask(6))).toBe('INVALID_PLDM_TYPE_IN_REQUEST_DATA');
  expect(await code(ask(2, '00f9f9f9'))).toBe('INVALID_PLDM_VERSION_IN_REQUEST_DATA');
  const without = await scene();
  expect(
    await without.code(without.terminus.call(GetMultipartTransferSupport, { pldmType: 2, version: '00f1f2f1' })),
  ).toBe('ERROR_UNSUPPORTED_PLDM_CMD');
});

it('PlatformEventMessage is taken by who says so', async () => {
  const taken: ReceivedEvent[] = [];
  const { terminus, run } = await scene({}, { onEvent: (event: ReceivedEvent) => taken.push(event) && 'logged' });
  const event = { tid: 3, eventClass: 0, eventData: fromHex('040001000201')! };
  expect(await run(terminus.call(PlatformEventMessage, event))).toMatchObject({ platformEventStatus: 4 });
  expect(taken).toEqual([event]);
  const { terminus: other, code } = await scene();
  expect(await code(other.call(PlatformEventMessage, event))).toBe('ERROR_UNSUPPORTED_PLDM_CMD');
});
