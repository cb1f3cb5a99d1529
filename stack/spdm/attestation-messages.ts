/** Certificates, challenge and measurements (DSP0274 §10.6 to §10.11). */

import {
  bytes,
  Codec,
  derived,
  type Earlier,
  type Json,
  le,
  list,
  type Reader,
  rest,
  restSize,
  type Scope,
  struct,
  toHex,
  u8,
  when,
  whenever,
} from '../codec/index.js';
import { copyOf } from '../util/slab.js';
import { bitsOf, parted } from './parts.js';
import {
  isSince,
  MEASUREMENT_SUMMARY,
  NONCE,
  negotiated,
  OPAQUE,
  REQUESTER_CONTEXT,
  spdmMessage,
} from './spdm-message-type.js';

interface CertChainHeader {
  readonly length: number;
  readonly reservedOrHighLength: number;
  readonly rootHash: Uint8Array;
}

/** What the first portion of a chain begins with. It shows bytes of the field before it, and has none of its own. */
class CertChainHeaderCodec extends Codec<CertChainHeader | undefined, unknown> {
  readonly type = 'chain header';
  override readonly refs = ['portionLength'];

  read(reader: Reader, scope: Scope): CertChainHeader | undefined {
    const portion = scope?.number('portionLength') ?? 0;
    const hashSize = scope?.number('hashSize') ?? 0;
    if (scope?.number('requestOffset') !== 0 || hashSize === 0 || portion < 4 + hashSize) return undefined;
    const { buffer, position } = reader;
    const start = position - portion;
    return {
      length: buffer[start]! | (buffer[start + 1]! << 8),
      reservedOrHighLength: buffer[start + 2]! | (buffer[start + 3]! << 8),
      rootHash: copyOf(buffer, start + 4, start + 4 + hashSize),
    };
  }

  write(): void {}

  sample(): undefined {
    return undefined;
  }

  override toJson(value: CertChainHeader | undefined): Json {
    return value === undefined ? null : { ...value, rootHash: toHex(value.rootHash) };
  }
}

function countOfSlots(earlier: Earlier): number {
  let count = 0;
  for (let mask = earlier.number('param2') ?? 0; mask > 0; mask &= mask - 1) count++;
  return count;
}

const multiKey = (earlier: Earlier): boolean => isSince(0x13)(earlier) && earlier.number('multiKeyConn') === 1;
const isDmtf = (earlier: Earlier): boolean => earlier.number('measurementSpecification') === 1;

/** One measurement; one of another specification than DMTF's is bytes. */
const MeasurementBlock = struct('measurement', {
  index: u8,
  measurementSpecification: u8,
  measurementSize: restSize(le.u16),
  ...parted('dmtfMeasurementValueType', u8, { dmtfValueType: bitsOf(6, 0), dmtfRawBitStream: bitsOf(7) }, isDmtf),
  dmtfValueSize: whenever(isDmtf, derived(le.u16)),
  dmtfValue: whenever(isDmtf, bytes('dmtfValueSize')),
  measurement: whenever((earlier) => !isDmtf(earlier), rest),
});

const asksSignature = (earlier: Earlier): boolean => ((earlier.number('attributes') ?? 0) & 1) === 1;
const askedSignature = (earlier: Earlier): boolean => ((earlier.number('requestAttributes') ?? 0) & 1) === 1;

