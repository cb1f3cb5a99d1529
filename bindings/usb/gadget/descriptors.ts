/** What FunctionFS is told of our function: one MCTP interface with a bulk endpoint each way (DSP0283, Linux functionfs.h). */

import { MCTP_INTERFACE } from '../mctp-interface.js';

const MAGIC_STRINGS = 2;
const MAGIC_DESCRIPTORS = 3;
const HAS_FULL_SPEED = 1;
const HAS_HIGH_SPEED = 2;
const DESCRIPTORS_PER_SPEED = 3;
const ENGLISH_US = 0x0409;
const BULK = 2;
const IN = 0x81;
const OUT = 0x02;

/** Written to ep0 first. */
export function functionDescriptors(): Buffer {
  const full = speed(64);
  const high = speed(512);
  const head = Buffer.alloc(20);
  head.writeUInt32LE(MAGIC_DESCRIPTORS, 0);
  head.writeUInt32LE(head.length + full.length + high.length, 4);
  head.writeUInt32LE(HAS_FULL_SPEED | HAS_HIGH_SPEED, 8);
  head.writeUInt32LE(DESCRIPTORS_PER_SPEED, 12);
  head.writeUInt32LE(DESCRIPTORS_PER_SPEED, 16);
  return Buffer.concat([head, full, high]);
}

/** Written to ep0 behind the descriptors: the name of the interface. */
export function functionStrings(name: string): Buffer {
  const text = Buffer.from(`${name}\0`);
  const head = Buffer.alloc(18);
  head.writeUInt32LE(MAGIC_STRINGS, 0);
  head.writeUInt32LE(head.length + text.length, 4);
  head.writeUInt32LE(1, 8);
  head.writeUInt32LE(1, 12);
  head.writeUInt16LE(ENGLISH_US, 16);
  return Buffer.concat([head, text]);
}

function speed(packetBytes: number): Buffer {
  const endpoint = (address: number): number[] => [7, 5, address, BULK, packetBytes & 0xff, packetBytes >> 8, 0];
  const { class: type, subclass, protocol } = MCTP_INTERFACE;
  return Buffer.from([9, 4, 0, 0, 2, type, subclass, protocol, 1, ...endpoint(IN), ...endpoint(OUT)]);
}

/** What ep0 reports; the order is the kernel's numbers. */
const EVENTS = ['bind', 'unbind', 'enable', 'disable', 'setup', 'suspend', 'resume'] as const;
export type FunctionEvent = (typeof EVENTS)[number];
export const EVENT_BYTES = 12;
const EVENT_TYPE_AT = 8;

/** The event at that place, and whether a setup asks for data; undefined: one of a later kernel. */
export function readEvent(bytes: Uint8Array, at: number): { event: FunctionEvent; inward: boolean } | undefined {
  const event = EVENTS[bytes[at + EVENT_TYPE_AT]!];
  return event === undefined ? undefined : { event, inward: (bytes[at]! & 0x80) !== 0 };
}
