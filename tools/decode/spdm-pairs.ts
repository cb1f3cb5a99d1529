/** What pairs of endpoints negotiated by SPDM, learned from the messages that passed between them. */

import type { Json } from '../../stack/codec/index.js';
import { SpdmObserver } from '../../stack/spdm/spdm-observer.js';
import type { Fields } from './named-fields.js';

/** More than that are forgotten, the one heard of longest ago first. */
const MOST_PAIRS = 256;

export class SpdmPairs {
  readonly #observers = new Map<string, SpdmObserver>();

  /** What a message does not say itself, as layers take it. `bytes` has the type byte. */
  about(from: number, to: number, bytes: Uint8Array): Fields {
    const key = `${Math.min(from, to)}-${Math.max(from, to)}`;
    const observer = this.#observers.get(key) ?? new SpdmObserver();
    this.#observers.delete(key);
    this.#observers.set(key, observer);
    if (this.#observers.size > MOST_PAIRS) this.#observers.delete(this.#observers.keys().next().value!);
    const { context, asked } = observer.hear(bytes);
    return context === undefined ? {} : { context: { ...context }, request: { ...asked } as Json };
  }
}
