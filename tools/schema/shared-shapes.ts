/** Shapes that several documents have in common. */

import { anything, either, mapOf, object, oneOf, text, whole } from './document.js';

export const eid = whole(0, 255);
export const byte = whole(0, 255);
export const u16 = whole(0, 0xffff);
export const network = whole(1);
export const error = object({ code: text, message: text });
/** Of a command or a record, by the names of the standard. */
export const fields = mapOf(anything);
export const direction = oneOf('rx', 'tx');
/** By its name; by its number when it has none. */
export const command = either(text, byte);
export const kind = oneOf('request', 'response', 'datagram');
