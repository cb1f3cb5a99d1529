/** Checks of what NVMe-MI commands say: data structures, health, configuration, vital product data. */

import { MI_STATUS } from '../../../stack/nvme-mi/mi-status.js';
import { hexNumber } from '../../../stack/util/text.js';
import type { CheckDeclaration } from '../declaration.js';
import { must, notApplicable } from '../finding.js';
import type { Probe } from '../probe.js';
import { MI, miAnswers, miAsk, miData, miRequest, miStatus, miSuccess, statusName } from './nvme-steps.js';

const STRUCTURES = 'NVMe-MI Read NVMe-MI Data Structure';
const SUBSYSTEM_HEALTH = 'NVMe-MI NVM Subsystem Health Status Poll';
const CONTROLLER_HEALTH = 'NVMe-MI Controller Health Status Poll';
const VPD = 'NVMe-MI VPD Read';
const DTYP = { subsystem: 0, port: 1, controllerList: 2, controller: 3 } as const;
const STRUCTURE_SIZE = 32;
const TWO_WIRE = 2;
const INTERNAL_ERROR = 0x02;
const ABSENT_PORT = 0xfe;
/** All controllers of every kind of PCI function, 255 entries. */
const ALL_CONTROLLERS = 0x81fe_0000;
const ENTRY_SIZE = 16;
const KELVIN = 273;
/** Values are measured anew every few seconds. */
const MOST_DEGREES_APART = 3;

const structure = async (probe: Probe, type: number, port = 0, controller = 0): Promise<Uint8Array> =>
  (await miSuccess(probe, MI.read, ((type << 24) | (port << 16) | controller) >>> 0)).data;
const ofType = (type: number) => (request: Uint8Array) => request[10] === type;
/** Only a 2-wire port says so: by the address of its management endpoint. */
const hasEndpoint = (port: Uint8Array): boolean => port[0] === TWO_WIRE && port[10] !== 0;
const u16 = (data: Uint8Array, at: number): number => data[at]! | (data[at + 1]! << 8);
const controllerIds = (list: Uint8Array): number[] =>
  Array.from({ length: Math.max(0, (list.length >> 1) - 1) }, (_, index) => u16(list, 2 + 2 * index));

/** A request which must be refused with Invalid Parameter. */
const refused = (
  number: string,
  clause: string,
  [title, what]: readonly [string, string],
  [opcode, nmd0, nmd1]: readonly [number, number, number],
): CheckDeclaration => ({
  id: `NVME-MI-${number}`,
  clause,
  level: 'mandatory',
  title,
  why: 'data that is made up for something that is not there misleads the requester',
  failure: `${what} is answered with success, or with another status than 0x04`,
  mend: 'answer Invalid Parameter, with the place of the field',
  mutant: () => miStatus(opcode, MI_STATUS.invalidParameter, INTERNAL_ERROR),
  run: async (probe) => {
    const { status } = await miAsk(probe, miRequest(opcode, nmd0, nmd1));
    must(status === MI_STATUS.invalidParameter, `${what} is answered with status ${statusName(status)}, not 0x04`);
  },
});

