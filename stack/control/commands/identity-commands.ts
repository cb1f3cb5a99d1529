/** Who an endpoint is and what it speaks: commands 0x01 to 0x06 (DSP0236 §12.3 to §12.8). */

import { be, bit, bits, command, derived, enumOf, list, u8, uuid, variant, version32 } from '../../codec/index.js';

/** What `SetEndpointID` is to do; 2 and 3 ignore the EID. */
export const SET_EID_OPERATION = { set: 0, force: 1, reset: 2, setDiscovered: 3 } as const;
export const EID_ASSIGNMENT = { accepted: 0, rejected: 1 } as const;
export const EID_ALLOCATION = { none: 0, required: 1, alreadyAllocated: 2 } as const;
export const ENDPOINT_TYPE = { simple: 0, busOwnerOrBridge: 1 } as const;
/** Where the EID comes from: dynamic only; a static one is supported, is in effect, is not in effect. */
export const EID_TYPE = { dynamic: 0, staticSupported: 1, staticPresent: 2, staticDifferent: 3 } as const;
export const VENDOR_ID_FORMAT = { pci: 0, iana: 1 } as const;

/** Sent by a bus owner to a physical address; the EID in the answer is what counts. */
export const SetEndpointID = command({
  name: 'SetEndpointID',
  code: 0x01,
  source: 'DSP0236 §12.3',
  idempotent: true,
  request: { ...bits(u8, { operation: bit(1, 0, SET_EID_OPERATION) }), eid: u8 },
  response: {
    ...bits(u8, { assignment: bit(5, 4, EID_ASSIGNMENT), allocation: bit(1, 0, EID_ALLOCATION) }),
    eid: u8.note('EID in effect'),
    poolSize: u8.note('dynamic EIDs wanted by a bridge, 0 for none'),
  },
});

export const GetEndpointID = command({
  name: 'GetEndpointID',
  code: 0x02,
  source: 'DSP0236 §12.4',
  idempotent: true,
  request: {},
  response: {
    eid: u8.note('0: none yet'),
    ...bits(u8, { endpointType: bit(5, 4, ENDPOINT_TYPE), eidType: bit(1, 0, EID_TYPE) }),
    medium: u8.asHex().note('medium specific; SMBus bit 0: fairness arbitration'),
  },
});

export const GetEndpointUUID = command({
  name: 'GetEndpointUUID',
  code: 0x03,
  source: 'DSP0236 §12.5',
  idempotent: true,
  request: {},
  response: { uuid },
});

/** Asks about one message type; 0xff is the base specification, 0x00 the control protocol. */
export const GetMCTPVersionSupport = command({
  name: 'GetMCTPVersionSupport',
  code: 0x04,
  source: 'DSP0236 §12.6',
  idempotent: true,
  request: { type: u8.asHex() },
  response: { count: derived(u8), versions: list(version32, { count: 'count' }).note('oldest first') },
  completionCodes: { ERROR_MESSAGE_TYPE_NOT_SUPPORTED: 0x80 },
});

/** The types besides control; some peers list 0x00 all the same. */
export const GetMessageTypeSupport = command({
  name: 'GetMessageTypeSupport',
  code: 0x05,
  source: 'DSP0236 §12.7',
  idempotent: true,
  request: {},
  response: { count: derived(u8), types: list(u8, { count: 'count' }) },
});

/** One vendor-defined command set per answer, from selector 0 on until the next selector is 0xff. */
export const GetVendorDefinedMessageSupport = command({
  name: 'GetVendorDefinedMessageSupport',
  code: 0x06,
  source: 'DSP0236 §12.8',
  idempotent: true,
  request: { selector: u8 },
  response: {
    nextSelector: u8.asHex().note('0xff: this was the last'),
    format: enumOf(u8, VENDOR_ID_FORMAT, { reserved: 'reject' }),
    vendorId: variant('format', { 0: be.u16.asHex(), 1: be.u32 }),
    commandSet: be.u16.asHex(),
  },
});
