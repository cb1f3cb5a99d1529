/** Text from outside: what would move, hide or turn around what is beside it is shown as an escape, which JSON reads back. */

import { hexDigits } from '../../stack/util/text.js';

// Delete and C1; directions and marks of them; zero width; line and paragraph separators.
const HARMFUL = /[\u007f-\u009f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** "a\u202eb" with the six characters of the escape in place of U+202E. Everything that is printed passes here. */
export function harmless(text: string): string {
  return text.replace(HARMFUL, (sign) => `\\u${hexDigits(sign.charCodeAt(0), 4)}`);
}
