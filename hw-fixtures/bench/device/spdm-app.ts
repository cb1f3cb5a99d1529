/**
 * A responder of SPDM 1.0 to 1.2 without cryptography: versions, capabilities, algorithms, one certificate chain and
 * measurements without signature (DSP0274 §10). Everything else is an error.
 */

import { type Json, toHex } from '../../../stack/codec/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { encodeSpdm } from '../../../stack/spdm/index.js';
import type { DeviceApp } from './device.js';
import { SPDM_CHAIN, SPDM_CHAIN_DIGEST } from './spdm-chain.js';

const VERSIONS = [0x10, 0x11, 0x12];
/** CERT, and MEAS without signature. */
const FLAGS = 0x02 | 0x08;
const TRANSFER_SIZE = 4608;
/** Most bytes of a chain in one answer: what a small device has room for. */
const PORTION = 1024;

const ERROR = { invalidRequest: 0x01, unexpected: 0x04, unsupported: 0x07, versionMismatch: 0x41 } as const;
const CONTEXT = {
  hashSize: 32,
  signatureSize: 64,
  requesterSignatureSize: 0,
  dheSize: 0,
  requesterFlags: 0,
  responderFlags: FLAGS,
  measurementHashAlgo: 2,
  multiKeyConn: false,
};

/** Immutable ROM and mutable firmware by digest, and a firmware version. */
const MEASUREMENTS: readonly { readonly [name: string]: Json }[] = [
  { index: 1, dmtfValueType: 0, dmtfRawBitStream: 0, dmtfValue: '5a'.repeat(32) },
  { index: 2, dmtfValueType: 1, dmtfRawBitStream: 0, dmtfValue: 'c3'.repeat(32) },
  { index: 16, dmtfValueType: 7, dmtfRawBitStream: 1, dmtfValue: '0700000000000000' },
];
const ALL = 0xff;

type Said = readonly [name: string, fields: { readonly [name: string]: Json }];

/** Of one requester at a time: what was negotiated last. */
class Responder {
  #version = 0;

  /** `request` from its version byte on. */
  answer(request: Uint8Array): Uint8Array {
    const [version = 0, code = 0, param1 = 0, param2 = 0] = request;
    const [name, fields] = this.#said(request, version, code, param1, param2);
    const spdmVersion = code === 0x84 || this.#version === 0 ? 0x10 : this.#version;
    const asked = { requestAttributes: param1, requestOperation: param2, requestOffset: 0 };
    return encodeSpdm(name, { spdmVersion, ...fields }, { context: CONTEXT, asked }).subarray(1);
  }

  #said(request: Uint8Array, version: number, code: number, param1: number, param2: number): Said {
    if (code === 0x84) {
      this.#version = 0;
      return ['VERSION', { reserved: 0, versionNumberEntry: VERSIONS.map((one) => ({ raw: one << 8 })) }];
    }
    if (code === 0xe1) {
      if (!VERSIONS.includes(version)) return error(ERROR.versionMismatch);
      this.#version = version;
      const sizes = version >= 0x12 ? { dataTransferSize: TRANSFER_SIZE, maxSpdmMsgSize: TRANSFER_SIZE } : {};
      return ['CAPABILITIES', { ctExponent: 0, flags: FLAGS, ...sizes }];
    }
    if (this.#version === 0) return error(ERROR.unexpected);
    if (version !== this.#version) return error(ERROR.versionMismatch);
    switch (code) {
      case 0xe3:
        return ['ALGORITHMS', this.#algorithms()];
      case 0x81:
        return ['DIGESTS', { param2: 1, digests: [SPDM_CHAIN_DIGEST] }];
      case 0x82:
        return portion(request, param1);
      case 0xe0:
        return measurements(param1, param2);
      default:
        return error(ERROR.unsupported, code);
    }
  }

  #algorithms(): { readonly [name: string]: Json } {
    const ofVersion = this.#version >= 0x12 ? { otherParamsSelection: 0 } : {};
    const tables = this.#version >= 0x11 ? { algStruct: [] } : {};
    return {
      measurementSpecificationSel: 1,
      measurementHashAlgo: CONTEXT.measurementHashAlgo,
      baseAsymSel: 0x10,
      baseHashSel: 0x01,
      reserved2: '00'.repeat(11),
      extAsymSel: [],
      extHashSel: [],
      ...ofVersion,
      ...tables,
    };
  }
}

function error(errorCode: number, errorData = 0): Said {
  return ['ERROR', { errorCode, errorData }];
}

function portion(request: Uint8Array, slot: number): Said {
  const offset = (request[4] ?? 0) | ((request[5] ?? 0) << 8);
  const wanted = (request[6] ?? 0) | ((request[7] ?? 0) << 8);
  if (slot !== 0 || offset >= SPDM_CHAIN.length || wanted === 0) return error(ERROR.invalidRequest);
  const end = Math.min(offset + Math.min(wanted, PORTION), SPDM_CHAIN.length);
  const certChainPortion = toHex(SPDM_CHAIN, offset, end);
  return ['CERTIFICATE', { slotId: slot, remainderLength: SPDM_CHAIN.length - end, certChainPortion }];
}

function measurements(attributes: number, operation: number): Said {
  if ((attributes & 1) !== 0) return error(ERROR.invalidRequest);
  const found = MEASUREMENTS.filter(({ index }) => operation === ALL || index === operation);
  if (operation !== 0 && found.length === 0) return error(ERROR.invalidRequest);
  const measurementRecord = found.map((block) => ({ ...block, measurementSpecification: 1 }));
  const param1 = operation === 0 ? MEASUREMENTS.length : 0;
  return ['MEASUREMENTS', { param1, measurementRecord, nonce: '00'.repeat(32), opaqueData: '' }];
}

/** DSP0275 1.0. */
const BINDING_VERSION = 'f1f0ff00';

/** What a device with `spdm = true` says it speaks. */
export const SPDM_TYPE = { type: MESSAGE_TYPE.spdm, versions: [BINDING_VERSION] };

export const spdmApp: DeviceApp = ({ mctp }) => {
  const responder = new Responder();
  const socket = mctp.socket();
  socket.bind({ type: MESSAGE_TYPE.spdm });
  socket.onMessage((message) => {
    // An answer that cannot be sent is lost, as on a real device.
    if (message.payload.length >= 4) socket.reply(message, responder.answer(message.payload)).catch(() => {});
  });
};
