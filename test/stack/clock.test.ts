import { describe, expect, it } from 'vitest';
import { pass, settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../stack/clock.js';

describe('the virtual clock', () => {
  it('runs timers in the order of their time, equal ones in the order they were set', () => {
    const clock = new VirtualClock(100);
    const order: string[] = [];
    for (const [name, ms] of [
      ['c', 30],
      ['a', 10],
      ['b1', 20],
      ['b2', 20],
      ['now', -5],
    ] as const) {
      clock.schedule(ms, () => order.push(`${name} ${clock.now()}`));
    }
    expect(clock.pending).toBe(5);
    clock.advance(25);
    expect(order).toEqual(['now 100', 'a 110', 'b1 120', 'b2 120']);
    expect([clock.now(), clock.pending, clock.nextAt]).toEqual([125, 1, 130]);
  });

  it('runs what timers set, when it falls due', () => {
    const clock = new VirtualClock();
    const order: number[] = [];
    const again = (): void => {
      order.push(clock.now());
      if (order.length < 4) clock.schedule(10, again);
    };
    clock.schedule(10, again);
    clock.advance(35);
    expect(order).toEqual([10, 20, 30]);
  });

  it('forgets what is cancelled, also twice, also after it ran', () => {
    const clock = new VirtualClock();
    let runs = 0;
    const timers = Array.from({ length: 100 }, (_, i) => clock.schedule((i * 37) % 50, () => runs++));
    for (const [i, timer] of timers.entries()) if (i % 2 === 0) timer.cancel();
    timers[0]!.cancel();
    expect(clock.pending).toBe(50);
    while (clock.step());
    timers[1]!.cancel();
    expect([runs, clock.pending, clock.nextAt]).toEqual([50, 0, undefined]);
  });

  it('does not pile up cancelled timers', () => {
    const clock = new VirtualClock();
    clock.schedule(1, () => {});
    for (let i = 0; i < 100_000; i++) clock.schedule(1_000, () => {}).cancel();
    expect(clock.entries).toBeLessThan(1_000);
    clock.advance(1);
    expect(clock.pending).toBe(0);
  });
});

describe('settle', () => {
  it('moves the time just as far as a promise needs', async () => {
    const clock = new VirtualClock();
    clock.schedule(500, () => {});
    const after = (ms: number): Promise<number> =>
      new Promise((resolve) => {
        clock.schedule(ms, () => resolve(clock.now()));
      });
    expect(
      await settle(
        clock,
        after(20).then(() => after(30)),
      ),
    ).toBe(50);
    expect([clock.now(), clock.pending]).toEqual([50, 1]);
  });

  it('gives up when nothing can change any more, or too much has happened', async () => {
    const clock = new VirtualClock();
    await expect(settle(clock, new Promise(() => {}))).rejects.toThrow('no timer is set');
    const again = (): void => void clock.schedule(1, again);
    again();
    await expect(settle(clock, new Promise(() => {}), { maxSteps: 10 })).rejects.toThrow('after 10 timers');
  });

  it('passes errors on, and settleError insists on one', async () => {
    const clock = new VirtualClock();
    await expect(settle(clock, Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await settleError(clock, Promise.reject(new Error('no')))).toMatchObject({ message: 'no' });
    await expect(settleError(clock, Promise.resolve(5))).rejects.toThrow('expected a rejection, got 5');
  });

  it('pass gives promises their turn between timers', async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    clock.schedule(10, () => {
      void Promise.resolve().then(() => clock.schedule(10, () => seen.push(clock.now())));
    });
    await pass(clock, 25);
    expect([seen, clock.now()]).toEqual([[20], 25]);
  });
});
