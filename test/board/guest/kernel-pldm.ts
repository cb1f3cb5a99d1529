// Runs inside the board: a PLDM requester on the kernel's sockets, a terminus of ours behind the join.

import { joinKernel, KernelMctp } from '../../../bindings/kernel/index.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { PldmClient } from '../../../pldm/base/index.js';
import { ATTRIBUTE_TYPE, BIOS_TABLE, BiosAttributes, biosStringTable, readDateTime } from '../../../pldm/bios/index.js';
import { FruData } from '../../../pldm/fru/index.js';
import { findRecords, PDR_TYPE, PdrRepository, readNumericSensor } from '../../../pldm/platform/index.js';
import { PldmTerminus, Terminus } from '../../../pldm/terminus/index.js';
import { encode } from '../../../stack/codec/index.js';
import { Mctp } from '../../../stack/mctp.js';

export interface PldmReport {
  readonly tid: number | undefined;
  readonly types: readonly number[];
  readonly pdrs: number;
  readonly sensors: number;
  readonly readings: readonly (number | undefined)[];
  /** Sensors that the terminus found by itself. */
  readonly found: number;
  readonly fru: readonly unknown[];
  /** Of the BIOS attribute: before, after it was set, and under another name after the string table was replaced. */
  readonly bios: readonly unknown[];
  readonly year: number;
  readonly ms: number;
}

const SENSORS = 40;
const ENTITY = { entityType: 111, entityInstanceNumber: 1, containerId: 1 };
const clock = systemClock;
const kernel = await KernelMctp.open();
const mctp = new Mctp({ clock });
const join = await joinKernel(mctp, { kernelEid: 8, ownEid: 9, kernel });
const device = new PldmTerminus({
  transport: mctp,
  clock,
  description: {
    tid: 7,
    entities: [{ ...ENTITY, name: 'Drive' }],
    numericSensors: Array.from({ length: SENSORS }, (_, i) => ({
      id: i + 1,
      name: `Temperature ${i + 1}`,
      unit: '°C',
      resolution: 0.5,
      read: () => 20 + i / 2,
    })),
    fru: [{ recordSetIdentifier: 1, entity: ENTITY, fields: { manufacturer: 'Acme', serialNumber: 'SN-0042' } }],
    bios: {
      strings: ['FanMode', 'Auto', 'Quiet'].map((string, stringHandle) => ({ stringHandle, string })),
      attributes: [
        {
          attributeHandle: 1,
          attributeType: ATTRIBUTE_TYPE.enumeration,
          attributeNameHandle: 0,
          possibleValuesStringHandles: [1, 2],
          defaultValueStringHandleIndices: [0],
        },
      ],
      values: [{ attributeHandle: 1, attributeType: ATTRIBUTE_TYPE.enumeration, currentValueStringHandleIndices: [0] }],
      tableMaximumSize: 256,
      dateTime: { read: () => ({ seconds: 1, minutes: 2, hours: 3, day: 4, month: 5, year: 2026 }) },
    },
  },
}).start();

const start = performance.now();
const client = new PldmClient({ transport: kernel, clock });
const terminus = new Terminus(client, { eid: 9 });
await terminus.discover();
const repository = new PdrRepository(terminus);
await repository.download();
const readings: (number | undefined)[] = [];
for (const sensor of repository.view.numericSensors) readings.push((await readNumericSensor(terminus, sensor)).value);
const fru = new FruData(terminus);
await fru.download();

const found = await findRecords(terminus, PDR_TYPE.numericSensor);
const bios = new BiosAttributes(terminus);
await bios.download();
const before = bios.attributes.get('FanMode')?.value;
await bios.set('FanMode', 'Quiet');
const after = await bios.get('FanMode');
const renamed = ['Luefter', 'Auto', 'Leise'].map((string, stringHandle) => ({ stringHandle, string }));
await bios.writeTable(BIOS_TABLE.string, encode(biosStringTable, { entries: renamed }), { partSize: 16 });
await bios.download();

const report: PldmReport = {
  tid: terminus.tid,
  types: [...terminus.types.keys()],
  pdrs: repository.records.size,
  sensors: repository.view.numericSensors.length,
  readings,
  found: found.length,
  bios: [before, after, bios.attributes.get('Luefter')?.value],
  year: (await readDateTime(terminus)).year,
  fru: fru.recordSets.map((set) => fru.fields(set)),
  ms: Math.round(performance.now() - start),
};
console.log(JSON.stringify(report));
client.close();
device.close();
await join.close();
await mctp.close();
kernel.close();
