/** Key exchange and sessions, encapsulated requests, chunks, vendor's messages and errors (DSP0274 §10.12 to §10.26). */

import { bytes, derived, type Earlier, le, optional, REST, rest, u8, when, whenever } from '../codec/index.js';
import { bitsOf } from './parts.js';
import {
  clearHandshake,
  MEASUREMENT_SUMMARY,
  negotiated,
  OPAQUE,
  opaqueSince,
  since,
  spdmMessage,
  until,
  zeros,
} from './spdm-message-type.js';
import { SPDM_ERROR } from './spdm-names.js';

const RANDOM = bytes(32);
/** Extended data of ERROR (DSP0274 table 58). */
const MOST_ERROR_DATA = 32;
const OWN_LAYOUT: readonly number[] = [SPDM_ERROR.responseTooLarge, SPDM_ERROR.largeResponse, SPDM_ERROR.notReady];

const vendorDefined = {
  standardId: le.u16,
  vendorIdLength: derived(u8),
  vendorId: bytes('vendorIdLength'),
  payloadLength: derived(le.u16),
  payload: bytes('payloadLength'),
};

const chunk = {
  param1: { lastChunk: bitsOf(0) },
  param2: { handle: bitsOf(7, 0) },
  fields: {
    chunkSeqNo: le.u16,
    reserved: le.u16,
    chunkSize: derived(le.u32),
    largeMessageSize: when('chunkSeqNo', 0, le.u32),
    chunk: bytes('chunkSize'),
  },
};

const keyUpdate = { param1: { updateOperation: bitsOf(7, 0) }, param2: { tag: bitsOf(7, 0) } };
const isSigned = (earlier: Earlier): boolean => ((earlier.number('param1') ?? 0) & 1) === 1;

