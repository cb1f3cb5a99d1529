/** The word that was probably meant. */

import { nearest } from '../stack/util/text.js';

/** ` (did you mean discover?)`, or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const found = nearest(word, known);
  return found === undefined ? '' : ` (did you mean ${found}?)`;
}