export const ATTESTATION_MESSAGES = [
  spdmMessage('GET_DIGESTS', 0x81),
  spdmMessage('DIGESTS', 0x01, {
    negotiated: true,
    fields: {
      digests: list(negotiated('hashSize'), { count: countOfSlots }),
      keyPairId: whenever(multiKey, list(u8, { count: countOfSlots })),
      certificateInfo: whenever(multiKey, list(u8, { count: countOfSlots })),
      keyUsageBitMask: whenever(multiKey, list(le.u16, { count: countOfSlots })),
    },
  }),
  spdmMessage('GET_CERTIFICATE', 0x82, {
    param1: { slotId: bitsOf(3, 0) },
    param2: { slotSizeRequested: bitsOf(0, 0, isSince(0x13)) },
    fields: { offset: le.u16, length: le.u16 },
  }),
  spdmMessage('CERTIFICATE', 0x02, {
    param1: { slotId: bitsOf(3, 0) },
    param2: { certificateModel: bitsOf(2, 0, isSince(0x13)) },
    fields: {
      portionLength: derived(le.u16),
      remainderLength: le.u16,
      certChainPortion: bytes('portionLength'),
      certChainHeader: new CertChainHeaderCodec(),
    },
  }),
  spdmMessage('CHALLENGE', 0x83, {
    param1: { slotId: bitsOf(7, 0) },
    param2: { measurementSummaryHashType: bitsOf(7, 0) },
    fields: { nonce: NONCE, requesterContext: REQUESTER_CONTEXT },
  }),
  spdmMessage('CHALLENGE_AUTH', 0x03, {
    negotiated: true,
    param1: { slotId: bitsOf(3, 0), basicMutAuthReq: bitsOf(7) },
    param2: { slotMask: bitsOf(7, 0) },
    fields: {
      certChainHash: negotiated('hashSize'),
      nonce: NONCE,
      measurementSummaryHash: MEASUREMENT_SUMMARY,
      ...OPAQUE,
      requesterContext: REQUESTER_CONTEXT,
      signature: negotiated('signatureSize'),
    },
  }),
  spdmMessage('GET_MEASUREMENTS', 0xe0, {
    param1: { attributes: bitsOf(7, 0) },
    param2: { operation: bitsOf(7, 0) },
    fields: {
      nonce: whenever(asksSignature, NONCE),
      slotIdParam: whenever((earlier) => asksSignature(earlier) && isSince(0x11)(earlier), u8),
      requesterContext: REQUESTER_CONTEXT,
    },
  }),
  spdmMessage('MEASUREMENTS', 0x60, {
    negotiated: true,
    param1: { totalNumberOfMeasurements: bitsOf(7, 0, (earlier) => earlier.number('requestOperation') === 0) },
    param2: { slotId: bitsOf(3, 0), contentChanged: bitsOf(5, 4, isSince(0x12)) },
    fields: {
      numberOfBlocks: derived(u8),
      measurementRecordLength: derived(le.u24),
      measurementRecord: list(MeasurementBlock, { bytes: 'measurementRecordLength', count: 'numberOfBlocks' }),
      nonce: NONCE,
      ...OPAQUE,
      requesterContext: REQUESTER_CONTEXT,
      signature: whenever(askedSignature, negotiated('signatureSize')),
    },
  }),
  spdmMessage('GET_ENDPOINT_INFO', 0x87, {
    param1: { subCode: bitsOf(7, 0) },
    param2: { slotId: bitsOf(3, 0) },
    fields: {
      requestAttributes: u8,
      reserved: bytes(3),
      nonce: when('requestAttributes', (value) => (value & 1) === 1, NONCE),
    },
  }),
  spdmMessage('ENDPOINT_INFO', 0x07, {
    negotiated: true,
    param2: { slotId: bitsOf(3, 0) },
    fields: {
      reserved: le.u32,
      nonce: whenever(askedSignature, NONCE),
      endpointInfoLength: derived(le.u32),
      endpointInfo: bytes('endpointInfoLength'),
      signature: whenever(askedSignature, negotiated('signatureSize')),
    },
  }),
  spdmMessage('GET_MEASUREMENT_EXTENSION_LOG', 0xef, { fields: { offset: le.u32, length: le.u32 } }),
  spdmMessage('MEASUREMENT_EXTENSION_LOG', 0x6f, {
    fields: { portionLength: derived(le.u32), remainderLength: le.u32, portion: bytes('portionLength') },
  }),
  spdmMessage('GET_CSR', 0xed, {
    fields: {
      requesterInfoLength: derived(le.u16),
      opaqueDataLength: derived(le.u16),
      requesterInfo: bytes('requesterInfoLength'),
      opaqueData: bytes('opaqueDataLength'),
    },
  }),
  spdmMessage('CSR', 0x6d, { fields: { csrLength: derived(le.u16), reserved: le.u16, csr: bytes('csrLength') } }),
  spdmMessage('SET_CERTIFICATE', 0xee, { param1: { slotId: bitsOf(3, 0) }, fields: { certChain: rest } }),
  spdmMessage('SET_CERTIFICATE_RSP', 0x6e, { param1: { slotId: bitsOf(3, 0) } }),
  spdmMessage('GET_KEY_PAIR_INFO', 0xfc, { fields: { keyPairId: u8 } }),
  spdmMessage('KEY_PAIR_INFO', 0x7c, {
    fields: {
      totalKeyPairs: u8,
      keyPairId: u8,
      capabilities: le.u16,
      keyUsageCapabilities: le.u16,
      currentKeyUsage: le.u16,
      asymAlgoCapabilities: le.u32,
      currentAsymAlgo: le.u32,
      publicKeyInfoLength: derived(le.u16),
      assocCertSlotMask: u8,
      publicKeyInfo: bytes('publicKeyInfoLength'),
    },
  }),
];
