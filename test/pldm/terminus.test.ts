/** A terminus seen from the BMC: discovery, sensors, effecters, FRU, BIOS, multipart, against the ready-made responder. */

import { describe, expect, it } from 'vitest';
import { settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import {
  compareVersions,
  GetPLDMCommands,
  GetPLDMTypes,
  GetPLDMVersion,
  GetTID,
  PLDM_TYPE,
  receiveSection,
  sendSection,
  ver32Text,
  versionsCrc,
} from '../../pldm/base/index.js';
import { pldmMessages } from '../../pldm/base/pldm-protocol.js';
import { BiosAttributes, readDateTime, setDateTime } from '../../pldm/bios/index.js';
import { FRU_FIELD, FruData, fruValue, generalFields } from '../../pldm/fru/index.js';
import {
  enableSensor,
  entityPath,
  GetPDRRepositorySignature,
  GetSensorReading,
  PdrRepository,
  readHysteresis,
  readNumericEffecter,
  readNumericSensor,
  readStateEffecter,
  readStateSensor,
  readThresholds,
  setNumericEffecter,
  setStateEffecter,
  writeHysteresis,
  writeThresholds,
} from '../../pldm/platform/index.js';
import type { PldmTerminus, Terminus } from '../../pldm/terminus/index.js';
import { fromHex } from '../../stack/codec/index.js';
import { type DeviceState, description, deviceState } from './device.js';
import { Table, World } from './world.js';

interface Scene {
  readonly world: World;
  readonly state: DeviceState;
  readonly device: PldmTerminus;
  readonly terminus: Terminus;
  run<T>(promise: Promise<T>): Promise<T>;
  fails(promise: Promise<unknown>): Promise<unknown>;
}

async function scene(options: object = {}): Promise<Scene> {
  const world = await World.make();
  const state = deviceState();
  const device = await world.terminus(9, description(state), options);
  const terminus = world.at(9);
  return {
    world,
    state,
    device,
    terminus,
    run: (promise) => settle(world.clock, promise),
    fails: (promise) => settleError(world.clock, promise),
  };
}

describe('discovery', () => {
  it('finds TID, UUID, types, versions and commands', async () => {
    const { terminus, run } = await scene();
    await run(terminus.discover());
    expect(terminus.tid).toBe(7);
    expect(terminus.uuid).toBe('21f0f554-7f7c-4211-9ca1-6d0f000ea9e7');
    expect([...terminus.types.keys()]).toEqual([0, 2, 3, 4]);
    expect(terminus.types.get(2)!.versionTexts).toEqual(['1.2.1']);
    expect(terminus.supports(GetSensorReading)).toBe(true);
    expect(terminus.supports(GetPDRRepositorySignature)).toBe(true);
    expect(terminus.notes).toEqual([]);
  });

  it('gives a TID to who has none', async () => {
    const world = await World.make();
    const device = await world.terminus(9, {});
    const terminus = world.at(9);
    await settle(world.clock, terminus.discover({ assignTid: 33 }));
    expect(terminus.tid).toBe(33);
    expect(device.base.tid).toBe(33);
  });

  it('optional-command-missing: no SetTID, a type that fails and a reserved TID are notes', async () => {
    const world = await World.make();
    const table = new Table()
      .on(GetTID, () => ({ tid: 0xff }))
      .on(GetPLDMTypes, () => ({ pldmTypes: '0500000000000000' }))
      .on(GetPLDMVersion, ({ pldmType }) =>
        pldmType === 2 ? { completionCode: 1 } : { nextDataTransferHandle: 0, transferFlag: 5, versions: ['00f0f0f1'] },
      )
      .on(GetPLDMCommands, () => ({ pldmCommands: `3e${'00'.repeat(31)}` }));
    await world.scripted(9, table.script);
    const terminus = world.at(9);
    await settle(world.clock, terminus.discover({ assignTid: 5 }));
    expect([...terminus.types.keys()]).toEqual([0]);
    expect(terminus.tid).toBe(0);
    expect(terminus.notes).toEqual([
      'GetTID gave the reserved TID 255',
      'SetTID was answered with completion code 5',
      'PLDM type 2: GetPLDMVersion was answered with ERROR (0x01)',
    ]);
  });

  it('puts versions together from parts, and ends when the list does not', async () => {
    const world = await World.make();
    const versions = ['00f0f0f1', '00f0f1f1', '00f0f2f1'];
    let endless = false;
    await world.scripted(9, (request) => {
      const handle = request[3]!;
      const id = request[0]! & 0x1f;
      const part = { nextDataTransferHandle: handle + 1, transferFlag: 2, versions: [versions[handle % 3]!] };
      if (endless || handle < 2) return pldmMessages.encodeResponse(GetPLDMVersion, id, part);
      return pldmMessages.encodeResponse(GetPLDMVersion, id, {
        ...part,
        transferFlag: 4,
        crc32: versionsCrc(versions),
      });
    });
    const terminus = world.at(9);
    expect(await settle(world.clock, terminus.versions(2))).toEqual(versions);
    endless = true;
    expect(await settleError(world.clock, terminus.versions(2))).toMatchObject({ code: 'EPROTO' });
  });

  it('orders versions by digits', () => {
    const sorted = ['00f0f0f2', '00f0f1f1', '00001010', '61f0f1f1', '00fff1f1'].sort(compareVersions);
    expect(sorted.map(ver32Text)).toEqual(['1.1', '1.1.0a', '1.1.0', '2.0.0', '10.10.00']);
  });
});

describe('repository', () => {
  it('is read whole, with a view of what it describes', async () => {
    const { device, terminus, run } = await scene();
    const repository = new PdrRepository(terminus);
    const progress: number[] = [];
    await run(repository.download({ onProgress: (done) => progress.push(done) }));
    expect(repository.notes).toEqual([]);
    expect(repository.records.size).toBe(device.repository.records.size);
    expect(progress.at(-1)).toBe(repository.records.size);
    for (const [handle, { bytes }] of repository.records) expect(bytes).toEqual(device.repository.records.get(handle));
    const { view } = repository;
    expect(view.numericSensors.map(({ name, scale }) => [name, scale.unit])).toEqual([
      ['SSD temperature', '°C'],
      ['Rail', 'V'],
      ['Fan speed', 'RPM'],
    ]);
    expect(view.numericSensors[0]).toMatchObject({
      limits: { upperWarning: 70, upperCritical: 80, upperFatal: 90, lowerCritical: 0 },
      minReadable: -40,
      maxReadable: 125,
      updateInterval: 0.5,
    });
    expect(view.numericSensors[2]!.limits).toEqual({ lowerCritical: 500 });
    expect(view.stateSensors[0]!.sensors).toEqual([
      {
        stateSetId: 13,
        stateSetName: 'Presence',
        name: 'Drive',
        possibleStates: [
          { state: 1, name: 'Present' },
          { state: 2, name: 'Not present' },
        ],
      },
      expect.objectContaining({ stateSetName: 'Health State', name: 'Drive health' }),
    ]);
    expect(view.entities).toHaveLength(1);
    expect(entityPath(view.entities, view.numericSensors[0]!.entity)).toBe('system chassis 1 / solid state drive 2');
    expect(entityPath(view.entities, view.numericSensors[1]!.entity)).toBe('system chassis 1 / Main board');
    expect(view.fruRecordSets).toMatchObject([{ fruRecordSetIdentifier: 1, entity: { entityType: 111 } }]);
  });

  it('comes in parts as small as asked for', async () => {
    const { device, terminus, run } = await scene();
    const repository = new PdrRepository(terminus, { requestCount: 16 });
    await run(repository.download());
    for (const [handle, { bytes }] of repository.records) expect(bytes).toEqual(device.repository.records.get(handle));
    expect(await run(repository.refresh())).toBe(false);
  });
});

describe('sensors', () => {
  it('read in their unit, with thresholds and hysteresis', async () => {
    const { terminus, state, run } = await scene();
    const repository = new PdrRepository(terminus);
    await run(repository.download());
    const [temperature, rail, fan] = repository.view.numericSensors;
    expect(await run(readNumericSensor(terminus, temperature!))).toMatchObject({
      value: 40.5,
      raw: 81,
      unit: '°C',
      operationalState: 'enabled',
      presentState: 'normal',
    });
    expect(await run(readNumericSensor(terminus, rail!))).toMatchObject({ value: 3.31, raw: 3310, unit: 'V' });
    expect(await run(readNumericSensor(terminus, fan!))).toMatchObject({ value: 8000 });
    state.temperature = 85;
    expect(await run(readNumericSensor(terminus, temperature!))).toMatchObject({
      value: 85,
      presentState: 'upperCritical',
      previousState: 'normal',
    });
    // Below the threshold by less than the hysteresis: the state stays.
    state.temperature = 79;
    expect(await run(readNumericSensor(terminus, temperature!))).toMatchObject({ presentState: 'upperCritical' });
    state.temperature = 77;
    expect(await run(readNumericSensor(terminus, temperature!))).toMatchObject({ presentState: 'upperWarning' });
    expect(await run(readThresholds(terminus, temperature!))).toEqual({
      upperWarning: 70,
      upperCritical: 80,
      upperFatal: 90,
      lowerCritical: 0,
    });
    await run(writeThresholds(terminus, temperature!, { upperWarning: 78.5 }));
    expect(await run(readThresholds(terminus, temperature!))).toMatchObject({ upperWarning: 78.5, upperCritical: 80 });
    expect(await run(readHysteresis(terminus, temperature!))).toBe(2);
    await run(writeHysteresis(terminus, temperature!, 0.5));
    expect(await run(readHysteresis(terminus, temperature!))).toBe(0.5);
    await run(enableSensor(terminus, temperature!, { state: 'disabled' }));
    expect(await run(readNumericSensor(terminus, temperature!))).toMatchObject({
      value: undefined,
      operationalState: 'disabled',
    });
  });

  it('fall from an upper state into a lower one at once: the hysteresis of the one does not hide the other (DSP0248 §19)', async () => {
    const { terminus, state, run } = await scene();
    const repository = new PdrRepository(terminus);
    await run(repository.download());
    const [temperature] = repository.view.numericSensors;
    const stateAt = async (value: number): Promise<string> => {
      state.temperature = value;
      return (await run(readNumericSensor(terminus, temperature!))).presentState;
    };
    await run(writeHysteresis(terminus, temperature!, 60));
    expect(await stateAt(85)).toBe('upperCritical');
    expect(await stateAt(-3)).toBe('lowerCritical');
    expect(await stateAt(95)).toBe('upperFatal');
    expect(await stateAt(-3)).toBe('lowerCritical');
  });

  it('of states read by name', async () => {
    const { terminus, state, run } = await scene();
    const repository = new PdrRepository(terminus);
    await run(repository.download());
    state.presence = 2;
    const readings = await run(readStateSensor(terminus, repository.view.stateSensors[0]!));
    expect(readings.map(({ presentStateName }) => presentStateName)).toEqual(['Not present', 'Normal']);
  });

  it('that do not exist are refused by their own code', async () => {
    const { terminus, fails } = await scene();
    expect(await fails(terminus.call(GetSensorReading, { sensorId: 999, rearmEventState: false }))).toMatchObject({
      completionCodeName: 'INVALID_SENSOR_ID',
    });
  });
});

describe('effecters', () => {
  it('are set in their unit and by state names', async () => {
    const { terminus, state, run, fails } = await scene();
    const repository = new PdrRepository(terminus);
    await run(repository.download());
    const fan = repository.view.numericEffecters[0]!;
    const led = repository.view.stateEffecters[0]!;
    await run(setNumericEffecter(terminus, fan, 4200));
    expect(state.fan).toBe(4200);
    expect(await run(readNumericEffecter(terminus, fan))).toMatchObject({ present: 4200, pending: 4200, unit: 'RPM' });
    expect(await fails(setNumericEffecter(terminus, fan, 99_999))).toMatchObject({ code: 'EINVAL' });
    await run(setStateEffecter(terminus, led, ['asserted']));
    expect(state.led).toBe(2);
    expect(await run(readStateEffecter(terminus, led))).toMatchObject([{ presentName: 'Asserted' }]);
    expect(await fails(setStateEffecter(terminus, led, ['blinking']))).toMatchObject({ code: 'EINVAL' });
  });
});

describe('FRU data', () => {
  it('is read by field names, and again only when it changed', async () => {
    const { terminus, device, run } = await scene({ partSize: 20 });
    const fru = new FruData(terminus);
    expect(await run(fru.download())).toBe(true);
    expect(fru.fields(1)).toEqual({
      manufacturer: 'Acme',
      model: 'Drive 9',
      serialNumber: 'SN-0042',
      vendorIana: '412',
    });
    expect(fru.values(1).at(-1)).toMatchObject({ name: 'field 2', text: 'ab' });
    expect(fru.notes).toEqual([]);
    expect(await run(fru.download())).toBe(false);
    device.fru!.setRecords(fru.records.slice(0, 1));
    expect(await run(fru.download())).toBe(true);
    expect(fru.records).toHaveLength(1);
    const [record] = await run(fru.query({ recordSetIdentifier: 1, recordType: 1, fieldType: 4 }));
    expect(record!.fields).toMatchObject([{ type: 4, length: 7 }]);
  });
});

describe('FRU fields', () => {
  it.each([
    ['little-endian', 'fffe41006300'],
    ['big-endian', 'feff00410063'],
    ['big-endian without a mark', '00410063'],
  ])('in UTF-16, %s, are without their byte order mark (DSP0257 §7)', (_, hex) => {
    const field = { type: FRU_FIELD.model, length: hex.length / 2, value: fromHex(hex)! };
    const record = { recordSetIdentifier: 1, recordType: 1, numberOfFruFields: 1, encodingType: 3, fields: [field] };
    expect(fruValue(record, field)).toMatchObject({ name: 'model', text: 'Ac' });
    expect(generalFields([record], 1)).toEqual({ model: 'Ac' });
  });
});

describe('BIOS', () => {
  it('attributes are read and set by name', async () => {
    const { terminus, device, run, fails } = await scene({ partSize: 48 });
    const bios = new BiosAttributes(terminus);
    await run(bios.download());
    const values = [...bios.attributes.values()].map(({ name, kind, value, readOnly }) => [
      name,
      kind,
      value,
      readOnly,
    ]);
    expect(values).toEqual([
      ['FanMode', 'enumeration', 'Full', false],
      ['Hostname', 'string', 'node-1', false],
      ['Retries', 'integer', 15n, false],
      ['Serial', 'string', 'X1', true],
      ['Secret', 'password', undefined, false],
    ]);
    await run(bios.set('FanMode', 'Quiet'));
    await run(bios.set('Retries', 20));
    await run(bios.set('Hostname', 'é1'));
    await run(bios.set('Secret', 'shh'));
    expect(await run(bios.get('FanMode'))).toBe('Full');
    await run(bios.download());
    expect(bios.attributes.get('FanMode')).toMatchObject({ value: 'Full', pending: 'Quiet' });
    expect(bios.attributes.get('Hostname')!.pending).toBe('é1');
    device.bios!.applyPending();
    expect(await run(bios.get('Retries'))).toBe(20n);
    expect(await run(bios.get('Hostname'))).toBe('é1');
    for (const [name, value, code] of [
      ['FanMode', 'Loud', 'EINVAL'],
      ['Retries', 21, 'EINVAL'],
      ['Retries', 105, 'EINVAL'],
      ['Hostname', 'much too long', 'EINVAL'],
      ['Serial', 'X2', 'EACCES'],
      ['Nothing', 'x', 'ENOENT'],
    ] as const) {
      expect(await fails(bios.set(name, value))).toMatchObject({ code });
    }
  });

  it('date and time are read and set', async () => {
    const { terminus, state, run, fails } = await scene();
    expect(await run(readDateTime(terminus))).toEqual(state.clock);
    const newYear = { seconds: 0, minutes: 0, hours: 0, day: 1, month: 1, year: 2029 };
    await run(setDateTime(terminus, newYear));
    expect(state.clock).toEqual(newYear);
    expect(await fails(setDateTime(terminus, { ...newYear, month: 2, day: 29 }))).toMatchObject({ code: 'EINVAL' });
  });
});

describe('multipart', () => {
  const file = Uint8Array.from({ length: 3000 }, (_, n) => (n * 7) & 0xff);

  it('moves sections both ways', async () => {
    const { terminus, device, run, fails } = await scene({ multipartTypes: [7], partSize: 512 });
    const pushed: Uint8Array[] = [];
    device.multipart!.source(7, (context, offset, length) =>
      context === 3 ? file.subarray(offset, offset + length) : { completionCode: 0x21 },
    );
    device.multipart!.sink(7, (_context, _offset, data) => {
      pushed.push(data);
      return undefined;
    });
    const section = { pldmType: PLDM_TYPE.fileTransfer, transferContext: 3, length: 4000 };
    expect(await fails(receiveSection(terminus, section))).toMatchObject({ completionCode: 0x83 });
    const { partSize, types } = await run(terminus.negotiateTransfer());
    expect([partSize, [...types]]).toEqual([512, [7]]);
    expect(await run(receiveSection(terminus, section))).toEqual(file);
    expect(await run(receiveSection(terminus, { ...section, offset: 100, length: 10 }))).toEqual(file.slice(100, 110));
    expect(await fails(receiveSection(terminus, { ...section, transferContext: 4 }))).toMatchObject({
      completionCodeName: 'ERROR_INVALID_TRANSFER_CONTEXT',
    });
    await run(sendSection(terminus, { pldmType: 7, transferContext: 9 }, file, partSize));
    expect(pushed).toEqual([file]);
  });
});
