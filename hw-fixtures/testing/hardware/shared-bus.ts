/** The bus which all tests of a file share. */

import { HilBus } from './hil-bus.js';

/** Opened by the first test which needs it, and closed behind the last: tests share links and EIDs. */
class SharedBus {
  #bus: Promise<HilBus> | undefined;
  #users = 0;

  enter(): void {
    this.#users++;
  }

  open(urls: readonly string[]): Promise<HilBus> {
    // One which could not be opened is tried again: the next test shall say why, too.
    this.#bus ??= HilBus.open(urls).catch((error: unknown) => {
      this.#bus = undefined;
      throw error;
    });
    return this.#bus;
  }

  async leave(): Promise<void> {
    if (--this.#users > 0) return;
    const bus = this.#bus;
    this.#bus = undefined;
    await (await bus?.catch(() => undefined))?.close();
  }
}

export const sharedBus = new SharedBus();
