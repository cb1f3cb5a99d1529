/** The table `[devices.NAME.pldm]` of a bench description, read as strictly as the rest of it. */

import { FRU_FIELD, type FruFieldName, type FruFields } from '../../../pldm/fru/fru-fields.js';
import { entityTypeNumber } from '../../../pldm/platform/entity-types.js';
import { PDR_TYPE } from '../../../pldm/platform/pdr/pdr-common.js';
import { SUPPORTED_THRESHOLDS } from '../../../pldm/platform/platform-enums.js';
import type { ThresholdName, Thresholds } from '../../../pldm/platform/thresholds.js';
import { unitNumber } from '../../../pldm/platform/units.js';
import type { EntityDescription, PdrDescription } from '../../../pldm/terminus/terminus-description.js';
import type { TomlTable } from '../description/toml-table.js';
import type { BenchEffecter, BenchFru, BenchSensor, PldmDescription } from './pldm-description.js';
import { readAttribute } from './read-bios.js';
import { type OemSets, readStates } from './read-states.js';

const SYSTEM_BOARD: EntityDescription = { entityType: 64, entityInstanceNumber: 1, containerId: 0 };
const DATA_SIZES = ['u8', 's8', 'u16', 's16', 'u32', 's32'] as const;
const THRESHOLDS = Object.keys(SUPPORTED_THRESHOLDS) as ThresholdName[];
const OEM_UNIT = 255;
const FAR = 1e12;
const SECONDS = 1e6;
const MAX_TABLE = 65_536;

/** Tables of other readers, handed on as they are. */
const MORE = ['firmware', 'files'] as const;

/** @throws MctpError EUSAGE with the line */
export function readPldm(table: TomlTable): PldmDescription {
  const oem = readOem(table);
  const list = (key: string): TomlTable[] => table.tables(key).map(([, item]) => item);
  const description: PldmDescription = {
    tid: table.whole('tid', 0, 254) ?? 0,
    entity: { ...(readEntity(table) ?? SYSTEM_BOARD), containerId: 0 },
    partSize: table.whole('partSize', 16, 4096),
    sensors: list('sensors').map(readSensor),
    stateSensors: list('stateSensors').map((item) => readStates(item, oem.sets, readEntity)),
    effecters: list('effecters').map(readEffecter),
    stateEffecters: list('stateEffecters').map((item) => readStates(item, oem.sets, readEntity)),
    fru: list('fru').map(readFru),
    fruTableMaximumSize: table.whole('fruTableMaximumSize', 0, MAX_TABLE),
    bios: list('bios').map(readAttribute),
    biosTableMaximumSize: table.whole('biosTableMaximumSize', 0, MAX_TABLE),
    clock: table.flag('clock') ?? false,
    pdrs: oem.pdrs,
    more: Object.fromEntries(MORE.map((key) => [key, table.any(key)]).filter(([, value]) => value !== undefined)),
  };
  table.done();
  return description;
}

/** What the first association of the terminus contains: all but the first entity, which contains them. */
const CONTAINER = 1;

/** `entity = "fan"`, `instance = 2`, `entityName = "Fan 2"`. */
function readEntity(table: TomlTable): EntityDescription | undefined {
  const type = table.text('entity');
  const instance = table.whole('instance', 0, 0xffff);
  const name = table.text('entityName');
  if (type === undefined) {
    if (instance !== undefined || name !== undefined) throw table.error([], 'an instance or name without an entity');
    return undefined;
  }
  const entityType = entityTypeNumber(type);
  if (entityType === undefined) throw table.error(['entity'], `"${type}" is not an entity that DSP0249 knows`);
  return {
    entityType,
    entityInstanceNumber: instance ?? 1,
    containerId: CONTAINER,
    ...(name !== undefined && { name }),
  };
}

function readThresholds(table: TomlTable): Thresholds {
  const limits = THRESHOLDS.map((name) => [name, table.number(name, -FAR, FAR)] as const);
  return Object.fromEntries(limits.filter(([, value]) => value !== undefined));
}

function readUnit(table: TomlTable): string | undefined {
  const unit = table.text('unit');
  if (unit !== undefined && unitNumber(unit) === undefined) {
    throw table.error(['unit'], `"${unit}" is not a unit that DSP0248 knows: °C, V, A, W, RPM, ...`);
  }
  return unit;
}

