/** What waits for a signal: all of it hears, once, in order, and nothing stays. */

import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { flush, pass } from '../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { onAbort } from '../../stack/util/abort.js';
import { wait } from '../../stack/util/async.js';
import { Roster } from '../../stack/util/roster.js';

it('tells all that listen still, in the order they came, and has one listener at the signal', () => {
  const stop = new AbortController();
  const told: string[] = [];
  const leave = ['a', 'b', 'c', 'd'].map((name) =>
    onAbort(stop.signal, (error) => {
      told.push(`${name} ${error.code}`);
      // One that is not told yet leaves while others are told.
      if (name === 'a') leave[3]!();
    }),
  ) as (() => void)[];
  expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
  leave[1]!();
  leave[1]!();
  stop.abort();
  expect(told).toEqual(['a ECANCELED', 'c ECANCELED']);
  let late: MctpError | undefined;
  expect(onAbort(stop.signal, (error) => void (late = error))).toBeUndefined();
  expect(MctpError.is(late, 'ECANCELED')).toBe(true);
});

it('a wait ends with the time, or with the first of its signals: no timer stays, and nothing at any of them', async () => {
  const clock = new VirtualClock();
  const [caller, closed] = [new AbortController(), new AbortController()];
  const signals = [caller.signal, undefined, closed.signal];
  const ends: string[] = [];
  const begin = (name: string): void =>
    void wait(clock, 10, ...signals).then(
      () => ends.push(`${name} in time`),
      (error) => ends.push(`${name} ${error.code} ${error.cause}`),
    );
  begin('first');
  await pass(clock, 10);
  begin('second');
  await pass(clock, 5);
  closed.abort('closed');
  begin('third');
  await flush();
  caller.abort('too late for all of them');
  await flush();
  expect(ends).toEqual(['first in time', 'second ECANCELED closed', 'third ECANCELED closed']);
  expect(clock.pending).toBe(0);
});

it('a wait whose end has come already leaves nothing at a signal that goes on', async () => {
  const clock = new VirtualClock();
  const goesOn = new AbortController().signal;
  await expect(wait(clock, 10, AbortSignal.abort('closed'), goesOn)).rejects.toMatchObject({ code: 'ECANCELED' });
  expect(getEventListeners(goesOn, 'abort')).toEqual([]);
  expect(clock.pending).toBe(0);
});

it('a roster keeps the order, and says who was not in it', () => {
  const roster = new Roster<string>();
  for (const name of ['a', 'b', 'c']) roster.add(name);
  const before = roster.list();
  expect([roster.delete('a'), roster.delete('a'), roster.delete('c'), roster.size]).toEqual([true, false, true, 1]);
  roster.add('d');
  expect([roster.list(), before]).toEqual([
    ['b', 'd'],
    ['a', 'b', 'c'],
  ]);
});
