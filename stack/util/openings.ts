/**
 * Openings and closings of one thing, which take their time: an opening begins when the closing under way has ended, and
 * knows whether it was closed since it was asked for.
 */
export class Openings {
  #closes = 0;
  #closing: Promise<void> | undefined;

  /** Resolves when nothing is being closed: with a function which says whether it was closed since this was called. */
  async begin(): Promise<() => boolean> {
    const closes = this.#closes;
    // How a closing has ended is told to what closed it.
    await this.#closing?.catch(() => {});
    return () => closes !== this.#closes;
  }

  /** Do this, unless a closing is under way; resolves when it has ended. */
  close(work: () => Promise<void>): Promise<void> {
    this.#closes++;
    this.#closing ??= work().finally(() => {
      this.#closing = undefined;
    });
    return this.#closing;
  }
}
