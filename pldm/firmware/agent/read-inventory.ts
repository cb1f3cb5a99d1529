/** What a firmware device is, has and is doing: read from it, with whatever is below it (DSP0267 §11). */

import type { Fields, ResponseFields } from '../../../stack/codec/index.js';
import { CompletionCodeError, MctpError } from '../../../stack/errors.js';
import type { CallOptions } from '../../../stack/protocol/index.js';
import { isLastPart } from '../../base/collect-parts.js';
import { COMPLETION } from '../../base/pldm-completion-codes.js';
import type { Terminus } from '../../terminus/terminus.js';
import type { Descriptor } from '../device-descriptors.js';
import { FD_STATE, FWUP_CODES } from '../firmware-enums.js';
import {
  type componentParameter,
  GetDownstreamFirmwareParameters,
  GetFirmwareParameters,
  QueryDeviceIdentifiers,
  QueryDownstreamDevices,
  QueryDownstreamIdentifiers,
} from '../inventory-commands.js';
import { TOLERANT } from '../tolerant.js';

export type FirmwareParameters = ResponseFields<typeof GetFirmwareParameters>;
export type ComponentParameter = Fields<typeof componentParameter>;
export type DownstreamParameter = ResponseFields<typeof GetDownstreamFirmwareParameters>['downstreamDevices'][number];
export type FirmwareStatus = ResponseFields<typeof TOLERANT.GetStatus>;

export interface DownstreamDevice {
  readonly downstreamDeviceIndex: number;
  readonly descriptors: readonly Descriptor[];
  /** Undefined: it has no entry. */
  readonly parameters: DownstreamParameter | undefined;
  /** fdpCapabilitiesDuringUpdate, as it comes with that entry. */
  readonly capabilities: number;
}

export interface FirmwareInventory {
  readonly descriptors: readonly Descriptor[];
  readonly parameters: FirmwareParameters;
  readonly downstream: readonly DownstreamDevice[];
  readonly status: FirmwareStatus;
}

/** Downstream devices and parts of their lists are counted to 65535; this many parts are enough for all of them. */
const MAX_PARTS = 4096;

/** @throws CompletionCodeError, MctpError; ERROR_UNSUPPORTED_PLDM_CMD for a device without firmware update */
export async function readInventory(terminus: Terminus, options: CallOptions = {}): Promise<FirmwareInventory> {
  const { descriptors } = await terminus.call(QueryDeviceIdentifiers, {}, options);
  const parameters = await terminus.call(GetFirmwareParameters, {}, options);
  const status = await readStatus(terminus, options);
  const downstream = await readDownstream(terminus, options);
  return { descriptors, parameters, downstream, status };
}

export function readStatus(terminus: Terminus, options: CallOptions = {}): Promise<FirmwareStatus> {
  return terminus.call(TOLERANT.GetStatus, {}, options);
}

/** Empty when the device has nothing below it, or does not know the commands (1.0). */
async function readDownstream(terminus: Terminus, options: CallOptions): Promise<DownstreamDevice[]> {
  if (!terminus.supports(QueryDownstreamDevices)) return [];
  const summary = await terminus.exchange(QueryDownstreamDevices, {}, options);
  if (!QueryDownstreamDevices.succeeded(summary)) {
    if (summary.completionCode === COMPLETION.ERROR_UNSUPPORTED_PLDM_CMD) return [];
    throw new CompletionCodeError(QueryDownstreamDevices.name, summary.completionCode, 'an error');
  }
  if (summary.downstreamDeviceUpdateSupported === 0 || summary.numberOfDownstreamDevices === 0) return [];
  const identified = await collect(terminus, QueryDownstreamIdentifiers, options, (part) => part.downstreamDevices);
  const parameters = await collect(
    terminus,
    GetDownstreamFirmwareParameters,
    options,
    ({ fdpCapabilitiesDuringUpdate: capabilities, downstreamDevices }) =>
      downstreamDevices.map((entry) => ({ entry, capabilities })),
  );
  return identified.map(({ downstreamDeviceIndex, downstreamDescriptors }) => {
    const own = parameters.find(({ entry }) => entry.downstreamDeviceIndex === downstreamDeviceIndex);
    return {
      downstreamDeviceIndex,
      descriptors: downstreamDescriptors,
      parameters: own?.entry,
      capabilities: own?.capabilities ?? 0,
    };
  });
}

type PartedCommand = typeof QueryDownstreamIdentifiers | typeof GetDownstreamFirmwareParameters;

/** All parts; from the start when the list changed on the way. */
async function collect<C extends PartedCommand, T>(
  terminus: Terminus,
  command: C,
  options: CallOptions,
  itemsOf: (part: ResponseFields<C>) => readonly T[],
): Promise<T[]> {
  const all: T[] = [];
  let handle = 0;
  let restarts = 0;
  for (let part = 0; part < MAX_PARTS; part++) {
    const request = {
      dataTransferHandle: handle,
      transferOperationFlag: all.length === 0 && handle === 0 ? 'getFirstPart' : 'getNextPart',
    } as const;
    const answer = await terminus.exchange(command as typeof QueryDownstreamIdentifiers, request, options);
    if (answer.completionCode === FWUP_CODES.DOWNSTREAM_DEVICE_LIST_CHANGED && restarts++ < 3) {
      all.length = 0;
      handle = 0;
      continue;
    }
    if (!(command as typeof QueryDownstreamIdentifiers).succeeded(answer)) {
      throw new CompletionCodeError(command.name, answer.completionCode, 'an error');
    }
    const items = itemsOf(answer as unknown as ResponseFields<C>);
    for (const item of items) all.push(item);
    if (isLastPart(answer.transferFlag)) return all;
    if (items.length === 0 || answer.nextDataTransferHandle === handle) break;
    handle = answer.nextDataTransferHandle;
  }
  throw new MctpError('EPROTO', `${terminus.name}: ${command.name} does not end`);
}

const STATE_NAMES = new Map<number, string>(
  Object.entries({
    idle: 'IDLE',
    learnComponents: 'LEARN COMPONENTS',
    readyXfer: 'READY XFER',
    download: 'DOWNLOAD',
    verify: 'VERIFY',
    apply: 'APPLY',
    activate: 'ACTIVATE',
  } satisfies Record<keyof typeof FD_STATE, string>).map(([name, text]) => [
    FD_STATE[name as keyof typeof FD_STATE],
    text,
  ]),
);

/** "READY XFER" */
export function fdStateName(state: number): string {
  return STATE_NAMES.get(state) ?? `state ${state}`;
}

const REASONS = [
  'it was started',
  'an activation',
  'a cancelled update',
  'a timeout while learning components',
  'a timeout while ready to transfer',
  'a timeout while downloading',
  'a timeout while verifying',
  'a timeout while applying',
] as const;

/** Why a device is in IDLE: "a timeout while downloading". */
export function reasonText(reason: number): string {
  return REASONS[reason] ?? `reason ${reason}`;
}
