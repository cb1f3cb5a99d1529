/** Times of DSP0240 table 6, in ms, and the defaults that follow from them. */

export const TIMING = {
  /** PN1: retries after the first try. */
  retries: 2,
  /** PT1: a responder starts its answer within this. */
  responseStart: 100,
  /** PT2: wait before a retry; bounds. */
  retryWaitMin: 300,
  retryWaitMax: 4800,
  /** What is usual: devices are often slower than PT1 says. */
  retryWait: 2000,
  /** PT3: an instance id is free again after this. */
  instanceIdExpiry: 6000,
} as const;
