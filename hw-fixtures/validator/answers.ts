/** Answers as they came, not checked: that is what checks are for. */

export interface Answer {
  /** Without the type byte. */
  readonly payload: Uint8Array;
  /** EID it came from. */
  readonly source: number;
  readonly integrityCheck: boolean;
  /** From the last request on the wire to the answer. */
  readonly ms: number;
}

/** Of the control protocol. */
export interface ControlAnswer {
  /** Rq, D and the reserved bit: bits 7:5 of the first byte. */
  readonly flags: number;
  readonly instance: number;
  /** Of the request. */
  readonly askedInstance: number;
  /** Undefined where the answer is too short. */
  readonly command: number | undefined;
  readonly code: number | undefined;
  /** Behind the completion code. */
  readonly data: Uint8Array;
  readonly payload: Uint8Array;
  readonly source: number;
  readonly integrityCheck: boolean;
  readonly ms: number;
}

export function readControlAnswer(answer: Answer, askedInstance: number): ControlAnswer {
  const { payload, source, integrityCheck, ms } = answer;
  const first = payload[0] ?? 0;
  return {
    payload,
    source,
    integrityCheck,
    ms,
    flags: first & 0xe0,
    instance: first & 0x1f,
    askedInstance,
    command: payload[1],
    code: payload[2],
    data: payload.subarray(3),
  };
}
