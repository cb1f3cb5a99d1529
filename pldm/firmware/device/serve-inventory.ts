/** What is asked of a firmware device in every state: what it is and has, and what is below it (DSP0267 §11). */

import { encode } from '../../../stack/codec/index.js';
import { fail } from '../../../stack/protocol/index.js';
import type { PldmHandlers } from '../../base/pldm-handlers.js';
import { transferFlag } from '../../base/shared-fields.js';
import { descriptor } from '../device-descriptors.js';
import { FWUP_CODES } from '../firmware-enums.js';
import {
  GetDownstreamFirmwareParameters,
  GetFirmwareParameters,
  QueryDeviceIdentifiers,
  QueryDownstreamDevices,
  QueryDownstreamIdentifiers,
} from '../inventory-commands.js';
import type { DownstreamHardware, FirmwareHardware } from './firmware-hardware.js';

/** Bytes of downstream entries in one answer. */
const PART_BYTES = 900;

export function serveInventory(handlers: PldmHandlers, hardware: FirmwareHardware): void {
  handlers.on(QueryDeviceIdentifiers, () => ({ descriptors: hardware.descriptors }));
  handlers.on(GetFirmwareParameters, () => hardware.parameters());
  const { downstream } = hardware;
  if (downstream === undefined) return;
  handlers.on(QueryDownstreamDevices, () => ({
    downstreamDeviceUpdateSupported: 1,
    numberOfDownstreamDevices: downstream.length,
    maxNumberOfDownstreamDevices: downstream.length,
    capabilities: hardware.downstreamCapabilities ?? 0,
  }));
  handlers.on(QueryDownstreamIdentifiers, (request) => {
    const part = partOf(downstream, request, sizeOfIdentifiers);
    if (typeof part === 'number') return fail(part);
    return {
      nextDataTransferHandle: part.next,
      transferFlag: part.flag,
      downstreamDevices: part.devices.map(({ downstreamDeviceIndex, descriptors }) => ({
        downstreamDeviceIndex,
        downstreamDescriptors: descriptors,
      })),
    };
  });
  handlers.on(GetDownstreamFirmwareParameters, (request) => {
    const part = partOf(downstream, request, sizeOfParameters);
    if (typeof part === 'number') return fail(part);
    return {
      nextDataTransferHandle: part.next,
      transferFlag: part.flag,
      fdpCapabilitiesDuringUpdate: hardware.parameters().capabilitiesDuringUpdate,
      downstreamDevices: part.devices.map((device) => device.parameters()),
    };
  });
}

function sizeOfIdentifiers({ descriptors }: DownstreamHardware): number {
  return 3 + descriptors.reduce((sum, each) => sum + encode(descriptor, each).length, 0);
}

function sizeOfParameters(device: DownstreamHardware): number {
  const { activeCompVersionString: active, pendingCompVersionString: pending } = device.parameters();
  return 36 + 2 * (active.length + pending.length);
}

/** Whole devices, as many as fit; a handle is the index of the first one. */
function partOf(
  all: readonly DownstreamHardware[],
  request: { readonly dataTransferHandle: number; readonly transferOperationFlag: number },
  sizeOf: (device: DownstreamHardware) => number,
): { devices: readonly DownstreamHardware[]; next: number; flag: number } | number {
  const { dataTransferHandle: handle, transferOperationFlag: operation } = request;
  if (operation !== 0 && operation !== 1) return FWUP_CODES.INVALID_TRANSFER_OPERATION_FLAG;
  const first = operation === 1;
  const begin = first ? 0 : handle;
  if (!first && (begin === 0 || begin >= all.length)) return FWUP_CODES.INVALID_TRANSFER_HANDLE;
  let end = begin;
  for (let bytes = 0; end < all.length; end++) {
    bytes += sizeOf(all[end]!);
    if (bytes > PART_BYTES && end > begin) break;
  }
  const last = end === all.length;
  const { start, middle, end: final, startAndEnd } = transferFlag.names;
  return {
    devices: all.slice(begin, end),
    next: last ? 0 : end,
    flag: last ? (first ? startAndEnd : final) : first ? start : middle,
  };
}
