/** What a link is made with, besides its URL. */

import type { Clock } from '../stack/clock.js';

export interface LinkContext {
  readonly clock: Clock;
}
