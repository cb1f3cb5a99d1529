/** What links are made with, besides their URL. */

import type { CableEvent } from '../bindings/cable/cable-end.js';
import type { HopBook } from '../bindings/cable/hop-book.js';
import type { Environment } from '../bindings/shared/shared-folder.js';
import type { Clock } from '../stack/clock.js';
import type { Config } from './config/config-model.js';

export interface LinkSurroundings {
  readonly clock: Clock;
  readonly env: Environment;
  /** In which the names of cables are. */
  readonly config?: Config | undefined;
  /** Of a stack which runs on: cables open without their other end, and tell what happens to them. */
  readonly cables?: { readonly hopBook: HopBook; hear(link: string, event: CableEvent): void };
}