export const SESSION_MESSAGES = [
  spdmMessage('KEY_EXCHANGE', 0xe4, {
    negotiated: true,
    param1: { measurementSummaryHashType: bitsOf(7, 0) },
    param2: { slotId: bitsOf(7, 0) },
    fields: {
      reqSessionId: le.u16,
      reserved: until(0x12, u8),
      sessionPolicy: since(0x12, u8),
      reserved2: u8,
      randomData: RANDOM,
      exchangeData: negotiated('dheSize'),
      ...OPAQUE,
    },
  }),
  spdmMessage('KEY_EXCHANGE_RSP', 0x64, {
    negotiated: true,
    param1: { heartbeatPeriod: bitsOf(7, 0) },
    fields: {
      rspSessionId: le.u16,
      mutAuthRequested: u8,
      slotIdParam: u8,
      randomData: RANDOM,
      exchangeData: negotiated('dheSize'),
      measurementSummaryHash: MEASUREMENT_SUMMARY,
      ...OPAQUE,
      signature: negotiated('signatureSize'),
      responderVerifyData: whenever((earlier) => !clearHandshake(earlier), negotiated('hashSize')),
    },
  }),
  spdmMessage('FINISH', 0xe5, {
    negotiated: true,
    param1: { signatureIncluded: bitsOf(0) },
    param2: { slotId: bitsOf(7, 0) },
    fields: {
      ...opaqueSince(0x14),
      signature: whenever(isSigned, negotiated('requesterSignatureSize')),
      requesterVerifyData: negotiated('hashSize'),
    },
  }),
  spdmMessage('FINISH_RSP', 0x65, {
    negotiated: true,
    fields: { ...opaqueSince(0x14), responderVerifyData: whenever(clearHandshake, negotiated('hashSize')) },
  }),
  spdmMessage('PSK_EXCHANGE', 0xe6, {
    param1: { measurementSummaryHashType: bitsOf(7, 0) },
    param2: { sessionPolicy: bitsOf(7, 0) },
    fields: {
      reqSessionId: le.u16,
      pskHintLength: derived(le.u16),
      contextLength: derived(le.u16),
      opaqueLength: derived(le.u16),
      pskHint: bytes('pskHintLength'),
      context: bytes('contextLength'),
      opaqueData: bytes('opaqueLength'),
    },
  }),
  spdmMessage('PSK_EXCHANGE_RSP', 0x66, {
    negotiated: true,
    param1: { heartbeatPeriod: bitsOf(7, 0) },
    fields: {
      rspSessionId: le.u16,
      reserved: le.u16,
      contextLength: derived(le.u16),
      opaqueLength: derived(le.u16),
      measurementSummaryHash: MEASUREMENT_SUMMARY,
      context: bytes('contextLength'),
      opaqueData: bytes('opaqueLength'),
      verifyData: negotiated('hashSize'),
    },
  }),
  spdmMessage('PSK_FINISH', 0xe7, { negotiated: true, fields: { requesterVerifyData: negotiated('hashSize') } }),
  spdmMessage('PSK_FINISH_RSP', 0x67),
  spdmMessage('HEARTBEAT', 0xe8),
  spdmMessage('HEARTBEAT_ACK', 0x68),
  spdmMessage('KEY_UPDATE', 0xe9, keyUpdate),
  spdmMessage('KEY_UPDATE_ACK', 0x69, keyUpdate),
  spdmMessage('END_SESSION', 0xec, { param1: { clearNegotiatedState: bitsOf(0) } }),
  spdmMessage('END_SESSION_ACK', 0x6c, { param1: { clearNegotiatedState: bitsOf(0) } }),
  spdmMessage('GET_ENCAPSULATED_REQUEST', 0xea),
  spdmMessage('ENCAPSULATED_REQUEST', 0x6a, {
    param1: { requestId: bitsOf(7, 0) },
    fields: { encapsulatedRequest: rest },
  }),
  spdmMessage('DELIVER_ENCAPSULATED_RESPONSE', 0xeb, {
    param1: { requestId: bitsOf(7, 0) },
    fields: { encapsulatedResponse: rest },
  }),
  spdmMessage('ENCAPSULATED_RESPONSE_ACK', 0x6b, {
    param1: { requestId: bitsOf(7, 0) },
    param2: { payloadType: bitsOf(7, 0) },
    fields: { ackRequestId: since(0x12, u8), reserved: since(0x12, zeros(3)), encapsulatedRequest: rest },
  }),
  spdmMessage('CHUNK_SEND', 0x85, chunk),
  spdmMessage('CHUNK_SEND_ACK', 0x05, {
    param1: { earlyErrorDetected: bitsOf(0) },
    param2: { handle: bitsOf(7, 0) },
    fields: { chunkSeqNo: le.u16, responseToLargeRequest: rest },
  }),
  spdmMessage('CHUNK_GET', 0x86, { param2: { handle: bitsOf(7, 0) }, fields: { chunkSeqNo: le.u16 } }),
  spdmMessage('CHUNK_RESPONSE', 0x06, chunk),
  spdmMessage('VENDOR_DEFINED_REQUEST', 0xfe, { fields: vendorDefined }),
  spdmMessage('VENDOR_DEFINED_RESPONSE', 0x7e, { fields: vendorDefined }),
  spdmMessage('RESPOND_IF_READY', 0xff, {
    param1: { originalRequestCode: bitsOf(7, 0) },
    param2: { token: bitsOf(7, 0) },
  }),
  spdmMessage('ERROR', 0x7f, {
    param1: { errorCode: bitsOf(7, 0) },
    param2: { errorData: bitsOf(7, 0) },
    fields: {
      actualSize: when('param1', SPDM_ERROR.responseTooLarge, le.u32),
      handle: when('param1', SPDM_ERROR.largeResponse, u8),
      rdtExponent: when('param1', SPDM_ERROR.notReady, u8),
      requestCode: when('param1', SPDM_ERROR.notReady, u8),
      token: when('param1', SPDM_ERROR.notReady, u8),
      rdtm: when('param1', SPDM_ERROR.notReady, u8),
      extendedErrorData: when(
        'param1',
        (code) => !OWN_LAYOUT.includes(code),
        optional(bytes(REST, { max: MOST_ERROR_DATA })),
      ),
    },
  }),
  spdmMessage('GET_SUPPORTED_EVENT_TYPES', 0xe2),
  spdmMessage('SUPPORTED_EVENT_TYPES', 0x62, { fields: { data: rest } }),
  spdmMessage('SUBSCRIBE_EVENT_TYPES', 0xf0, { fields: { data: rest } }),
  spdmMessage('SUBSCRIBE_EVENT_TYPES_ACK', 0x70),
  spdmMessage('SEND_EVENT', 0xf1, { fields: { data: rest } }),
  spdmMessage('EVENT_ACK', 0x71),
  spdmMessage('SET_KEY_PAIR_INFO', 0xfd, { fields: { data: rest } }),
  spdmMessage('SET_KEY_PAIR_INFO_ACK', 0x7d),
];
