import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EidPool } from '../../../stack/bus-owner/index.js';
import { VirtualClock } from '../../../stack/index.js';

function poolOf(first = 9, last = 14) {
  const clock = new VirtualClock();
  return { clock, pool: new EidPool({ clock, dynamic: [first, last], quarantineMs: 5000 }) };
}

describe('the EID pool', () => {
  it('gives every EID once, and says when none is left', () => {
    const { pool } = poolOf();
    expect([1, 2, 3, 4, 5, 6].map((n) => pool.takeAny(`d${n}`))).toEqual([9, 10, 11, 12, 13, 14]);
    expect(() => pool.takeAny('d7')).toThrow('no EID is left between 9 and 14 for d7');
  });

  it('gives a reclaimed EID back to its device at once, to others only after the quarantine, oldest first', () => {
    const { clock, pool } = poolOf(9, 10);
    pool.take(9, 'a');
    pool.take(10, 'b');
    pool.release(9);
    clock.advance(1000);
    pool.release(10);
    expect(() => pool.takeAny('c')).toThrow('no EID is left');
    expect(pool.takeAny('b')).toBe(10);
    pool.release(10);
    clock.advance(5000);
    expect(pool.takeAny('c')).toBe(9);
  });

  it('lets an EID rest on when its device took it again and refused it', () => {
    const { clock, pool } = poolOf(9, 10);
    pool.take(9, 'a');
    pool.release(9);
    clock.advance(1000);
    pool.take(9, 'a');
    pool.undo(9);
    expect(pool.takeAny('b')).toBe(10);
    expect(() => pool.take(9, 'b')).toThrow('EID 9 belongs to a device that has just left');
    clock.advance(4000);
    expect(pool.take(9, 'b')).toBe(9);
  });

  it('takes a fresh EID before one that somebody may come back for, and that before a reclaimed one', () => {
    const { clock, pool } = poolOf(9, 11);
    pool.take(9, 'a');
    pool.release(9);
    clock.advance(6000);
    const avoid = (id: number): boolean => id === 10;
    expect(pool.takeAny('b', avoid)).toBe(11);
    expect(pool.takeAny('c', avoid)).toBe(10);
    expect(pool.takeAny('d', avoid)).toBe(9);
  });

  it('hands an EID over to the place where its device showed up', () => {
    const { pool } = poolOf();
    pool.take(9, 'slot 1');
    pool.release(9, 'slot 2');
    expect(pool.isFree(9, 'slot 1')).toBe(false);
    expect(pool.takeAny('slot 2')).toBe(9);
  });

  it('keeps a reserved EID for whoever has the title', () => {
    const { pool } = poolOf();
    pool.reserve(9, 'the card');
    expect(pool.takeAny('a')).toBe(10);
    expect(() => pool.take(9, 'a')).toThrow('EID 9 belongs to the card');
    expect(pool.take(9, 'slot 3', ['the card'])).toBe(9);
    expect(() => pool.reserve(9, 'another')).toThrow('EID 9 is reserved for the card');
  });

  it('gives ranges in one piece, where they are wanted if possible, else shorter', () => {
    const { pool } = poolOf(9, 20);
    expect(pool.takeRange(3, 'x', { preferred: 12 })).toEqual({ first: 12, count: 3 });
    expect(pool.takeRange(4, 'y', { preferred: 11 })).toEqual({ first: 15, count: 4 });
    expect(pool.takeRange(4, 'z')).toEqual({ first: 9, count: 3 });
    expect(pool.takeRange(4, 'w')).toEqual({ first: 19, count: 2 });
    expect(pool.takeRange(1, 'v')).toBeUndefined();
  });

  it('puts ranges where nobody comes back to, if there is such a place', () => {
    const { pool } = poolOf(9, 14);
    const avoid = (id: number): boolean => id === 10;
    expect(pool.takeRange(2, 'x', { near: 12, avoid })).toEqual({ first: 12, count: 2 });
    expect(pool.takeRange(1, 'y', { avoid })).toEqual({ first: 9, count: 1 });
    expect(pool.takeRange(2, 'z', { near: 13, avoid })).toEqual({ first: 10, count: 2 });
  });

  it('never has an EID twice, whatever is done to it', () => {
    const step = fc.record({
      who: fc.constantFrom('a', 'b', 'c', 'd'),
      what: fc.constantFrom('any', 'one', 'range', 'release', 'undo', 'wait'),
      eid: fc.integer({ min: 9, max: 16 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { clock, pool } = poolOf(9, 16);
        const held = new Map<number, { who: string }>();
        const rests = new Map<number, { who: string; until: number }>();
        const got = (eid: number, who: string): void => {
          expect(held.get(eid)?.who ?? who).toBe(who);
          const rest = rests.get(eid);
          if (rest !== undefined && rest.until > clock.now()) expect(rest.who).toBe(who);
          held.set(eid, { who });
        };
        for (const { who, what, eid } of steps) {
          try {
            if (what === 'any') got(pool.takeAny(who), who);
            else if (what === 'one') got(pool.take(eid, who), who);
            else if (what === 'range') {
              const range = pool.takeRange(2, who, { preferred: eid });
              for (let i = 0; range !== undefined && i < range.count; i++) got(range.first + i, who);
            } else if (what === 'wait') clock.advance(1500);
            else if (held.has(eid)) {
              if (what === 'release') rests.set(eid, { who: held.get(eid)!.who, until: clock.now() + 5000 });
              if (what === 'release') pool.release(eid);
              else pool.undo(eid);
              held.delete(eid);
            }
          } catch (error) {
            expect(error).toMatchObject({ name: 'MctpError' });
          }
          expect(pool.entries().map(([id, holder]) => `${id} ${holder}`)).toEqual(
            [...held].sort((a, b) => a[0] - b[0]).map(([id, { who: holder }]) => `${id} ${holder}`),
          );
        }
      }),
      { numRuns: 300 },
    );
  });
});
