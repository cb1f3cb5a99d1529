/** What host and adapter say to each other (docs/adapter-protocol.md): declared once, for both sides. */

import { bytes, derived, enumOf, le, list, nulString, rest, struct, u8 } from '../../../stack/codec/index.js';

export const PROTOCOL_VERSION = 1;

/** Requests; an answer has the bit ANSWER too. */
export const REQUEST = {
  hello: 0x01,
  configure: 0x02,
  write: 0x03,
  credit: 0x04,
  status: 0x05,
  recover: 0x06,
  selfTest: 0x07,
  bootLoader: 0x08,
  fault: 0x09,
  sniff: 0x0a,
  echo: 0x0b,
} as const;
export type RequestKind = (typeof REQUEST)[keyof typeof REQUEST];
export const ANSWER = 0x80;
export const EVENT = { received: 0x41, sniffed: 0x42, lines: 0x43 } as const;

/** The first byte of each answer. */
export const RESULT = {
  done: 0,
  addressNack: 1,
  dataNack: 2,
  arbitration: 3,
  timeout: 4,
  stuck: 5,
  invalid: 6,
  unsupported: 7,
  busy: 8,
  notTried: 9,
} as const;

/** Bits of `capabilities`. */
export const CAN = {
  control: 1 << 0,
  beTarget: 1 << 1,
  sniff: 1 << 2,
  recover: 1 << 3,
  selfTest: 1 << 4,
  fault: 1 << 5,
  bootLoader: 1 << 6,
} as const;

/** Levels of the lines, bits: high. */
const LINE = { scl: 1 << 0, sda: 1 << 1 } as const;
export const BOTH_HIGH = LINE.scl | LINE.sda;

/** Adapters may add fields behind the ones that a version knows: `rest`. */
export const helloRequest = struct('hello', { version: u8 });
export const helloAnswer = struct('hello answer', {
  result: u8,
  version: u8,
  capabilities: le.u32,
  /** Bytes, the address excluded. */
  largestWrite: le.u16,
  writesHeld: le.u16,
  targetAddresses: u8,
  /** µs. */
  time: le.u32,
  name: nulString('utf8'),
  firmware: nulString('utf8'),
  serialNumber: nulString('utf8'),
  more: rest,
});

export const configureRequest = struct('configure', {
  /** Hz. */
  speed: le.u32,
  /** µs. */
  timeout: le.u32,
  addressCount: derived(u8),
  addresses: list(u8, { count: 'addressCount' }),
});
export const configureAnswer = struct('configure answer', { result: u8, speed: le.u32 });
export const statusAnswer = struct('status', {
  result: u8,
  time: le.u32,
  receivedLost: le.u32,
  sniffedLost: le.u32,
  badFrames: le.u32,
  lines: u8,
});
const faultKind = enumOf(u8, {
  none: 0,
  refuseAddress: 1,
  refuseByte: 2,
  stretch: 3,
  holdData: 4,
  loseArbitration: 5,
});
export const faultRequest = struct('fault', { kind: faultKind, count: le.u16, value: le.u32 });

/** What the analyser saw between a START and the STOP or the next START; bytes[0] is the address with its R/W bit. */
export const sniffedEvent = struct('sniffed', {
  start: le.u32,
  duration: le.u32,
  longestPause: le.u32,
  lost: le.u32,
  flags: u8,
  count: derived(le.u16),
  /** A bit per byte, the first byte's is bit 0 of the first: it was not acknowledged. */
  refused: bytes((earlier) => ((earlier.number('count') ?? 0) + 7) >> 3),
  bytes: bytes('count'),
});
export const SNIFFED = {
  byRestart: 1 << 0,
  restarted: 1 << 1,
  overrun: 1 << 2,
  cut: 1 << 3,
  incomplete: 1 << 4,
} as const;
