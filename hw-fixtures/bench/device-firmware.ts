/**
 * Firmware of a bench device that can be updated over PLDM. In the description of the device:
 *
 *     [devices.ssd.pldm.firmware]
 *     version = "1.4.2"              # of the image set
 *     iana = 412                     # descriptors: at least one of iana, pciVendor, pciDevice, model
 *     pciVendor = 0x1ab4
 *     pciDevice = 0x0010
 *     components = [{ id = 1, version = "1.4.2", methods = 2, stamp = 5 }]
 *     verifyMs = 200                 # how long it takes; also eraseMs, writeMs, applyMs, activateMs
 *     fails = "verify"               # it refuses every image
 *     restartMs = 3000               # it activates by a restart: away for so long, and its EID is forgotten
 */

import {
  DESCRIPTOR_TYPE,
  type DescriptorInput,
  FirmwareDevice,
  type MemoryComponentOptions,
  MemoryFirmware,
  type MemoryFirmwareOptions,
  PldmClient,
} from '../../pldm/index.js';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import type { PldmExtension } from './pldm/pldm-app.js';

const TIMES = ['eraseMs', 'writeMs', 'verifyMs', 'applyMs', 'activateMs'] as const;
const NUMBERS = [...TIMES, 'restartMs', 'iana', 'pciVendor', 'pciDevice', 'capabilities'] as const;
const TEXTS = ['version', 'model', 'fails'] as const;
const COMPONENT_NUMBERS = ['id', 'classification', 'index', 'stamp', 'methods', 'capabilities', 'maxBytes'] as const;

/** The table `firmware`, if the device has one. The images outlive a reset. @throws MctpError EUSAGE */
export function firmwareExtension(table: unknown, device: string): PldmExtension[] {
  if (table === undefined) return [];
  const options = firmwareOptions(table, device);
  let hardware: MemoryFirmware | undefined;
  return [
    (terminus, _description, { clock, mctp, reset }) => {
      if (hardware === undefined) hardware = new MemoryFirmware(options(clock, reset));
      else hardware.reset();
      const client = new PldmClient({ transport: mctp, clock });
      const firmware = new FirmwareDevice({ handlers: terminus.responder.handlers, client, hardware });
      return () => {
        firmware.close();
        client.close();
      };
    },
  ];
}

type Values = Readonly<Record<string, unknown>>;

function firmwareOptions(
  table: unknown,
  device: string,
): (clock: Clock, reset: (ms: number) => void) => MemoryFirmwareOptions {
  const where = `devices.${device}.pldm.firmware`;
  const values = checked(table, where, NUMBERS, TEXTS, ['components']);
  const number = (name: (typeof NUMBERS)[number]): number | undefined => values[name] as number | undefined;
  const version = values.version as string | undefined;
  if (version === undefined) throw wrong(where, 'it needs a version');
  if (!Array.isArray(values.components) || values.components.length === 0) throw wrong(where, 'it needs components');
  const components = values.components.map((each, index): MemoryComponentOptions => {
    const inner = `${where}.components[${index}]`;
    const component = checked(each, inner, COMPONENT_NUMBERS, ['version'], []);
    if (component.id === undefined) throw wrong(inner, 'it needs an id');
    return {
      identifier: component.id as number,
      version: (component.version as string | undefined) ?? version,
      ...given(component, 'classification'),
      ...given(component, 'index'),
      ...given(component, 'stamp'),
      ...given(component, 'capabilities'),
      ...given(component, 'maxBytes'),
      ...(component.methods === undefined ? {} : { activationMethods: component.methods as number }),
    };
  });
  const { pciVendorId, ianaEnterpriseId, pciDeviceId, asciiModelShort } = DESCRIPTOR_TYPE;
  const model = values.model as string | undefined;
  const descriptors: DescriptorInput[] = [
    ...descriptor(pciVendorId, number('pciVendor'), 2),
    ...descriptor(ianaEnterpriseId, number('iana'), 4),
    ...descriptor(pciDeviceId, number('pciDevice'), 2),
    ...(model === undefined
      ? []
      : [{ descriptorType: asciiModelShort, descriptorData: new TextEncoder().encode(model.padEnd(10).slice(0, 10)) }]),
  ];
  if (descriptors.length === 0) throw wrong(where, 'it needs iana, pciVendor, pciDevice or model');
  const { fails } = values;
  if (fails !== undefined && fails !== 'verify' && fails !== 'apply')
    throw wrong(where, 'fails is "verify" or "apply"');
  const restartMs = number('restartMs');
  return (clock, reset) => ({
    clock,
    descriptors,
    setVersion: version,
    components,
    ...(number('capabilities') === undefined ? {} : { capabilities: number('capabilities')! }),
    ...Object.fromEntries(TIMES.map((name) => [name, number(name)]).filter(([, ms]) => ms !== undefined)),
    ...(restartMs === undefined ? {} : { restart: { ms: restartMs, now: () => reset(restartMs) } }),
    ...(fails === 'verify' ? { check: () => 1 } : {}),
    ...(fails === 'apply' ? { applyResult: () => ({ result: 2 }) } : {}),
  });
}

function descriptor(descriptorType: number, value: number | undefined, size: number): DescriptorInput[] {
  if (value === undefined) return [];
  return [
    { descriptorType, descriptorData: Uint8Array.from({ length: size }, (_, at) => (value >>> (8 * at)) & 0xff) },
  ];
}

function given<K extends string>(values: Values, name: K): { readonly [N in K]?: number } {
  return (values[name] === undefined ? {} : { [name]: values[name] }) as { readonly [N in K]?: number };
}

function checked(
  table: unknown,
  where: string,
  numbers: readonly string[],
  texts: readonly string[],
  others: readonly string[],
): Values {
  if (typeof table !== 'object' || table === null || Array.isArray(table)) throw wrong(where, 'it is a table');
  for (const [name, value] of Object.entries(table)) {
    if (numbers.includes(name)) {
      if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
        throw wrong(where, `${name} is a whole number`);
    } else if (texts.includes(name)) {
      if (typeof value !== 'string') throw wrong(where, `${name} is a text`);
    } else if (!others.includes(name)) {
      throw wrong(where, `"${name}" is unknown: it has ${[...texts, ...numbers, ...others].join(', ')}`);
    }
  }
  return table as Values;
}

function wrong(where: string, what: string): MctpError {
  return new MctpError('EUSAGE', `${where}: ${what}`);
}
