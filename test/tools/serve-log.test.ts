/** The log of `mctpkit serve`: levels, and how often lines of one kind are told. */

import { describe, expect, it } from 'vitest';
import { TestClock } from '../../hw-fixtures/testing/test-clock.js';
import { inWords } from '../../tools/network/network-event-words.js';
import { LOG_LEVELS, type LogLevel, levelOf, RateLimitedLog } from '../../tools/serve/log.js';

function log(most: LogLevel) {
  const clock = new TestClock();
  const lines: string[] = [];
  const left: [string, number][] = [];
  const say = new RateLimitedLog(
    clock,
    most,
    (line) => lines.push(line),
    (kind, count) => left.push([kind, count]),
  );
  return { clock, lines, left, log: say };
}

describe('log levels and rate limit', () => {
  it.each(LOG_LEVELS.map((most, index) => [most, index] as const))(
    '--log %s tells what weighs as much or more',
    (most, index) => {
      const { log: rated, lines } = log(most);
      for (const level of LOG_LEVELS) rated.say(level, level, () => level);
      expect(lines).toEqual(LOG_LEVELS.slice(0, index + 1));
    },
  );

  it('events have the level which the documentation gives them', () => {
    const levels = ['notKept', 'policyFailed', 'loss', 'linkDown', 'nodeJoined', 'bound', 'trace'].map(levelOf);
    expect(levels).toEqual(['error', 'warning', 'warning', 'warning', 'info', 'debug', 'debug']);
  });

  it('of one kind 100 lines in 10 s are told; the rest is counted and told with the next one, or at the end', () => {
    const { clock, log: rated, lines, left } = log('info');
    for (let i = 0; i < 150; i++) rated.say('loss', 'warning', () => `loss ${i}`);
    rated.say('nodeJoined', 'info', () => 'another kind');
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe('another kind');
    expect(left).toEqual([]);
    clock.advance(10_000);
    for (let i = 0; i < 103; i++) rated.say('loss', 'warning', () => `more ${i}`);
    expect(left).toEqual([['loss', 50]]);
    expect(lines).toHaveLength(201);
    rated.end();
    expect(left).toEqual([
      ['loss', 50],
      ['loss', 3],
    ]);
    rated.end();
    expect(left).toHaveLength(2);
  });

  it('what is not told is not made', () => {
    const { log: rated } = log('error');
    rated.say('trace', 'debug', () => expect.unreachable());
  });

  it('events are words for people', () => {
    expect(inWords({ node: 1, description: 'poller', uid: null, bindings: [5] })).toBe(
      'node=1 description=poller bindings=[5]',
    );
  });
});
