/** The reference vectors and recordings beside the tests. */

import { readdirSync, readFileSync } from 'node:fs';

export interface Vector {
  readonly name: string;
  readonly layer: string;
  readonly hex: string;
  /** Its fields differ by layer. */
  readonly decoded: Readonly<Record<string, unknown>>;
}

export interface Recording {
  readonly name: string;
  readonly packets: readonly { readonly dir: string; readonly packet: string }[];
  readonly serial: readonly { readonly dir: string; readonly bytes: string }[];
}

const test = new URL('../', import.meta.url);

export function vectors(layer: string): Vector[] {
  const all = JSON.parse(readFileSync(new URL('vectors/mctp-examples.json', test), 'utf8')) as Vector[];
  return all.filter((vector) => vector.layer === layer);
}

export function recordings(): Recording[] {
  const folder = new URL('recordings/', test);
  return readdirSync(folder)
    .filter((file) => file.startsWith('linux-'))
    .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Recording);
}

export function bytes(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function hex(buffer: Uint8Array, start = 0, end = buffer.length): string {
  return Buffer.from(buffer.subarray(start, end)).toString('hex');
}
