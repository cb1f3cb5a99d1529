/** Ask an endpoint who it is and what it speaks. Only what is mandatory is required (DSP0236 table 12). */

import { fromHex, versionText } from '../codec/index.js';
import type { ControlClient, ControlRequestOptions, VendorSet } from '../control/index.js';
import {
  BASE_SPECIFICATION,
  GetEndpointUUID,
  GetMCTPVersionSupport,
  GetMessageTypeSupport,
  GetVendorDefinedMessageSupport,
  LAST_HANDLE,
} from '../control/index.js';
import { MctpError } from '../errors.js';
import { MESSAGE_TYPE } from '../ids.js';
import type { MctpAddress } from '../transport.js';

export interface Identity {
  readonly messageTypes: readonly number[];
  readonly vendorDefined: readonly VendorSet[];
  readonly versions: Readonly<Record<number, readonly string[]>>;
  readonly remarks: readonly string[];
}

/** A device that never says "last" must not keep us for ever. */
const MAX_VENDOR_SETS = 32;

/** The UUID, or undefined when the endpoint has no such command. */
export async function askUuid(
  client: ControlClient,
  to: MctpAddress,
  options?: ControlRequestOptions,
): Promise<string | undefined> {
  return optional(async () => (await client.request(GetEndpointUUID, to, {}, options)).uuid);
}

/** Types, vendor sets and versions. @throws MctpError when even the mandatory commands are not answered */
export async function identify(
  client: ControlClient,
  to: MctpAddress,
  options?: ControlRequestOptions,
): Promise<Identity> {
  const remarks: string[] = [];
  const types = await optional(async () => (await client.request(GetMessageTypeSupport, to, {}, options)).types);
  if (types === undefined) remarks.push('does not answer Get Message Type Support, which is mandatory');
  // Some list control itself, as mctpd does; it goes without saying.
  const messageTypes = [...new Set(types ?? [])].filter((type) => type !== MESSAGE_TYPE.control).sort((a, b) => a - b);
  const versions: Record<number, readonly string[]> = {};
  for (const type of [BASE_SPECIFICATION, MESSAGE_TYPE.control, ...messageTypes]) {
    const found = await optional(
      async () => (await client.request(GetMCTPVersionSupport, to, { type }, options)).versions,
    );
    if (found !== undefined) versions[type] = found.map((version) => versionText(fromHex(version)!));
  }
  const speaksVendor = messageTypes.some((t) => t === MESSAGE_TYPE.vendorPci || t === MESSAGE_TYPE.vendorIana);
  const vendorDefined = speaksVendor ? await askVendorSets(client, to, remarks, options) : [];
  return { messageTypes, vendorDefined, versions, remarks };
}

async function askVendorSets(
  client: ControlClient,
  to: MctpAddress,
  remarks: string[],
  options?: ControlRequestOptions,
): Promise<VendorSet[]> {
  const sets: VendorSet[] = [];
  const asked = new Set<number>();
  for (let selector = 0; selector !== LAST_HANDLE; ) {
    if (asked.has(selector) || sets.length >= MAX_VENDOR_SETS) {
      remarks.push('its list of vendor-defined sets has no end');
      break;
    }
    asked.add(selector);
    const answer = await optional(() => client.request(GetVendorDefinedMessageSupport, to, { selector }, options));
    if (answer === undefined) break;
    sets.push({ format: answer.format, vendorId: answer.vendorId, commandSet: answer.commandSet });
    selector = answer.nextSelector;
  }
  return sets;
}

/** Undefined when the endpoint says no, or answers nonsense; silence is still an error. */
async function optional<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (MctpError.is(error, 'ECOMPLETION') || MctpError.is(error, 'EBADMSG')) return undefined;
    throw error;
  }
}
