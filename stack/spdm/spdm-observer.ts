/** What a connection negotiates, learned from its messages as they pass (DSP0274 §10.3 to §10.5). Pure. */

import { MESSAGE_TYPE } from '../ids.js';
import type { SpdmAsked, SpdmContext } from './spdm-context.js';
import { ASYMMETRIC, DHE, HASHES, selected } from './spdm-names.js';

const CODE = {
  challenge: 0x83,
  getCertificate: 0x82,
  getVersion: 0x84,
  getEndpointInfo: 0x87,
  getMeasurements: 0xe0,
  getCapabilities: 0xe1,
  keyExchange: 0xe4,
  pskExchange: 0xe6,
  capabilities: 0x61,
  algorithms: 0x63,
} as const;

const ALGORITHM_TYPE = { dhe: 2, requesterAsymmetric: 4 } as const;
/** Type byte and SPDM header. */
const BODY = 5;

/** One for each pair of requester and responder. */
export class SpdmObserver {
  #requesterFlags = 0;
  #responderFlags = 0;
  #context: SpdmContext | undefined;
  #asked: SpdmAsked = {};

  /** Undefined until both agreed on their algorithms. */
  get context(): SpdmContext | undefined {
    return this.#context;
  }

  /** Every message in order, type byte first; gives what is needed to take this one apart. Never throws. */
  hear(message: Uint8Array): { readonly context: SpdmContext | undefined; readonly asked: SpdmAsked } {
    if (message[0] === MESSAGE_TYPE.spdm && message.length >= BODY) this.#learn(message, message[2]!);
    return { context: this.#context, asked: this.#asked };
  }

  #learn(message: Uint8Array, code: number): void {
    const param1 = message[3]!;
    const param2 = message[4]!;
    switch (code) {
      case CODE.getVersion:
        this.#requesterFlags = this.#responderFlags = 0;
        this.#context = undefined;
        this.#asked = {};
        break;
      case CODE.getCapabilities:
        this.#requesterFlags = word(message, BODY + 4);
        break;
      case CODE.capabilities:
        this.#responderFlags = word(message, BODY + 4);
        break;
      case CODE.algorithms:
        this.#context = this.#negotiated(message, param1);
        break;
      case CODE.challenge:
        this.#asked = { requestMeasurementSummaryHashType: param2 };
        break;
      case CODE.keyExchange:
      case CODE.pskExchange:
        this.#asked = { requestMeasurementSummaryHashType: param1 };
        break;
      case CODE.getMeasurements:
        this.#asked = { requestAttributes: param1, requestOperation: param2 };
        break;
      case CODE.getEndpointInfo:
        this.#asked = { requestAttributes: message[BODY] ?? 0 };
        break;
      case CODE.getCertificate:
        this.#asked = { requestOffset: half(message, BODY) };
        break;
    }
  }

  #negotiated(message: Uint8Array, tables: number): SpdmContext {
    const hash = selected(HASHES, word(message, 17));
    let dheSize = 0;
    let requesterSignatureSize = 0;
    const extended = (message[33] ?? 0) + (message[34] ?? 0);
    let at = 37 + 4 * extended;
    for (let table = 0; table < tables && at + 4 <= message.length; table++) {
      const selection = half(message, at + 2);
      if (message[at] === ALGORITHM_TYPE.dhe) dheSize = selected(DHE, selection)?.size ?? 0;
      if (message[at] === ALGORITHM_TYPE.requesterAsymmetric) {
        requesterSignatureSize = selected(ASYMMETRIC, selection)?.size ?? 0;
      }
      at += 4 + 4 * (message[at + 1]! & 0x0f);
    }
    return {
      hashSize: hash?.size ?? 0,
      signatureSize: selected(ASYMMETRIC, word(message, 13))?.size ?? 0,
      requesterSignatureSize,
      dheSize,
      requesterFlags: this.#requesterFlags,
      responderFlags: this.#responderFlags,
      measurementHashAlgo: word(message, 9),
      multiKeyConn: ((message[8] ?? 0) & 0x10) !== 0,
    };
  }
}

/** Little-endian; bytes that are missing are 0. */
function half(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) + (bytes[at + 1] ?? 0) * 0x100;
}

function word(bytes: Uint8Array, at: number): number {
  return half(bytes, at) + half(bytes, at + 2) * 0x10000;
}
