/** What messages do not say themselves: what was negotiated before, and what was asked (DSP0274 §10). */

import type { Scope } from '../codec/index.js';

/** What a connection negotiated. Sizes in bytes; 0 for what was not negotiated. */
export interface SpdmContext {
  readonly hashSize: number;
  readonly signatureSize: number;
  readonly requesterSignatureSize: number;
  readonly dheSize: number;
  readonly requesterFlags: number;
  readonly responderFlags: number;
  /** MeasurementHashAlgo, as ALGORITHMS selected it. */
  readonly measurementHashAlgo: number;
  readonly multiKeyConn: boolean;
}

/** What the request asked which a message answers. */
export interface SpdmAsked {
  readonly requestMeasurementSummaryHashType?: number;
  readonly requestAttributes?: number;
  readonly requestOperation?: number;
  readonly requestOffset?: number;
}

/** Fields of messages find these by their names, as if they came before the message. */
export function contextScope(context: SpdmContext, asked: SpdmAsked): Scope {
  const known: Readonly<Record<string, number | boolean | undefined>> = { ...context, ...asked };
  return {
    number: (name) => (Object.hasOwn(known, name) && known[name] !== undefined ? Number(known[name]) : undefined),
    bytes: () => new Uint8Array(),
    offset: () => 0,
  };
}
