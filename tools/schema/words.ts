/** What the JSON of several verbs has in common. */

import { anything, either, mapOf, object, oneOf, text, whole } from './build.js';

export const eid = whole(0, 255);
export const error = object({ code: text, message: text });
export const fields = mapOf(anything);
export const command = either(text, whole(0, 255));
export const kind = oneOf('request', 'response', 'datagram');
