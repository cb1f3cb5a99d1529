import { describe, expect, it } from 'vitest';
import { Timeline } from '../../hw-fixtures/bench/wires/timeline.js';
import { type Clock, type Timer, VirtualClock } from '../../stack/index.js';

/** A clock whose timers fire up to `lateMs` after their time, as those of a computer do. */
class LateClock implements Clock {
  readonly inner = new VirtualClock();
  constructor(private readonly lateMs: number) {}
  now(): number {
    return this.inner.now();
  }
  schedule(delayMs: number, callback: () => void): Timer {
    return this.inner.schedule(Math.max(delayMs, 0) + this.lateMs, callback);
  }
}

describe('the time of a wire', () => {
  it('runs events in order, equal ones as they were set', () => {
    const clock = new VirtualClock();
    const timeline = new Timeline(clock);
    const seen: string[] = [];
    timeline.at(2, () => seen.push('c'));
    timeline.at(1, () => seen.push('a'));
    timeline.at(1, () => seen.push('b'));
    timeline.at(1.5, () => seen.push('x')).cancel();
    clock.advance(5);
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(clock.pending).toBe(0);
  });

  it('stands at the time of the event while timers are late, so that a chain keeps its rate', () => {
    const clock = new LateClock(1.3);
    const timeline = new Timeline(clock);
    let events = 0;
    const next = (): void => {
      if (++events < 1000) timeline.at(timeline.now() + 0.5, next);
    };
    timeline.at(0.5, next);
    while (clock.inner.step());
    expect(events).toBe(1000);
    expect(clock.now()).toBeLessThan(500 + 2);
  });

  it('does not make up for a long sleep', () => {
    const clock = new LateClock(0);
    const timeline = new Timeline(clock);
    const times: number[] = [];
    timeline.at(5, () => {
      times.push(timeline.now());
      timeline.at(timeline.now() + 1, () => times.push(timeline.now()));
    });
    // The process slept: time has passed, no timer has run.
    const slept = new VirtualClock(10_000);
    clock.now = () => slept.now();
    clock.inner.advance(5);
    expect(times).toEqual([9_980, 9_981]);
  });

  it('is quiet once closed', () => {
    const clock = new VirtualClock();
    const timeline = new Timeline(clock);
    timeline.at(1, () => expect.unreachable());
    timeline.close();
    timeline.at(1, () => expect.unreachable());
    expect(clock.pending).toBe(0);
  });
});
