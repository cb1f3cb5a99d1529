/**
 * Firmware of a bench device that can be updated over PLDM. In the description of the device:
 *
 *     [devices.ssd.pldm.firmware]
 *     version = "1.4.2"              # of the image set
 *     iana = 412                     # descriptors: at least one of iana, pciVendor, pciDevice, model
 *     pciVendor = 0x1ab4
 *     pciDevice = 0x0010
 *     components = [{ id = 1, version = "1.4.2", methods = 2, stamp = 5 }]
 *     downstream = [{ index = 1, version = "0.9", iana = 413 }]   # or pciVendor, pciDevice, model; also stamp, methods
 *     verifyMs = 200                 # how long it takes; also eraseMs, writeMs, applyMs, activateMs
 *     fails = "verify"               # it refuses every image
 *     restartMs = 3000               # it activates by a restart: away for so long, and its EID is forgotten
 */

import { PldmClient } from '../../../pldm/base/pldm-client.js';
import { FirmwareDevice } from '../../../pldm/firmware/device/firmware-device.js';
import {
  type MemoryComponentOptions,
  MemoryFirmware,
  type MemoryFirmwareOptions,
} from '../../../pldm/firmware/device/memory-firmware.js';
import { DESCRIPTOR_TYPE, type DescriptorInput } from '../../../pldm/firmware/device-descriptors.js';
import { COMPONENT_CLASSIFICATION } from '../../../pldm/firmware/firmware-enums.js';
import type { Clock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import type { PldmExtension } from './pldm-app.js';

const TIMES = ['eraseMs', 'writeMs', 'verifyMs', 'applyMs', 'activateMs'] as const;
const NUMBERS = [...TIMES, 'restartMs', 'iana', 'pciVendor', 'pciDevice', 'capabilities'] as const;
const TEXTS = ['version', 'model', 'fails'] as const;
const DOWNSTREAM_NUMBERS = ['index', 'iana', 'pciVendor', 'pciDevice', 'stamp', 'methods'] as const;
const COMPONENT_NUMBERS = ['id', 'classification', 'index', 'stamp', 'methods', 'capabilities', 'maxBytes'] as const;

/** The table `firmware`, if the device has one. The images outlive a reset. @throws MctpError EUSAGE */
export function firmwareExtension(table: unknown, device: string): PldmExtension[] {
  if (table === undefined) return [];
  const options = firmwareOptions(table, device);
  let hardware: MemoryFirmware | undefined;
  return [
    (terminus, _description, { clock, mctp, reset }) => {
      if (hardware === undefined) hardware = new MemoryFirmware(options(clock, reset, () => hardware!));
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

/** `own`: the storage that is made of them. */
type OptionsMaker = (clock: Clock, reset: (ms: number) => void, own: () => MemoryFirmware) => MemoryFirmwareOptions;
type Values = Readonly<Record<string, unknown>>;

function firmwareOptions(table: unknown, device: string): OptionsMaker {
  const where = `devices.${device}.pldm.firmware`;
  const values = checked(table, where, NUMBERS, TEXTS, ['components', 'downstream']);
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
  const descriptors = descriptorsOf(values, where);
  const below = downstreamOf(values.downstream, where, version);
  const { fails } = values;
  if (fails !== undefined && fails !== 'verify' && fails !== 'apply')
    throw wrong(where, 'fails is "verify" or "apply"');
  const restartMs = number('restartMs');
  return (clock, reset, own) => ({
    clock,
    descriptors,
    setVersion: version,
    components: [...components, ...below.map(({ component }) => component)],
    ...(number('capabilities') === undefined ? {} : { capabilities: number('capabilities')! }),
    ...Object.fromEntries(TIMES.map((name) => [name, number(name)]).filter(([, ms]) => ms !== undefined)),
    ...(below.length === 0
      ? {}
      : {
          downstream: below.map(({ component: { identifier }, descriptors: of }) => ({
            downstreamDeviceIndex: identifier,
            descriptors: of,
            parameters: () => own().downstreamParameters(identifier),
          })),
        }),
    ...(restartMs === undefined ? {} : { restart: { ms: restartMs, now: () => reset(restartMs) } }),
    ...(fails === 'verify' ? { check: () => 1 } : {}),
    ...(fails === 'apply' ? { applyResult: () => ({ result: 2 }) } : {}),
  });
}

interface Below {
  readonly component: MemoryComponentOptions;
  readonly descriptors: readonly DescriptorInput[];
}

function downstreamOf(list: unknown, where: string, version: string): Below[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw wrong(where, 'downstream is a list');
  return list.map((each, position) => {
    const inner = `${where}.downstream[${position}]`;
    const values = checked(each, inner, DOWNSTREAM_NUMBERS, ['version', 'model'], []);
    if (values.index === undefined) throw wrong(inner, 'it needs an index');
    const component = {
      identifier: values.index as number,
      classification: COMPONENT_CLASSIFICATION.downstreamDevice,
      version: (values.version as string | undefined) ?? version,
      ...given(values, 'stamp'),
      ...(values.methods === undefined ? {} : { activationMethods: values.methods as number }),
    };
    return { component, descriptors: descriptorsOf(values, inner) };
  });
}

function descriptorsOf(values: Values, where: string): DescriptorInput[] {
  const { pciVendorId, ianaEnterpriseId, pciDeviceId, asciiModelShort } = DESCRIPTOR_TYPE;
  const model = values.model as string | undefined;
  const descriptors: DescriptorInput[] = [
    ...descriptor(pciVendorId, values.pciVendor as number | undefined, 2),
    ...descriptor(ianaEnterpriseId, values.iana as number | undefined, 4),
    ...descriptor(pciDeviceId, values.pciDevice as number | undefined, 2),
    ...(model === undefined
      ? []
      : [{ descriptorType: asciiModelShort, descriptorData: new TextEncoder().encode(model.padEnd(10).slice(0, 10)) }]),
  ];
  if (descriptors.length === 0) throw wrong(where, 'it needs iana, pciVendor, pciDevice or model');
  return descriptors;
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
