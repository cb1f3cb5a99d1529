/** The word that was probably meant. */

import { nearest } from '../../../stack/util/text.js';

/** `did you mean "silent"?`, or all there are when none is close. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? `use ${known.join(', ')}` : `did you mean "${near}"?`;
}
