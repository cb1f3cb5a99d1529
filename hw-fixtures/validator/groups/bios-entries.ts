/** The tables of BIOS control as bytes: read without believing them (DSP0247 §6). */

import { ATTRIBUTE_TYPE, READ_ONLY } from '../../../pldm/bios/table-entries.js';
import { u16At, u32At } from './pldm-steps.js';

const CRC_BYTES = 4;

export interface Entries<T> {
  readonly entries: readonly T[];
  /** Where the last whole entry ends. */
  readonly end: number;
  /** An entry runs over the end. */
  readonly isCutOff: boolean;
  readonly bytes: Uint8Array;
}

export interface BiosString {
  readonly handle: number;
  readonly length: number;
}

export interface BiosAttribute {
  readonly handle: number;
  readonly type: number;
  readonly name: number;
  readonly enumeration?: { readonly possible: readonly number[]; readonly defaults: readonly number[] };
  readonly text?: { readonly min: number; readonly max: number; readonly length: number };
  readonly integer?: {
    readonly lower: bigint;
    readonly upper: bigint;
    readonly step: bigint;
    readonly value: bigint;
  };
}

export interface BiosValue {
  readonly handle: number;
  readonly type: number;
  readonly indices?: readonly number[];
  readonly length?: number;
  readonly integer?: bigint;
  /** The entry as it is in the table. */
  readonly bytes: Uint8Array;
}

/** Without the bit for read-only. */
export function kindOf(type: number): number {
  return type & ~READ_ONLY;
}

type Reader<T> = (bytes: Uint8Array, at: number) => { readonly entry: T; readonly end: number };

function readEntries<T>(bytes: Uint8Array, smallest: number, read: Reader<T>): Entries<T> {
  const limit = bytes.length - CRC_BYTES;
  const entries: T[] = [];
  let at = 0;
  while (limit - at > 3) {
    const next = at + smallest <= limit ? read(bytes, at) : undefined;
    if (next === undefined || next.end > limit) return { entries, end: at, isCutOff: true, bytes };
    entries.push(next.entry);
    at = next.end;
  }
  return { entries, end: at, isCutOff: false, bytes };
}

export function readStrings(table: Uint8Array): Entries<BiosString> {
  return readEntries(table, 4, (bytes, at) => {
    const length = u16At(bytes, at + 2);
    return { entry: { handle: u16At(bytes, at), length }, end: at + 4 + length };
  });
}

export function readAttributes(table: Uint8Array): Entries<BiosAttribute> {
  return readEntries(table, 7, (bytes, at) => {
    const common = { handle: u16At(bytes, at), type: bytes[at + 2]!, name: u16At(bytes, at + 3) };
    const rest = at + 5;
    switch (kindOf(common.type)) {
      case ATTRIBUTE_TYPE.enumeration: {
        const count = bytes[rest]!;
        const defaultsAt = rest + 1 + 2 * count;
        const possible = Array.from({ length: count }, (_, index) => u16At(bytes, rest + 1 + 2 * index));
        const end = defaultsAt + 1 + (bytes[defaultsAt] ?? 0);
        return {
          entry: { ...common, enumeration: { possible, defaults: [...bytes.subarray(defaultsAt + 1, end)] } },
          end,
        };
      }
      case ATTRIBUTE_TYPE.string:
      case ATTRIBUTE_TYPE.password: {
        const text = { min: u16At(bytes, rest + 1), max: u16At(bytes, rest + 3), length: u16At(bytes, rest + 5) };
        return { entry: { ...common, text }, end: rest + 7 + text.length };
      }
      case ATTRIBUTE_TYPE.integer: {
        const step = BigInt(u32At(bytes, rest + 16));
        const [lower, upper, value] = [u64At(bytes, rest), u64At(bytes, rest + 8), u64At(bytes, rest + 20)];
        return { entry: { ...common, integer: { lower, upper, step, value } }, end: rest + 28 };
      }
      default:
        // How long it is nobody knows: what follows cannot be read.
        return { entry: common, end: bytes.length - CRC_BYTES };
    }
  });
}

export function readValues(table: Uint8Array): Entries<BiosValue> {
  return readEntries(table, 4, (bytes, at) => {
    const common = { handle: u16At(bytes, at), type: bytes[at + 2]! };
    const rest = at + 3;
    const made = (end: number, value: Partial<BiosValue>) => ({
      entry: { ...common, ...value, bytes: bytes.subarray(at, end) },
      end,
    });
    switch (kindOf(common.type)) {
      case ATTRIBUTE_TYPE.enumeration: {
        const end = rest + 1 + bytes[rest]!;
        return made(end, { indices: [...bytes.subarray(rest + 1, end)] });
      }
      case ATTRIBUTE_TYPE.string:
      case ATTRIBUTE_TYPE.password:
        return made(rest + 2 + u16At(bytes, rest), { length: u16At(bytes, rest) });
      case ATTRIBUTE_TYPE.integer:
        return made(rest + 8, { integer: u64At(bytes, rest) });
      default:
        return made(bytes.length - CRC_BYTES, {});
    }
  });
}

function u64At(bytes: Uint8Array, at: number): bigint {
  return BigInt(u32At(bytes, at)) | (BigInt(u32At(bytes, at + 4)) << 32n);
}
