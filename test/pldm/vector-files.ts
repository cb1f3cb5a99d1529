/** The golden vectors: bytes of an independent implementation, with their fields. */

import { readdirSync, readFileSync } from 'node:fs';
import { fromHex, type Json } from '../../stack/codec/index.js';

export interface Vector {
  readonly name: string;
  readonly pldmType: number;
  readonly command: number;
  readonly kind: 'request' | 'response' | 'pdr' | 'event' | 'table';
  readonly instanceId: number | null;
  readonly hex: string;
  readonly fields: { readonly [name: string]: Json };
}

export interface NegativeVector extends Omit<Vector, 'fields'> {
  readonly class: 'length' | 'value' | 'rule' | 'reserved';
  readonly reason: string;
}

export interface MiscVectors {
  readonly crc: readonly {
    readonly name: string;
    readonly hex: string;
    readonly crc8: number;
    readonly crc32: number;
  }[];
  readonly ver32: readonly { readonly name: string; readonly hex: string; readonly text: string }[];
  readonly bcd: readonly {
    readonly name: string;
    readonly decimal: number;
    readonly bcd: number;
    readonly bits: 8 | 16;
  }[];
}

export interface Conversation {
  readonly name: string;
  readonly steps: readonly { readonly from: string; readonly hex: string; readonly note?: string }[];
}

const FOLDER = new URL('../vectors/', import.meta.url);

/** Names of all PLDM vector files. */
export const FILES = readdirSync(FOLDER)
  .filter((name) => name.startsWith('pldm-') && name.endsWith('.json'))
  .sort();

export function readVectors<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as T;
}

export function bytesOf(hex: string): Uint8Array {
  return fromHex(hex)!;
}