function readSensor(table: TomlTable): BenchSensor {
  const oemUnit = table.whole('oemUnit', 1, 255);
  const unit = readUnit(table);
  const sensor: BenchSensor = {
    id: table.required('id', table.whole('id', 0, 0xffff)),
    name: table.text('name'),
    entity: readEntity(table),
    unit: oemUnit === undefined ? unit : OEM_UNIT,
    oemUnit,
    dataSize: table.oneOf('dataSize', DATA_SIZES),
    resolution: table.number('resolution', 1e-9, 1e9),
    unitModifier: table.whole('unitModifier', -12, 12),
    min: table.number('min', -FAR, FAR),
    max: table.number('max', -FAR, FAR),
    thresholds: readThresholds(table),
    hysteresis: table.number('hysteresis', 0, FAR),
    updateInterval: table.number('updateInterval', 0.01, SECONDS),
    compact: table.flag('compact') ?? false,
    course: {
      value: table.number('value', -FAR, FAR) ?? 0,
      swing: table.number('swing', 0, FAR) ?? 0,
      period: table.number('period', 0.1, SECONDS) ?? 60,
      follows: table.whole('follows', 0, 0xffff),
    },
  };
  table.done();
  return sensor;
}

function readEffecter(table: TomlTable): BenchEffecter {
  const effecter: BenchEffecter = {
    id: table.required('id', table.whole('id', 0, 0xffff)),
    name: table.text('name'),
    entity: readEntity(table),
    unit: readUnit(table),
    dataSize: table.oneOf('dataSize', DATA_SIZES),
    resolution: table.number('resolution', 1e-9, 1e9),
    min: table.required('min', table.number('min', -FAR, FAR)),
    max: table.required('max', table.number('max', -FAR, FAR)),
    value: table.required('value', table.number('value', -FAR, FAR)),
  };
  if (effecter.value < effecter.min || effecter.value > effecter.max) {
    throw table.error(['value'], `${effecter.value} is not ${effecter.min} to ${effecter.max}`);
  }
  table.done();
  return effecter;
}

function readFru(table: TomlTable): BenchFru {
  const entity = readEntity(table);
  const names = (Object.keys(FRU_FIELD) as FruFieldName[]).filter((name) => name !== 'manufactureDate');
  const texts = names.map((name) => {
    const value = name === 'vendorIana' ? table.whole(name, 0, 0xffffffff)?.toString() : table.text(name);
    return [name, value] as const;
  });
  const fields = Object.fromEntries(texts.filter(([, value]) => value !== undefined)) as FruFields;
  const fru = { set: table.whole('set', 1, 0xffff) ?? 1, entity, fields };
  table.done();
  return fru;
}

/** Units and state sets of the vendor's own. */
function readOem(table: TomlTable): { readonly sets: OemSets; readonly pdrs: readonly PdrDescription[] } {
  const sets = new Map<number, readonly string[]>();
  const pdrs: PdrDescription[] = [];
  for (const [, item] of table.tables('oemUnits')) {
    pdrs.push({
      pdrType: PDR_TYPE.oemUnit,
      pldmTerminusHandle: 1,
      oemUnitHandle: item.required('handle', item.whole('handle', 1, 255)),
      vendorIana: item.whole('vendor', 0, 0xffffffff) ?? 0,
      oemUnitId: item.whole('id', 0, 255) ?? 0,
      names: [{ languageTag: 'en', name: item.required('name', item.text('name')) }],
    });
    item.done();
  }
  for (const [, item] of table.tables('oemStateSets')) {
    const handle = item.required('handle', item.whole('handle', 0x8000, 0xffff));
    const states = item.required('states', item.list('states')).map(String);
    sets.set(handle, states);
    pdrs.push({
      pdrType: PDR_TYPE.oemStateSet,
      pldmTerminusHandle: 1,
      oemStateSetIdHandle: handle,
      vendorIana: item.whole('vendor', 0, 0xffffffff) ?? 0,
      oemStateSetId: item.whole('id', 0, 0xffff) ?? handle,
      unspecifiedValueHint: 0,
      states: states.map((name, index) => {
        return { minStateValue: index + 1, maxStateValue: index + 1, names: [{ languageTag: 'en', name }] };
      }),
    });
    item.done();
  }
  return { sets, pdrs };
}
