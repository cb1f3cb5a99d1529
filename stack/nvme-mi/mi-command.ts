/** How NVMe-MI commands are declared: by message type (NMIMT) and opcode, with the bytes around their own fields. */

import {
  type AnyCommand,
  bit,
  bits,
  Command,
  type CommandDeclaration,
  constant,
  type Fields,
  le,
  type Members,
  rest,
  u8,
  withDefault,
} from '../codec/index.js';
import { gap, u64 } from './mi-numbers.js';

/** NVMe-MI message types. */
export const NMIMT = { controlPrimitive: 0, mi: 1, admin: 2, pcie: 4, asynchronousEvent: 5 } as const;

/** Any of them. */
export interface AnyNvmeMiCommand extends AnyCommand {
  readonly nmimt: number;
  readonly selector: number;
}

export class NvmeMiCommand<Q extends Members = Members, R extends Members = Members> extends Command<Q, R> {
  constructor(
    readonly nmimt: number,
    /** Tells apart what one opcode has several forms of: the configuration id. */
    readonly selector: number,
    declaration: CommandDeclaration<Q, R>,
  ) {
    super(declaration);
  }
}

/** 8 bytes of NMD0 and NMD1 which have no fields of their own. */
export const rawWords = { nmd0: withDefault(le.u32, 0), nmd1: withDefault(le.u32, 0) };

const miResponse = { nmresp: withDefault(le.u24, 0), data: withDefault(rest, new Uint8Array()) };
const data = withDefault(rest, new Uint8Array());

/** `words`: what lies in NMD0 and NMD1. */
export function miCommand<const W extends Members>(name: string, code: number, words: W, selector = 0) {
  return new NvmeMiCommand(NMIMT.mi, selector, {
    name,
    code,
    request: { opcode: constant(u8, code), reserved5: gap(3), ...words, data },
    response: miResponse,
    idempotent: true,
    source: 'NVMe-MI 1.2, Management Interface Command Set',
  });
}

/** `parameter`: bytes 6 and 7 of the request. */
export function primitive<const W extends Members>(name: string, code: number, parameter: W) {
  return new NvmeMiCommand(NMIMT.controlPrimitive, 0, {
    name,
    code,
    request: { opcode: constant(u8, code), tag: withDefault(u8, 0), ...parameter },
    response: { tag: u8, result: le.u16 },
    idempotent: true,
    source: 'NVMe-MI 1.2, Control Primitives',
  });
}

/** `dwords`: what lies in command dwords 10 to 15, 24 bytes. */
export function adminCommand<const W extends Members>(name: string, code: number, dwords: W) {
  return new NvmeMiCommand(NMIMT.admin, 0, {
    name,
    code,
    request: {
      opcode: constant(u8, code),
      ...bits(u8, { dataLengthValid: bit(0), dataOffsetValid: bit(1), ignoreShutdown: bit(2) }),
      controller: le.u16,
      namespaceId: withDefault(le.u32, 0),
      dataPointers: gap(16),
      dataOffset: withDefault(le.u32, 0),
      dataLength: withDefault(le.u32, 0),
      reserved36: gap(8),
      ...dwords,
      data,
    },
    response: {
      reserved5: gap(3),
      cdw0: withDefault(le.u32, 0),
      cdw1: withDefault(le.u32, 0),
      cdw3: withDefault(le.u32, 0),
      data,
    },
    source: 'NVMe-MI 1.2, NVM Express Admin Command Set',
  });
}

export const rawDwords = {
  cdw10: withDefault(le.u32, 0),
  cdw11: withDefault(le.u32, 0),
  cdw12: withDefault(le.u32, 0),
  cdw13: withDefault(le.u32, 0),
  cdw14: withDefault(le.u32, 0),
  cdw15: withDefault(le.u32, 0),
};

export function pcieCommand(name: string, code: number) {
  return new NvmeMiCommand(NMIMT.pcie, 0, {
    name,
    code,
    request: {
      opcode: constant(u8, code),
      reserved5: gap(1),
      controller: le.u16,
      length: le.u16,
      ...bits(u8, { bar: bit(2, 0) }),
      reserved11: gap(1),
      nmd1: withDefault(le.u32, 0),
      nmd2: withDefault(le.u32, 0),
      data,
    },
    response: { reserved5: gap(3), data },
    source: 'NVMe-MI 1.2, PCIe Command Set',
  });
}

export const offsetU64 = withDefault(u64, 0n);
export type AdminResponse = Fields<ReturnType<typeof adminCommand>['result']>;
