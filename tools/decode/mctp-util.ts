/** `mctp-util BUS ADDRESS EID TYPE BYTES...` of BMCs, and the bytes that it prints: a status, their number, the message. Pure. */

import { type LayerMessage, layerMessage } from './layers.js';

const COMMAND = /\bmctp-util\s+((?:-\S+\s+)*)/;
const LONGEST = 4096;

/** The message that the command line sends, and where the command begins. */
export function mctpUtilRequest(line: string): { readonly message: LayerMessage; readonly start: number } | undefined {
  const found = line.length > LONGEST ? null : COMMAND.exec(line);
  if (found === null) return undefined;
  const [, , , ...words] = line
    .slice(found.index + found[0].length)
    .trim()
    .split(/\s+/);
  const bytes = words.map((word) => (/^(0x)?[0-9a-f]{1,2}$/i.test(word) ? Number.parseInt(word, 16) : Number.NaN));
  const end = bytes.findIndex(Number.isNaN);
  const message = layerMessage(Uint8Array.from(end < 0 ? bytes : bytes.slice(0, end)));
  return message === undefined ? undefined : { message, start: found.index };
}

export function mctpUtilAnswer(bytes: Uint8Array): LayerMessage | undefined {
  return bytes[1] === bytes.length - 2 ? layerMessage(bytes.subarray(2)) : undefined;
}
