/** A vendor's messages as somebody declares them: data only. `declareVendor` makes the protocol from it. */

import type { Json } from '../codec/index.js';
import type { VendorType } from './vendor-names.js';

const NUMBER_TYPES = ['u8', 'u16', 'u24', 'u32', 'u64', 's8', 's16', 's32', 's64', 'real32', 'bool'] as const;
export const FIELD_TYPES = [...NUMBER_TYPES, 'bytes', 'text', 'uuid'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export interface FieldDeclaration {
  readonly name: string;
  readonly type: FieldType;
  /** Shown behind the number. */
  readonly unit?: string | undefined;
  /** Shown as 0x...; default false. */
  readonly hex?: boolean | undefined;
  /** Names of an unsigned number's values. */
  readonly names?: Readonly<Record<string, number>> | undefined;
  /** Fields which share one unsigned number: first and last bit of each. They take the place of the field itself. */
  readonly bits?: Readonly<Record<string, readonly [high: number, low: number]>> | undefined;
  /** Of bytes and text: how many bytes, or the field before it that says so. Default: the rest of the message. */
  readonly length?: number | string | undefined;
  /** Makes a list: how many items, the field before it that says so, or "rest". */
  readonly count?: number | string | undefined;
  /** What an emulated device answers, as JSON; by default zeros. */
  readonly value?: Json | undefined;
}

export interface VendorCommandDeclaration {
  readonly name: string;
  /** 0..255 */
  readonly code: number;
  readonly request: readonly FieldDeclaration[];
  /** Behind the completion code. */
  readonly answer: readonly FieldDeclaration[];
  /** Completion codes of this command, by name. */
  readonly codes: Readonly<Record<string, number>>;
}

/**
 * One byte of the header behind the vendor's number. `flags`: as in control messages, bit 7 of requests and datagrams,
 * bit 6 of datagrams, instance id in bits 4 to 0 (DSP0236 §11). `kind`: 0 asks, 1 answers. `command`: the code. A number: that.
 */
export type HeaderPart = 'flags' | 'kind' | 'command' | number;

export interface VendorDeclaration {
  /** By which people call it: "acme". */
  readonly name: string;
  /** The vendor, for people: "Acme Power". */
  readonly title: string;
  readonly type: VendorType;
  /** Its PCI id, 0..0xffff, or its IANA enterprise number, 0..0xffffffff. */
  readonly id: number;
  /** Of the numbers in fields; the vendor's own number is always most significant byte first. */
  readonly byteOrder: 'big' | 'little';
  /** `command` once, and `flags` or `kind` once. */
  readonly header: readonly HeaderPart[];
  /** Completion codes of every command, by name, besides those of control messages. */
  readonly codes: Readonly<Record<string, number>>;
  readonly commands: readonly VendorCommandDeclaration[];
}
