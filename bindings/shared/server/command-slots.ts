/**
 * NVMe-MI command slots of several processes which ask the same drive. A command into a slot which is busy is not answered
 * (CMNICS in the state of the slot): so each slot has one command at a time here, and the others wait. Control primitives do
 * not wait: they are about what is in a slot.
 */

import { MESSAGE_TYPE } from '../../../stack/ids.js';

const SLOT = 0x01;
const RESPONSE = 0x80;
/** Bits 3 to 6 of the header: 0 is a control primitive. */
const KIND = 0x78;

/** The same for all commands which cannot be in the drive at the same time; undefined: this one need not wait. */
export function slotKey(peer: string, type: number, payload: Uint8Array): string | undefined {
  const first = payload[0] ?? 0;
  if (type !== MESSAGE_TYPE.nvmeMi || (first & RESPONSE) !== 0 || (first & KIND) === 0) return undefined;
  return `${peer} ${first & SLOT}`;
}