export const NVME_CONTENT_CHECKS: readonly CheckDeclaration[] = [
  {
    id: 'NVME-MI-014',
    clause: STRUCTURES,
    level: 'mandatory',
    title: 'The NVM subsystem information has 32 bytes, and a version of NVMe-MI',
    why: 'requesters choose by the version what they may ask',
    failure: 'the structure has another length, or version 0',
    mend: 'send the whole structure; byte 1 is the major version, 1 or more',
    mutant: () => miData(MI.read, 1, () => 0, ofType(DTYP.subsystem)),
    run: async (probe) => {
      const data = await structure(probe, DTYP.subsystem);
      must(data.length === STRUCTURE_SIZE, `the structure has ${data.length} bytes, not 32`);
      must(data[1]! >= 1, `the version is ${data[1]}.${data[2]}`);
    },
  },
  {
    id: 'NVME-MI-015',
    clause: STRUCTURES,
    level: 'mandatory',
    title: 'The information of each port has a known type and a transmission unit of 64 or more',
    why: 'requesters choose the size of packets by it',
    failure: 'a port has a reserved type, or says that it takes less than the baseline transmission unit',
    mend: 'answer for every port up to the number of ports; type 0, 1 or 2, and at least 64 where there is a management endpoint',
    mutant: () => miData(MI.read, 2, () => 32, ofType(DTYP.port)),
    run: async (probe) => {
      const ports = (await structure(probe, DTYP.subsystem))[0]! + 1;
      for (let port = 0; port < ports; port++) {
        const data = await structure(probe, DTYP.port, port);
        must(data.length === STRUCTURE_SIZE, `the structure of port ${port} has ${data.length} bytes, not 32`);
        must(data[0]! <= 2, `port ${port} has type ${data[0]}`);
        const unit = u16(data, 2);
        const isRight = unit >= 64 || (unit === 0 && !hasEndpoint(data));
        must(isRight, `port ${port} takes ${unit} bytes in a packet`);
      }
    },
  },
  refused(
    '016',
    STRUCTURES,
    ['It refuses the information of a port that is not there', 'the information of port 254'],
    [MI.read, (DTYP.port << 24) | (ABSENT_PORT << 16), 0],
  ),
  {
    id: 'NVME-MI-017',
    clause: STRUCTURES,
    level: 'mandatory',
    title: 'The controller list has as many IDs as it says, ascending',
    why: 'requesters page through it by the last ID',
    failure: 'the count and the bytes do not belong together, or IDs are out of order',
    mend: 'send the count, and two bytes for each controller, from the ID that was asked for upwards',
    mutant: () => miData(MI.read, 0, (count) => count + 1, ofType(DTYP.controllerList)),
    run: async (probe) => {
      const list = await structure(probe, DTYP.controllerList);
      const ids = controllerIds(list);
      must(u16(list, 0) === ids.length, `${u16(list, 0)} controllers are announced, and ${ids.length} IDs come`);
      const isAscending = ids.every((id, index) => index === 0 || id > ids[index - 1]!);
      must(isAscending, `the IDs are not ascending: ${ids.join(', ')}`);
    },
  },
  {
    id: 'NVME-MI-018',
    clause: STRUCTURES,
    level: 'mandatory',
    title: 'The information of a controller has 32 bytes, and a port that is there',
    why: 'it is how a controller is found on its PCIe port',
    failure: 'the structure has another length, or names a port beyond the number of ports',
    mend: 'answer for each ID of the controller list, with the number of its port',
    mutant: () => miData(MI.read, 0, () => 0xee, ofType(DTYP.controller)),
    run: async (probe) => {
      const ports = (await structure(probe, DTYP.subsystem))[0]! + 1;
      const [id] = controllerIds(await structure(probe, DTYP.controllerList));
      if (id === undefined) notApplicable('the drive has no controller');
      const data = await structure(probe, DTYP.controller, 0, id);
      must(data.length === STRUCTURE_SIZE, `the structure has ${data.length} bytes, not 32`);
      must(data[0]! < ports, `controller ${id} is on port ${data[0]}, of ${ports}`);
    },
  },
  {
    id: 'NVME-MI-019',
    clause: SUBSYSTEM_HEALTH,
    level: 'mandatory',
    title: 'The health of the NVM subsystem has eight bytes, reserved bits 0',
    why: 'it is what a management controller polls',
    failure: 'the answer has another length, or bits are set that mean nothing',
    mend: 'send status, warnings, temperature, percentage used, the composite status, and two bytes 0',
    mutant: () => miData(MI.subsystemHealth, 6, () => 1),
    run: async (probe) => {
      const { data } = await miSuccess(probe, MI.subsystemHealth);
      must(data.length === 8, `the data has ${data.length} bytes, not 8`);
      const isClear = data[6] === 0 && data[7] === 0 && (data[0]! & 0x01) === 0 && (data[5]! & 0xc0) === 0;
      must(isClear, `reserved bits are set: ${[...data].map(statusName).join(' ')}`);
    },
  },
  {
    id: 'NVME-MI-020',
    clause: SUBSYSTEM_HEALTH,
    level: 'mandatory',
    title: 'The composite temperature is not a reserved value',
    why: 'fans are controlled by it',
    failure: 'the temperature is between 0x82 and 0xc3, which mean nothing',
    mend: 'send degrees, 0x80 without a value, 0x81 when the sensor has failed, two complement below 0',
    mutant: () => miData(MI.subsystemHealth, 2, () => 0x90),
    run: async (probe) => {
      const { data } = await miSuccess(probe, MI.subsystemHealth);
      must(data[2]! < 0x82 || data[2]! > 0xc3, `the temperature is ${statusName(data[2])}`);
    },
  },
  {
    id: 'NVME-MI-021',
    clause: CONTROLLER_HEALTH,
    level: 'conditional',
    condition: 'when it supports the command',
    title: 'The health of controllers has as many entries as it says',
    why: 'requesters page through it by the number of entries',
    failure: 'the number of entries and the bytes do not belong together',
    mend: 'count the entries in byte 2 of NMRESP, from 1; 16 bytes each',
    mutant: () =>
      miAnswers(MI.controllerHealth, (payload) =>
        payload[3] === MI_STATUS.success ? payload.with(6, payload[6]! + 1) : payload,
      ),
    run: async (probe) => {
      const { response, data } = await miSuccess(probe, MI.controllerHealth, ALL_CONTROLLERS);
      must(data.length === ENTRY_SIZE * response[2]!, `${response[2]} entries are announced in ${data.length} bytes`);
    },
  },
  {
    id: 'NVME-MI-022',
    clause: CONTROLLER_HEALTH,
    level: 'conditional',
    condition: 'when it supports the command',
    title: 'The health of the NVM subsystem and that of its controllers fit together',
    why: 'one of two answers which differ is wrong, and it is not known which',
    failure: `the hottest controller and the subsystem are more than ${MOST_DEGREES_APART} degrees apart`,
    mend: 'make both from the same values; controllers have Kelvin, the subsystem has degrees Celsius',
    mutant: () => miData(MI.controllerHealth, 4, (low) => low ^ 0x10),
    run: async (probe) => {
      const composite = (await miSuccess(probe, MI.subsystemHealth)).data[2]!;
      const { data } = await miSuccess(probe, MI.controllerHealth, ALL_CONTROLLERS);
      if (data.length < ENTRY_SIZE) notApplicable('the drive has no controller');
      if (composite > 0x7e && composite < 0xc5) notApplicable('the composite temperature is not a value');
      const degrees = composite > 0x7f ? composite - 256 : composite;
      const celsius = Array.from(
        { length: Math.floor(data.length / ENTRY_SIZE) },
        (_, index) => u16(data, ENTRY_SIZE * index + 4) - KELVIN,
      );
      const hottest = Math.max(...celsius);
      const isNear = Math.abs(hottest - degrees) <= MOST_DEGREES_APART;
      must(isNear, `the subsystem has ${degrees} °C, its hottest controller ${hottest} °C`);
    },
  },
  refused(
    '023',
    CONTROLLER_HEALTH,
    ['It refuses to give 256 controllers in one answer', 'a Controller Health Status Poll with MAXRENT 255'],
    [MI.controllerHealth, 0x81ff_0000, 0],
  ),
  {
    id: 'NVME-MI-024',
    clause: 'NVMe-MI Configuration Get',
    level: 'mandatory',
    title: 'The transmission unit of its port is 64 or more',
    why: 'packets of both sides are made by it',
    failure: 'the unit that is set is smaller than the baseline transmission unit',
    mend: 'answer 64 from power-up on, and what was set since',
    mutant: () =>
      miAnswers(MI.configurationGet, (payload, request) =>
        request[7] === 3 && payload[3] === MI_STATUS.success ? payload.with(4, 0x10).with(5, 0) : payload,
      ),
    run: async (probe) => {
      const ports = (await structure(probe, DTYP.subsystem))[0]! + 1;
      for (let port = 0; port < ports; port++) {
        if (!hasEndpoint(await structure(probe, DTYP.port, port))) continue;
        const { response } = await miSuccess(probe, MI.configurationGet, ((port << 24) | 3) >>> 0);
        const unit = u16(response, 0);
        must(unit >= 64, `port ${port} has a transmission unit of ${unit} bytes`);
      }
    },
  },
  refused(
    '025',
    'NVMe-MI Configuration Get',
    ['It refuses a configuration that is reserved', `configuration ${hexNumber(0x55)}`],
    [MI.configurationGet, 0x55, 0],
  ),
  {
    id: 'NVME-MI-026',
    clause: VPD,
    level: 'mandatory',
    title: 'The vital product data begins with a right common header',
    why: 'asset management reads it as IPMI FRU data',
    failure: 'the version is not 1, or the checksum of the first eight bytes is wrong',
    mend: 'write byte 7 so that the sum of the eight bytes is 0',
    mutant: () => miData(MI.vpdRead, 7, (sum) => sum ^ 0x01),
    run: async (probe) => {
      const { data } = await miSuccess(probe, MI.vpdRead, 0, 8);
      must(data.length === 8, `8 bytes were asked for, and ${data.length} come`);
      must((data[0]! & 0x0f) === 1, `the version of the common header is ${data[0]}`);
      must(data.reduce((sum, byte) => (sum + byte) & 0xff, 0) === 0, 'the checksum of the common header is wrong');
    },
  },
  {
    id: 'NVME-MI-027',
    clause: VPD,
    level: 'mandatory',
    title: 'Reading no byte of the vital product data succeeds',
    why: 'requesters look with it whether the command is there',
    failure: 'VPD Read with length 0 is refused',
    mend: 'answer success without data',
    mutant: () =>
      miAnswers(MI.vpdRead, (payload, request) =>
        u16(request, 11) === 0 ? payload.with(3, MI_STATUS.invalidParameter) : payload,
      ),
    run: async (probe) => {
      const { status, data } = await miAsk(probe, miRequest(MI.vpdRead, 0, 0));
      must(status === MI_STATUS.success, `VPD Read with length 0 is answered with status ${statusName(status)}`);
      must(data.length === 0, `no byte was asked for, and ${data.length} come`);
    },
  },
  refused(
    '028',
    VPD,
    ['It refuses to read beyond its vital product data', 'VPD Read at offset 65535'],
    [MI.vpdRead, 0xffff, 0x10],
  ),
];
