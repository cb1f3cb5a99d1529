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
import { type DeviceClient, unlessRefused } from './device-client.js';
import type { IdentityPart } from './owner-options.js';

export interface Identity {
  readonly messageTypes: readonly number[];
  readonly vendorDefined: readonly VendorSet[];
  readonly versions: Readonly<Record<number, readonly string[]>>;
  readonly remarks: readonly string[];
}

/** A device that never says "last" must not keep us for ever. */
const MAX_VENDOR_SETS = 32;

/** The UUID, or undefined when the endpoint has no such command. */
export async function askUuid(exchange: DeviceClient, to: MctpAddress): Promise<string | undefined> {
  if (skips(exchange, to, 'uuid')) return undefined;
  return (await unlessRefused(() => exchange.ask(GetEndpointUUID, to, {})))?.uuid;
}

/** Types, vendor sets and versions. @throws MctpError ETIMEDOUT, ENACK when it is silent */
export async function identify(exchange: DeviceClient, to: MctpAddress): Promise<Identity> {
  const remarks: string[] = [];
  const messageTypes = await askTypes(exchange, to, remarks);
  const versions: Record<number, readonly string[]> = {};
  if (!skips(exchange, to, 'versions')) {
    for (const type of [BASE_SPECIFICATION, MESSAGE_TYPE.control, ...messageTypes]) {
      const found = await unlessRefused(() => exchange.ask(GetMCTPVersionSupport, to, { type }));
      if (found !== undefined) versions[type] = found.versions.map((version) => versionText(fromHex(version)!));
    }
  }
  const speaksVendor = messageTypes.some((t) => t === MESSAGE_TYPE.vendorPci || t === MESSAGE_TYPE.vendorIana);
  const asksVendor = speaksVendor && !skips(exchange, to, 'vendor');
  const vendorDefined = asksVendor ? await askVendorSets(exchange, to, remarks) : [];
  return { messageTypes, vendorDefined, versions, remarks };
}

/** Some list control itself, as mctpd does; it goes without saying. */
async function askTypes(exchange: DeviceClient, to: MctpAddress, remarks: string[]): Promise<number[]> {
  if (skips(exchange, to, 'types')) return [];
  const answer = await unlessRefused(
    () => exchange.ask(GetMessageTypeSupport, to, {}),
    (error) =>
      remarks.push(
        MctpError.is(error, 'EBADMSG')
          ? `its list of message types cannot be read: ${error.message}`
          : 'does not answer Get Message Type Support, which is mandatory',
      ),
  );
  return [...new Set(answer?.types ?? [])].filter((type) => type !== MESSAGE_TYPE.control).sort((a, b) => a - b);
}

async function askVendorSets(exchange: DeviceClient, to: MctpAddress, remarks: string[]): Promise<VendorSet[]> {
  const sets: VendorSet[] = [];
  const asked = new Set<number>();
  for (let selector = 0; selector !== LAST_HANDLE; ) {
    if (asked.has(selector) || sets.length >= MAX_VENDOR_SETS) {
      remarks.push('its list of vendor-defined sets has no end');
      break;
    }
    asked.add(selector);
    const answer = await unlessRefused(() => exchange.ask(GetVendorDefinedMessageSupport, to, { selector }));
    if (answer === undefined) break;
    sets.push({ format: answer.format, vendorId: answer.vendorId, commandSet: answer.commandSet });
    selector = answer.nextSelector;
  }
  return sets;
}

function skips(exchange: DeviceClient, to: MctpAddress, part: IdentityPart): boolean {
  return exchange.policy(to).skip?.includes(part) ?? false;
}
