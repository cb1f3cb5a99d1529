/** Raw numbers to units and back, names, entity trees. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildPdrs,
  DATA_SIZE,
  decimalOf,
  decodePdr,
  differenceToUnits,
  encodePdr,
  entityPath,
  entityTree,
  entityTypeName,
  entityTypeNumber,
  fromUnits,
  isPdr,
  type NumericSensorPdr,
  PDR_TYPE,
  type Scale,
  scaleOf,
  stateName,
  stateNumber,
  stateOf,
  stateSetName,
  toUnits,
  unitName,
  unitNumber,
  unitText,
  viewOf,
} from '../../pldm/platform/index.js';
import { bytesOf, readVectors, type Vector } from './vector-files.js';

const scale = (fields: Partial<Scale>): Scale => ({
  resolution: 1,
  offset: 0,
  unitModifier: 0,
  linear: true,
  unit: '',
  ...fields,
});

/** A numeric sensor of the vectors, changed. */
function numericSensorWith(fields: object): NumericSensorPdr {
  const vector = readVectors<Vector[]>('pldm-pdr.json').find(({ name }) => name.startsWith('Numeric Sensor PDR #0'))!;
  const plain = { resolution: 1, offset: 0, unitModifier: 0, auxUnit: 0, auxUnitModifier: 0, supportedThresholds: 0 };
  const pdr = { ...decodePdr(bytesOf(vector.hex)), ...plain, ...fields };
  return decodePdr(encodePdr(PDR_TYPE.numericSensor, { ...pdr, dataLength: undefined } as never)) as NumericSensorPdr;
}

describe('conversion', () => {
  it('follows (raw * resolution + offset) * 10^unitModifier', () => {
    expect(toUnits(scale({ resolution: 0.5, offset: -40 }), 200)).toBe(60);
    expect(toUnits(scale({ unitModifier: -3 }), 12_034)).toBe(12.034);
    expect(toUnits(scale({ unitModifier: 2 }), -3)).toBe(-300);
    expect(toUnits(scale({ resolution: decimalOf(Math.fround(0.1)) }), 3)).toBe(0.3);
    expect(toUnits(scale({ resolution: decimalOf(Math.fround(0.001)) }), 4_294_967_295)).toBe(4_294_967.295);
    expect([0.5, 1 / 3, 1e-7, 123_456.79].map(Math.fround).map(decimalOf)).toEqual([0.5, 0.33333334, 1e-7, 123_456.79]);
    expect(toUnits(scale({ linear: false, resolution: 9 }), 3)).toBe(3);
    expect(toUnits(scale({}), 2n ** 40n)).toBe(2 ** 40);
    expect(differenceToUnits(scale({ resolution: 0.5, offset: -40 }), 4)).toBe(2);
  });

  it('there and back is the same raw number', () => {
    const resolutions = fc.constantFrom(0.001, 0.1, 0.25, 1, 3, 100).map(Math.fround);
    const offsets = fc.constantFrom(-273.15, -40, 0, 0.5, 1000).map(Math.fround);
    fc.assert(
      fc.property(
        resolutions,
        offsets,
        fc.integer({ min: -6, max: 6 }),
        fc.integer({ min: -32_768, max: 32_767 }),
        (resolution, offset, unitModifier, raw) => {
          const made = scale({ resolution, offset, unitModifier });
          expect(fromUnits(made, toUnits(made, raw), DATA_SIZE.s16)).toBe(raw);
        },
      ),
    );
  });

  it('never makes a negative zero', () => {
    const made = scale({ resolution: Math.fround(0.001), offset: -40, unitModifier: -4 });
    expect(fromUnits(made, toUnits(made, 0), DATA_SIZE.s16)).toBe(0);
  });

  it('stays within the data size', () => {
    const plain = scale({});
    expect(fromUnits(plain, 300, DATA_SIZE.u8)).toBe(255);
    expect(fromUnits(plain, -300, DATA_SIZE.s8)).toBe(-128);
    expect(fromUnits(plain, -1, DATA_SIZE.u32)).toBe(0);
    expect(fromUnits(plain, Number.POSITIVE_INFINITY, DATA_SIZE.u64)).toBe(2n ** 64n - 1n);
    expect(fromUnits(plain, Number.NEGATIVE_INFINITY, DATA_SIZE.s64)).toBe(-(2n ** 63n));
    expect(fromUnits(plain, Number.NaN, DATA_SIZE.s16)).toBe(0);
  });

  it('takes a resolution or offset that is not a number as 1 and 0', () => {
    const vector = readVectors<Vector[]>('pldm-pdr.json').find(({ name }) => name.startsWith('Numeric Sensor PDR #0'))!;
    const pdr = decodePdr(bytesOf(vector.hex));
    if (!isPdr(pdr, PDR_TYPE.numericSensor)) throw new Error('not a numeric sensor');
    const odd = encodePdr(PDR_TYPE.numericSensor, {
      ...pdr,
      resolution: Number.NaN,
      offset: Number.POSITIVE_INFINITY,
    } as never);
    const again = decodePdr(odd);
    expect(isPdr(again, PDR_TYPE.numericSensor) && scaleOf(again)).toMatchObject({
      resolution: 1,
      offset: 0,
      unit: '°C',
    });
  });

  it('range fields of a numeric sensor are in its unit: no resolution and offset apply to them (DSP0248 §28.4)', () => {
    const fields = { resolution: 0.5, offset: -40, unitModifier: -1, rangeFieldFormat: 3, rangeFieldSupport: 0x1f };
    const limits = { nominalValue: 250, normalMax: 300, normalMin: -50, criticalHigh: 855, criticalLow: -100 };
    const raw = { warningHigh: 800, supportedThresholds: 1, sensorDataSize: 2, maxReadable: 2000, minReadable: 0 };
    const [sensor] = viewOf([numericSensorWith({ ...fields, ...limits, ...raw })]).numericSensors;
    expect(sensor!.limits).toEqual({
      nominal: 25,
      normalMax: 30,
      normalMin: -5,
      upperWarning: 80,
      upperCritical: 85.5,
      lowerCritical: -10,
    });
    expect([sensor!.minReadable, sensor!.maxReadable]).toEqual([-4, 96]);
  });

  it.each([
    ['in the format of the readings', 90, 3, 900],
    ['as a real32 where that has no such number', 90.25, 6, 902.5],
    ['as a real32 where that is too small', 5000, 6, 50_000],
  ])('a device gives its range fields so, too: %s', (_, upperCritical, rangeFieldFormat, criticalHigh) => {
    const sensor = { id: 1, resolution: 0.5, offset: 10, unitModifier: -1, read: () => 0 };
    const [record] = buildPdrs({ tid: 1, numericSensors: [{ ...sensor, thresholds: { upperCritical } }] });
    const pdr = decodePdr(record!);
    expect(pdr).toMatchObject({ rangeFieldFormat, criticalHigh });
    expect(viewOf([pdr]).numericSensors[0]!.limits).toEqual({ upperCritical });
  });

  it('an auxiliary unit has a power of ten of its own (DSP0248 §28.4, auxUnitModifier)', () => {
    const perKilohour = numericSensorWith({ baseUnit: 5, auxUnit: 23, auxUnitModifier: 3, rel: 0 });
    const timesMillimeters = numericSensorWith({ baseUnit: 17, auxUnit: 31, auxUnitModifier: -3, rel: 1 });
    const readings = [perKilohour, timesMillimeters].map((pdr) => [toUnits(scaleOf(pdr), 5), scaleOf(pdr).unit]);
    expect(readings).toEqual([
      [0.005, 'V/h'],
      [0.005, 'N·m'],
    ]);
  });

  it('finds the state of a value', () => {
    const thresholds = { upperWarning: 70, upperCritical: 80, lowerCritical: 0 };
    expect([-1, 10, 70, 79, 80].map((value) => stateOf(value, thresholds))).toEqual([6, 1, 8, 8, 9]);
  });
});

