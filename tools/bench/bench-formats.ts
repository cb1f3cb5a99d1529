/**
 * Messages of Linux's mctp-bench and mctp-req (CodeConstruct mctp tools 2.6), type 0x7e, little-endian, without the type
 * byte. Pure.
 */

const REQ_PREFIX = [0xcc, 0xde, 0xf0] as const;
const BENCH_PREFIX = [0xcc, 0xde, 0xf1] as const;
const MAGIC_DATA = 0xbeca;
const MAGIC_COMMAND = 0x22dd;
const VERSION = 1;

/** Sequence numbers start six before they wrap. */
export const FIRST_SEQUENCE = 0xfffffffa;
/** Prefix, magic and sequence number. */
export const DATA_HEADER_SIZE = 9;
const REQ_HEADER_SIZE = REQ_PREFIX.length;

const COMMAND = { response: 0, requestBench: 1 } as const;
export const STATUS = { success: 0, failure: 1, unknownCommand: 2, badArgument: 3 } as const;
const STATUS_NAMES = ['success', 'failure', 'unknown command', 'bad argument'];

export function statusName(status: number): string {
  return STATUS_NAMES[status] ?? `status ${status}`;
}

/** Request of mctp-req: `length` bytes 00, 01, 02, ... behind the prefix. */
export function reqMessage(length: number): Uint8Array {
  const bytes = new Uint8Array(REQ_HEADER_SIZE + length);
  bytes.set(REQ_PREFIX);
  for (let at = 0; at < length; at++) bytes[REQ_HEADER_SIZE + at] = at & 0xff;
  return bytes;
}

/** `size` bytes in all, at least DATA_HEADER_SIZE. */
export function dataMessage(size: number, sequence: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(size, DATA_HEADER_SIZE));
  for (let at = DATA_HEADER_SIZE; at < bytes.length; at++) bytes[at] = at & 0xff;
  bytes.set(BENCH_PREFIX);
  const view = new DataView(bytes.buffer);
  view.setUint16(3, MAGIC_DATA, true);
  setSequence(bytes, sequence);
  return bytes;
}

/** The same message again, with another number. */
export function setSequence(message: Uint8Array, sequence: number): void {
  new DataView(message.buffer, message.byteOffset).setUint32(5, sequence >>> 0, true);
}

export interface BenchRequest {
  readonly flags: number;
  /** Bytes per message. */
  readonly size: number;
  /** 0: without end. */
  readonly count: bigint;
}

function commandMessage(command: number, iid: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(11 + body.length);
  const view = new DataView(bytes.buffer);
  bytes.set(BENCH_PREFIX);
  view.setUint16(3, MAGIC_COMMAND, true);
  bytes[5] = VERSION;
  bytes[6] = command;
  view.setUint32(7, iid, true);
  bytes.set(body, 11);
  return bytes;
}

export function requestBench(iid: number, { flags, size, count }: BenchRequest): Uint8Array {
  const body = new Uint8Array(14);
  const view = new DataView(body.buffer);
  view.setUint32(0, flags, true);
  view.setUint16(4, size, true);
  view.setBigUint64(6, count, true);
  return commandMessage(COMMAND.requestBench, iid, body);
}

export function statusResponse(iid: number, status: number): Uint8Array {
  return commandMessage(COMMAND.response, iid, Uint8Array.of(status));
}

export type BenchMessage =
  | { readonly kind: 'data'; readonly sequence: number; readonly valid: boolean }
  | { readonly kind: 'request'; readonly iid: number; readonly request: BenchRequest | undefined }
  | { readonly kind: 'response'; readonly iid: number; readonly status: number }
  | { readonly kind: 'unknownCommand'; readonly iid: number };

/** Undefined: not a message of mctp-bench. */
export function readBenchMessage(payload: Uint8Array): BenchMessage | undefined {
  if (payload.length < DATA_HEADER_SIZE || !BENCH_PREFIX.every((byte, at) => payload[at] === byte)) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const magic = view.getUint16(3, true);
  if (magic === MAGIC_DATA) return { kind: 'data', sequence: view.getUint32(5, true), valid: hasFiller(payload) };
  if (magic !== MAGIC_COMMAND || payload.length < 11 || payload[5] !== VERSION) return undefined;
  const iid = view.getUint32(7, true);
  if (payload[6] === COMMAND.response) return { kind: 'response', iid, status: payload[11] ?? STATUS.failure };
  if (payload[6] !== COMMAND.requestBench) return { kind: 'unknownCommand', iid };
  if (payload.length < 25) return { kind: 'request', iid, request: undefined };
  const request = {
    flags: view.getUint32(11, true),
    size: view.getUint16(15, true),
    count: view.getBigUint64(17, true),
  };
  return { kind: 'request', iid, request };
}

function hasFiller(payload: Uint8Array): boolean {
  for (let at = DATA_HEADER_SIZE; at < payload.length; at++) if (payload[at] !== (at & 0xff)) return false;
  return true;
}

/** Counts data messages as the receiver of mctp-bench does. */
export class DataReceiver {
  received = 0;
  bytes = 0;
  lost = 0;
  invalid = 0;
  /** Behind a later one, or twice. */
  misplaced = 0;
  #next: number | undefined;

  data(sequence: number, valid: boolean, size: number): void {
    this.received++;
    this.bytes += size;
    if (!valid) this.invalid++;
    const gap = this.#next === undefined ? 0 : (sequence - this.#next) >>> 0;
    // Half the range ahead is ahead, the other half is behind.
    if (gap >= 0x80000000) {
      this.misplaced++;
      return;
    }
    this.lost += gap;
    this.#next = (sequence + 1) >>> 0;
  }
}
