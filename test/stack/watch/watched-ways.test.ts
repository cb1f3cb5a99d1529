/** Which way a device is watched by: it stays while it answers, and another one is used when it is lost. */

import { describe, expect, it } from 'vitest';
import { type WatchedEndpoint, WatchedWays, watchedKey } from '../../../stack/watch/index.js';

const at = (link: string, eid: number): WatchedEndpoint => {
  return { network: 1, eid, link, physicalAddress: '1d', uuid: 'u', messageTypes: [0, 1] };
};
const used = (ways: WatchedWays): (string | false)[] =>
  ways.of('u').map(({ link, isUsed, isUp }) => isUsed && `${link} ${isUp}`);

describe('a watched device', () => {
  it.each(['00000000-0000-0000-0000-000000000000', 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', undefined])(
    'with the UUID %s is known by its place, behind a bridge by its EID',
    (uuid) => {
      expect(watchedKey({ ...at('a', 9), uuid })).toBe('a/1d');
      expect(watchedKey({ ...at('b', 20), uuid })).toBe('b/1d');
      expect(watchedKey({ ...at('a', 9), uuid, physicalAddress: undefined })).toBe('1:9');
    },
  );
});

describe('a device on two links', () => {
  it('is watched by the first way, whatever is heard of the second', () => {
    const ways = new WatchedWays();
    expect(ways.put('u', at('a', 9))).toMatchObject({ eid: 9 });
    expect(ways.put('u', at('b', 20))).toMatchObject({ eid: 9 });
    expect(ways.put('u', at('b', 20))).toMatchObject({ eid: 9 });
    expect(ways.of('u')).toEqual([
      { network: 1, eid: 9, link: 'a', physicalAddress: '1d', isUsed: true, isUp: true },
      { network: 1, eid: 20, link: 'b', physicalAddress: '1d', isUsed: false, isUp: true },
    ]);
  });

  it('goes on by the other when the one in use is lost, and stays there when it is back', () => {
    const ways = new WatchedWays();
    ways.put('u', at('a', 9));
    ways.put('u', at('b', 20));
    expect(ways.down(at('a', 9))).toEqual([{ key: 'u', used: at('b', 20), isOther: true }]);
    expect(used(ways)).toEqual([false, 'b true']);
    expect(ways.put('u', at('a', 9))).toMatchObject({ eid: 20 });
    expect(ways.remove(at('b', 20))).toEqual([{ key: 'u', used: at('a', 9), isOther: true }]);
    expect(ways.remove(at('a', 9))).toEqual([{ key: 'u', used: undefined, isOther: false }]);
    expect(ways.of('u')).toEqual([]);
  });

  it('of which none answers keeps the one in use until one is back', () => {
    const ways = new WatchedWays();
    ways.put('u', at('a', 9));
    ways.put('u', at('b', 20));
    expect(ways.down(at('b', 20))).toMatchObject([{ isOther: false }]);
    expect(ways.down(at('a', 9))).toMatchObject([{ used: { eid: 9 }, isOther: false }]);
    expect(used(ways)).toEqual(['a false', false]);
    expect(ways.put('u', at('b', 21))).toMatchObject({ eid: 21 });
    expect(used(ways)).toEqual([false, 'b true']);
    // A way which does not answer is better than none.
    ways.down(at('b', 21));
    expect(ways.remove(at('b', 21))).toMatchObject([{ used: { eid: 9 }, isOther: true }]);
  });

  it('has one way on each link: there, another EID is where it is now', () => {
    const ways = new WatchedWays();
    ways.put('u', at('a', 9));
    expect(ways.put('u', at('a', 12))).toMatchObject({ eid: 12 });
    expect(ways.count('u')).toBe(1);
    expect(ways.remove(at('a', 9))).toEqual([]);
  });

  it('loses a way whose EID another device has now', () => {
    const ways = new WatchedWays();
    ways.put('u', at('a', 9));
    ways.put('u', at('b', 20));
    ways.put('v', { ...at('a', 9), uuid: 'v' });
    expect(ways.remove(at('a', 9), 'v')).toEqual([{ key: 'u', used: at('b', 20), isOther: true }]);
    expect(ways.count('v')).toBe(1);
  });
});
