import { describe, expect, it } from 'vitest';
import { EidHistory } from '../../../stack/bus-owner/eid-history.js';
import { type BusOwnerState, busOwnerState } from '../../../stack/bus-owner/index.js';
import { uuidOf } from '../../support/topology.js';

const slot = (n: number) => ({ place: `bus0/0x${n}`, link: 'bus0' });

describe('what a bus owner remembers', () => {
  it('is the EID of a device by UUID, on the same link first, else by place', () => {
    const memory = new EidHistory(undefined, undefined);
    memory.remember(slot(1), uuidOf(1), 10);
    memory.remember({ place: 'bus1/0x1', link: 'bus1' }, uuidOf(1), 11);
    memory.remember(slot(2), undefined, 12);
    expect(memory.recall(slot(7), uuidOf(1))).toEqual([10, 11]);
    expect(memory.recall({ place: 'bus1/0x9', link: 'bus1' }, uuidOf(1))).toEqual([11, 10]);
    expect(memory.recall(slot(2), undefined)).toEqual([12]);
    expect(memory.recall(slot(2), uuidOf(2))).toEqual([]);
  });

  it('is one device per EID', () => {
    const states: BusOwnerState[] = [];
    const memory = new EidHistory(undefined, (state) => states.push(state));
    memory.remember(slot(1), undefined, 10);
    memory.remember(slot(2), undefined, 10);
    memory.remember(slot(2), undefined, 10);
    expect(states).toEqual([{ eids: { 'bus0/0x1': 10 } }, { eids: { 'bus0/0x2': 10 } }]);
    expect(memory.knows(10)).toBe(true);
    expect(memory.knows(11)).toBe(false);
  });

  it('has an end', () => {
    const many = Object.fromEntries(Array.from({ length: 1024 }, (_, i) => [`p${i}`, 8 + (i % 200)]));
    const memory = new EidHistory({ eids: many }, undefined);
    memory.remember(slot(1), undefined, 250);
    expect(Object.keys(memory.state.eids)).toHaveLength(1024);
    expect(memory.state.eids.p0).toBeUndefined();
  });

  it.each([
    [null, 'it has no "eids"'],
    [[], 'it has no "eids"'],
    [{ eids: { x: 7 } }, '"eids": "x" has 7 where an EID, 8 to 254, belongs'],
    [{ eids: { x: '9' } }, '"eids": "x" has "9"'],
    [{ eids: Object.fromEntries(Array.from({ length: 1025 }, (_, i) => [i, 9])) }, 'too many to be true'],
  ])('%# is refused when it cannot be right', (json, complaint) => {
    expect(() => busOwnerState(json)).toThrow(complaint);
  });

  it('is read as it was written', () => {
    const state = { eids: { 'bus0/0x1d': 9 } };
    expect(busOwnerState(JSON.parse(JSON.stringify(state)))).toEqual(state);
  });
});
