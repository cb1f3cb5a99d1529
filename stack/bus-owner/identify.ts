/** Ask an endpoint what it is and what it speaks. Only what is mandatory is required (DSP0236 table 12). */

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
import type { Interview } from './interview.js';

export interface Identity {
  readonly messageTypes: readonly number[];
  readonly vendorDefined: readonly VendorSet[];
  readonly versions: Readonly<Record<number, readonly string[]>>;
}

/** A device that never says "last" must not keep us forever. */
const MAX_VENDOR_SETS = 32;

/** The UUID, or undefined when the endpoint has no such command, or does not answer it. @throws as `Interview.ask` */
export async function askUuid(interview: Interview): Promise<string | undefined> {
  if (interview.skips('uuid')) return undefined;
  const unreadable = (error: MctpError): void => {
    if (MctpError.is(error, 'EBADMSG')) interview.note(`its UUID cannot be read: ${error.message}`);
  };
  return (await interview.ask(GetEndpointUUID, {}, unreadable))?.uuid;
}

/** Types, vendor sets and versions. @throws MctpError ETIMEDOUT, ENACK when it is gone */
export async function identify(interview: Interview): Promise<Identity> {
  const messageTypes = await askTypes(interview);
  const versions: Record<number, readonly string[]> = {};
  if (!interview.skips('versions')) {
    for (const type of [BASE_SPECIFICATION, MESSAGE_TYPE.control, ...messageTypes]) {
      const found = await interview.ask(GetMCTPVersionSupport, { type });
      if (found !== undefined) versions[type] = found.versions.map((version) => versionText(fromHex(version)!));
    }
  }
  const speaksVendor = messageTypes.some((t) => t === MESSAGE_TYPE.vendorPci || t === MESSAGE_TYPE.vendorIana);
  const asksVendor = speaksVendor && !interview.skips('vendor');
  const vendorDefined = asksVendor ? await askVendorSets(interview) : [];
  return { messageTypes, vendorDefined, versions };
}

/** Some list control itself, as mctpd does; it goes without saying. */
async function askTypes(interview: Interview): Promise<number[]> {
  if (interview.skips('types')) return [];
  const answer = await interview.ask(GetMessageTypeSupport, {}, (error) =>
    interview.note(
      MctpError.is(error, 'EBADMSG')
        ? `its list of message types cannot be read: ${error.message}`
        : 'does not answer Get Message Type Support, which is mandatory',
    ),
  );
  return [...new Set(answer?.types ?? [])].filter((type) => type !== MESSAGE_TYPE.control).sort((a, b) => a - b);
}

async function askVendorSets(interview: Interview): Promise<VendorSet[]> {
  const sets: VendorSet[] = [];
  const asked = new Set<number>();
  for (let selector = 0; selector !== LAST_HANDLE; ) {
    if (asked.has(selector) || sets.length >= MAX_VENDOR_SETS) {
      interview.note('its list of vendor-defined sets has no end');
      break;
    }
    asked.add(selector);
    const answer = await interview.ask(GetVendorDefinedMessageSupport, { selector });
    if (answer === undefined) break;
    sets.push({ format: answer.format, vendorId: answer.vendorId, commandSet: answer.commandSet });
    selector = answer.nextSelector;
  }
  return sets;
}
