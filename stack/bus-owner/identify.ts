/** Ask an endpoint who it is and what it speaks. Only what is mandatory is required (DSP0236 table 12). */

import { fromHex, versionText } from '../codec/index.js';
import {
  BASE_SPECIFICATION,
  GetEndpointUUID,
  GetMCTPVersionSupport,
  GetMessageTypeSupport,
  GetVendorDefinedMessageSupport,
  LAST_HANDLE,
  type VendorSet,
} from '../control/index.js';
import { MctpError } from '../errors.js';
import { MESSAGE_TYPE } from '../ids.js';
import type { MctpAddress } from '../transport.js';
import type { IdentityPart } from './bus-owner-options.js';
import { type DeviceClient, unlessRefused } from './device-client.js';

export interface Identity {
  readonly messageTypes: readonly number[];
  readonly vendorDefined: readonly VendorSet[];
  readonly versions: Readonly<Record<number, readonly string[]>>;
  readonly remarks: readonly string[];
}

/** A device that never says "last" must not keep us forever. */
const MAX_VENDOR_SETS = 32;

/** The UUID, or undefined when the endpoint has no such command. */
export async function askUuid(devices: DeviceClient, to: MctpAddress): Promise<string | undefined> {
  if (skips(devices, to, 'uuid')) return undefined;
  return (await unlessRefused(() => devices.ask(to, GetEndpointUUID, {})))?.uuid;
}

/** Types, vendor sets and versions. @throws MctpError ETIMEDOUT, ENACK when it is silent */
export async function identify(devices: DeviceClient, to: MctpAddress): Promise<Identity> {
  const remarks: string[] = [];
  const messageTypes = await askTypes(devices, to, remarks);
  const versions: Record<number, readonly string[]> = {};
  if (!skips(devices, to, 'versions')) {
    for (const type of [BASE_SPECIFICATION, MESSAGE_TYPE.control, ...messageTypes]) {
      const found = await unlessRefused(() => devices.ask(to, GetMCTPVersionSupport, { type }));
      if (found !== undefined) versions[type] = found.versions.map((version) => versionText(fromHex(version)!));
    }
  }
  const speaksVendor = messageTypes.some((t) => t === MESSAGE_TYPE.vendorPci || t === MESSAGE_TYPE.vendorIana);
  const asksVendor = speaksVendor && !skips(devices, to, 'vendor');
  const vendorDefined = asksVendor ? await askVendorSets(devices, to, remarks) : [];
  return { messageTypes, vendorDefined, versions, remarks };
}

/** Some list control itself, as mctpd does; it goes without saying. */
async function askTypes(devices: DeviceClient, to: MctpAddress, remarks: string[]): Promise<number[]> {
  if (skips(devices, to, 'types')) return [];
  const answer = await unlessRefused(
    () => devices.ask(to, GetMessageTypeSupport, {}),
    (error) =>
      remarks.push(
        MctpError.is(error, 'EBADMSG')
          ? `its list of message types cannot be read: ${error.message}`
          : 'does not answer Get Message Type Support, which is mandatory',
      ),
  );
  return [...new Set(answer?.types ?? [])].filter((type) => type !== MESSAGE_TYPE.control).sort((a, b) => a - b);
}

async function askVendorSets(devices: DeviceClient, to: MctpAddress, remarks: string[]): Promise<VendorSet[]> {
  const sets: VendorSet[] = [];
  const asked = new Set<number>();
  for (let selector = 0; selector !== LAST_HANDLE; ) {
    if (asked.has(selector) || sets.length >= MAX_VENDOR_SETS) {
      remarks.push('its list of vendor-defined sets has no end');
      break;
    }
    asked.add(selector);
    const answer = await unlessRefused(() => devices.ask(to, GetVendorDefinedMessageSupport, { selector }));
    if (answer === undefined) break;
    sets.push({ format: answer.format, vendorId: answer.vendorId, commandSet: answer.commandSet });
    selector = answer.nextSelector;
  }
  return sets;
}

function skips(devices: DeviceClient, to: MctpAddress, part: IdentityPart): boolean {
  return devices.policy(to).skip?.includes(part) ?? false;
}

const NIL_UUID = '00000000-0000-0000-0000-000000000000';
const ALL_ONES_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A UUID that can tell devices apart. */
export function isUsefulUuid(uuid: string | undefined): uuid is string {
  return uuid !== undefined && uuid !== NIL_UUID && uuid !== ALL_ONES_UUID;
}
