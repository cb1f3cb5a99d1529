/** `fw inventory` and `fw status`: what devices run, what waits to be activated, and what they are doing. */

import { descriptorText } from '../../pldm/firmware/agent/match-package.js';
import {
  type ComponentParameter,
  type DownstreamParameter,
  fdStateName,
  reasonText,
} from '../../pldm/firmware/agent/read-inventory.js';
import { toHex } from '../../stack/codec/index.js';
import { EXIT, printable } from '../command-error.js';
import { tableLines } from '../format/columns.js';
import type { Io } from '../io.js';
import type { FwDocument } from '../schema/firmware-documents.js';
import type { FirmwarePeer, FirmwareSession } from './fw-devices.js';
import { classificationName, count, methodsText } from './fw-words.js';

export async function inventory(firmware: FirmwareSession, json: boolean, io: Io): Promise<number> {
  const peers = await firmware.inventories();
  if (json) {
    io.print(JSON.stringify({ devices: peers.map(peerJson) } satisfies FwDocument, null, 2));
    return EXIT.done;
  }
  for (const peer of peers) for (const line of peerLines(peer, io)) io.print(line);
  io.print(`${count(peers.length, 'device')} with firmware`);
  return EXIT.done;
}

export async function status(firmware: FirmwareSession, json: boolean, io: Io): Promise<number> {
  const peers = await firmware.inventories();
  if (json) {
    const devices = peers.map(({ name, terminus, inventory: { status: now } }) => ({
      name,
      eid: terminus.address.eid,
      status: statusJson(now),
    }));
    io.print(JSON.stringify({ devices } satisfies FwDocument, null, 2));
    return EXIT.done;
  }
  for (const line of tableLines(peers.map((peer) => [io.colours.name(peer.name), statusText(peer)]))) io.print(line);
  return EXIT.done;
}

/** "IDLE, after an activation", "DOWNLOAD, 45 %" */
export function statusText({ inventory: { status: now } }: Pick<FirmwarePeer, 'inventory'>): string {
  const { currentState, progressPercent, reasonCode, auxState } = now;
  const state = fdStateName(currentState);
  if (currentState === 0) return reasonCode === 0 ? state : `${state}, after ${reasonText(reasonCode)}`;
  const failed = auxState === 2 ? ', failed: waits to be cancelled' : '';
  return `${state}${progressPercent > 100 ? '' : `, ${progressPercent} %`}${failed}`;
}

function peerLines(peer: FirmwarePeer, { colours }: Io): string[] {
  const { descriptors, parameters, downstream } = peer.inventory;
  const { activeCompImageSetVersionString: active, pendingCompImageSetVersionString: pending } = parameters;
  const version = `${printable(active)}${pending === '' ? '' : `, ${printable(pending)} pending`}`;
  const lines = [`${colours.strong(peer.name)}  ${version}  ${colours.faint(statusText(peer))}`];
  lines.push(`  ${descriptors.map((one) => printable(descriptorText(one))).join(', ')}`);
  const rows = parameters.componentParameterTable.map((component) => {
    const index = component.compClassificationIndex === 0 ? '' : `.${component.compClassificationIndex}`;
    const what = `${classificationName(component.compClassification)} ${component.compIdentifier}${index}`;
    return versionCells(what, component, colours.name);
  });
  for (const { downstreamDeviceIndex, parameters: below } of downstream) {
    if (below !== undefined) rows.push(versionCells(`downstream ${downstreamDeviceIndex}`, below, colours.name));
  }
  return [...lines, ...tableLines(rows).map((line) => `  ${line}`)];
}

function versionCells(what: string, one: ComponentParameter | DownstreamParameter, name: (text: string) => string) {
  const { activeCompVersionString: active, pendingCompVersionString: pending } = one;
  const methods = methodsText(one.compActivationMethods);
  return [
    name(what),
    printable(active),
    pending === '' ? '' : `${printable(pending)} pending`,
    methods === '' ? '' : `activation: ${methods}`,
  ];
}

function peerJson({ name, terminus, inventory: { descriptors, parameters, downstream, status: now } }: FirmwarePeer) {
  const { completionCode: _code, ...rest } = parameters;
  const descriptorJson = (one: (typeof descriptors)[number]) => ({
    descriptorType: one.descriptorType,
    descriptorData: toHex(one.descriptorData),
    text: descriptorText(one),
  });
  return {
    name,
    eid: terminus.address.eid,
    descriptors: descriptors.map(descriptorJson),
    firmwareParameters: rest,
    downstreamDevices: downstream.map(({ downstreamDeviceIndex, descriptors: below, parameters: has }) => ({
      downstreamDeviceIndex,
      descriptors: below.map(descriptorJson),
      firmwareParameters: has ?? null,
    })),
    status: statusJson(now),
  };
}

function statusJson({
  completionCode: _code,
  ...now
}: FirmwarePeer['inventory']['status'] & { completionCode: number }) {
  return { ...now, state: fdStateName(now.currentState) };
}
