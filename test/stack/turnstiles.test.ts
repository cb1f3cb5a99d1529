import { expect, it } from 'vitest';
import { KeyedTurnstiles } from '../../stack/util/line.js';

const reactions = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it.each(Array.from({ length: 8 }, (_, steps) => steps))(
  'one at a time, also when a waiter gives up as the one before it leaves (%i steps later)',
  async (steps) => {
    const turnstiles = new KeyedTurnstiles(8, 'somebody');
    let inside = 0;
    let most = 0;
    const work = (until: Promise<void>) => async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await until;
      inside--;
    };
    const gate = (): { open: () => void; opened: Promise<void> } => {
      let open = (): void => {};
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      return { open, opened };
    };
    const [first, second] = [gate(), gate()];
    const givesUp = new AbortController();
    const leaves = turnstiles.run('key', work(first.opened));
    const aborted = turnstiles.run('key', work(Promise.resolve()), givesUp.signal).catch(() => {});
    await reactions();
    first.open();
    givesUp.abort();
    for (let step = 0; step < steps; step++) await null;
    const next = turnstiles.run('key', work(second.opened));
    await reactions();
    const last = turnstiles.run('key', work(Promise.resolve()));
    await reactions();
    second.open();
    await Promise.all([leaves, aborted, next, last]);
    expect(most).toBe(1);
    expect(turnstiles.busy('key')).toBe(false);
  },
);