describe('names', () => {
  it('of units', () => {
    expect(unitText({ baseUnit: 2 })).toBe('°C');
    expect(unitText({ baseUnit: 5, auxUnit: 23, rel: 0 })).toBe('V/h');
    expect(unitText({ baseUnit: 17, auxUnit: 31, rel: 1 })).toBe('N·m');
    expect(unitText({ baseUnit: 76, rateUnit: 3 })).toBe('Packets/s');
    expect(unitText({ baseUnit: 1 })).toBe('');
    expect([unitNumber('rpm'), unitNumber('°C'), unitNumber('Degrees C'), unitNumber('smoots')]).toEqual([
      19,
      2,
      2,
      undefined,
    ]);
    expect(unitName(200)).toBe('unit 200');
  });

  it('of states and state sets', () => {
    expect(stateSetName(13)).toBe('Presence');
    expect(stateName(13, 2)).toBe('Not present');
    expect(stateName(13, 0)).toBe('Unknown');
    expect(stateName(4711, 3)).toBe('state 3');
    expect(stateSetName(0x8001)).toBe('OEM state set 0x8001');
    expect([stateNumber(17, 'ASSERTED'), stateNumber(17, 'unknown'), stateNumber(17, 'x')]).toEqual([2, 0, undefined]);
  });

  it('of entities', () => {
    expect(entityTypeName(111)).toBe('solid state drive');
    expect(entityTypeName(0x805d)).toBe('logical fan');
    expect(entityTypeName(0x6002)).toBe('OEM entity 0x6002');
    expect(entityTypeNumber('Fan')).toBe(93);
  });
});

