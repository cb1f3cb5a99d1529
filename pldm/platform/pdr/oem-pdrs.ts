/** PDRs with a vendor's content (DSP0248 §28.10, §28.26-28.27) and Redfish resources (DSP0218 §7). */

import {
  bytes,
  derived,
  le,
  list,
  nulString,
  REST,
  rest,
  string,
  struct,
  u8,
  ver32,
} from '../../../stack/codec/index.js';
import { prefixed } from '../../base/shared-fields.js';
import { opaquePdr, pdr } from './pdr-common.js';

const languageStrings = list(struct('name', { languageTag: nulString('ascii'), name: nulString('utf16be') }), {
  count: 'stringCount',
});

export const oemUnitPdr = pdr('oemUnit', {
  pldmTerminusHandle: le.u16,
  oemUnitHandle: u8,
  vendorIana: le.u32,
  oemUnitId: u8,
  stringCount: derived(u8),
  names: languageStrings,
});

export const oemStateSetPdr = pdr('oemStateSet', {
  pldmTerminusHandle: le.u16,
  oemStateSetIdHandle: le.u16,
  vendorIana: le.u32,
  oemStateSetId: le.u16,
  unspecifiedValueHint: u8,
  stateCount: derived(u8),
  states: list(
    struct('oemState', { minStateValue: u8, maxStateValue: u8, stringCount: derived(u8), names: languageStrings }),
    { count: 'stateCount' },
  ),
});

export const oemDevicePdr = pdr('oemDevice', {
  pldmTerminusHandle: le.u16,
  copyPdr: u8,
  vendorIana: le.u32,
  oemRecordId: le.u16,
  vendorDataLength: derived(le.u16),
  vendorSpecificData: bytes('vendorDataLength'),
});

export const oemPdr = pdr('oem', {
  vendorIana: le.u32,
  oemRecordId: le.u16,
  vendorDataLength: derived(le.u16),
  vendorSpecificData: bytes('vendorDataLength'),
});

const text = string('utf8', REST, { nul: true });
const text16 = prefixed(le.u16, text);

/** majorSchemaDictionaryLengthBytes in bytes; strings end in a NUL on the wire. */
export const redfishResourcePdr = pdr('redfishResource', {
  resourceId: le.u32,
  resourceFlags: u8,
  containingResourceId: le.u32,
  proposedContainingResourceName: text16,
  subUri: text16,
  additionalResourceCount: derived(le.u16),
  additionalResources: list(struct('additionalResource', { resourceId: le.u32, subUri: text16 }), {
    count: 'additionalResourceCount',
  }),
  majorSchemaVersion: ver32,
  majorSchemaDictionaryLengthBytes: le.u16,
  majorSchemaDictionarySignature: le.u32.asHex(),
  majorSchemaName: prefixed(u8, text),
  oemCount: derived(le.u16),
  oemNames: list(text16, { count: 'oemCount' }),
});

/** Actions of the resources that it names (DSP0218 §7); strings end in a NUL on the wire. */
export const redfishActionPdr = pdr('redfishAction', {
  actionPdrIndex: u8,
  relatedResourceCount: derived(le.u16),
  relatedResourceIds: list(le.u32, { count: 'relatedResourceCount' }),
  actionCount: derived(u8),
  actions: list(struct('action', { actionName: prefixed(u8, text), actionPath: prefixed(u8, text) }), {
    count: 'actionCount',
  }),
});

/** Kinds that have no declaration here. */
export const otherPdr = opaquePdr({ data: rest });
