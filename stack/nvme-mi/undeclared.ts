/** What decoding and encoding share: the header's size, names of primitives, commands which have no declaration. */

import { le } from '../codec/index.js';
import { opaqueAdmin } from './admin-commands.js';
import { type AnyNvmeMiCommand, miCommand, NMIMT, pcieCommand, primitive, rawWords } from './mi-command.js';

/** Bytes in front of opcode or status, type byte included. */
export const HEADER = 4;
/** By opcode. */
export const PRIMITIVE_NAMES = ['pause', 'resume', 'abort', 'getState', 'replay'];

export function undeclared(nmimt: number, opcode: number): AnyNvmeMiCommand {
  if (nmimt === NMIMT.admin) return opaqueAdmin(opcode);
  if (nmimt === NMIMT.pcie) return pcieCommand('PcieCommand', opcode);
  if (nmimt === NMIMT.mi) return miCommand('MiCommand', opcode, rawWords);
  return primitive('ControlPrimitive', opcode, { parameter: le.u16 });
}