describe('entity tree', () => {
  const entity = (entityType: number, entityInstanceNumber = 1, containerId = 0) => ({
    entityType,
    entityInstanceNumber,
    containerId,
  });
  const association = (
    containerId: number,
    container: ReturnType<typeof entity>,
    ...contained: ReturnType<typeof entity>[]
  ) =>
    decodePdr(
      encodePdr(PDR_TYPE.entityAssociation, {
        recordHandle: containerId,
        containerId,
        associationType: 0,
        containerEntity: container,
        containedEntities: contained,
      }),
    );

  it('puts several associations of one container together, and loose entities beside', () => {
    const { entities } = viewOf([
      association(1, entity(45), entity(64, 1, 1)),
      association(1, entity(45), entity(93, 1, 1), entity(93, 2, 1)),
      association(2, entity(64, 1, 1), entity(135, 1, 2)),
    ]);
    expect(entities.map(({ name, children }) => [name, children.map((child) => child.name)])).toEqual([
      ['system chassis 1', ['system board 1', 'fan 1', 'fan 2']],
    ]);
    expect(entities[0]!.children[0]!.children[0]!.name).toBe('processor 1');
    expect(entityTree([], [entity(120, 3)], () => 'PSU').roots).toMatchObject([{ name: 'PSU', children: [] }]);
  });

  it('cuts a cycle', () => {
    const { entities } = viewOf([
      association(1, entity(45), entity(64)),
      association(2, entity(64), entity(45)),
      association(3, entity(93), entity(93)),
    ]);
    const count = (nodes: typeof entities): number => nodes.reduce((n, node) => n + 1 + count(node.children), 0);
    expect(count(entities)).toBe(3);
  });

  it('bounds the depth: a chain of 2500 entities is whole, and a remark says that it was too deep', () => {
    const chain = Array.from({ length: 2500 }, (_, n) => association(n, entity(64, n, n), entity(64, n + 1, n + 1)));
    const { entities, notes } = viewOf(chain);
    const depth = (node: (typeof entities)[number]): number => 1 + Math.max(0, ...node.children.map(depth));
    const count = (nodes: typeof entities): number => nodes.reduce((n, node) => n + 1 + count(node.children), 0);
    expect(Math.max(...entities.map(depth))).toBe(64);
    expect(count(entities)).toBe(2501);
    expect(notes).toEqual([
      'entities are nested more than 64 levels deep: those that lie deeper are shown at the root',
    ]);
    expect(entityPath(entities, entity(64, 2500, 2500))).toMatch(/^system board \d+ \/ .*system board 2500$/);
  });

  // DSP0248 §28.8: the names are those of the sensor of PLDMTerminusHandle, and each terminus numbers its own.
  it('names the sensors of several termini each as its own terminus does', () => {
    const sensor = (pldmTerminusHandle: number) =>
      decodePdr(
        encodePdr(PDR_TYPE.stateSensor, {
          recordHandle: pldmTerminusHandle,
          pldmTerminusHandle,
          sensorId: 1,
          ...entity(64),
          sensorInit: 0,
          sensorAuxiliaryNamesPdr: true,
          sensors: [{ stateSetId: 1, possibleStates: Uint8Array.of(6) }],
        }),
      );
    const names = (pldmTerminusHandle: number, sensorName: string) =>
      decodePdr(
        encodePdr(PDR_TYPE.sensorAuxiliaryNames, {
          recordHandle: 100 + pldmTerminusHandle,
          pldmTerminusHandle,
          sensorId: 1,
          sensors: [{ names: [{ nameLanguageTag: 'en', sensorName }] }],
        }),
      );
    const named = [1, 2].map(sensor).concat(names(1, 'Fan'), names(2, 'Pump'));
    expect(viewOf(named).stateSensors.map(({ name }) => name)).toEqual(['Fan', 'Pump']);
    // The second one has no name.
    const half = viewOf([...[1, 2].map(sensor), names(1, 'Fan')]).stateSensors.map(({ name }) => name);
    expect(half).toEqual(['Fan', 'system board 1 sensor 1']);
    // Some devices name their own sensors with another handle.
    expect(viewOf([sensor(1), names(0, 'Fan')]).stateSensors[0]!.name).toBe('Fan');
  });

  it('lists the possible states when they are asked for, not for every part at once', () => {
    const part = { stateSetId: 1, possibleStates: new Uint8Array(255).fill(0xff) };
    const bytes = encodePdr(PDR_TYPE.stateSensor, {
      recordHandle: 1,
      pldmTerminusHandle: 1,
      sensorId: 1,
      ...entity(64),
      sensorInit: 0,
      sensorAuxiliaryNamesPdr: false,
      sensors: Array.from({ length: 8 }, () => part),
    });
    const pdr = decodePdr(bytes);
    const pdrs = Array.from({ length: 3900 }, () => pdr);
    const { stateSensors } = viewOf(pdrs);
    expect(stateSensors).toHaveLength(3900);
    expect(Object.getOwnPropertyDescriptor(stateSensors[0]!.sensors[0]!, 'possibleStates')!.get).toBeDefined();
    expect(stateSensors[3899]!.sensors[7]!.possibleStates).toHaveLength(2040);
  });
});
