/** Devices which a page offers something for: each once. */

import { expect, it } from 'vitest';
import type { EndpointInfo } from '../../../stack/bus-owner/index.js';
import { firstWays } from '../../../tools/web/first-ways.js';

const at = (eid: number, link: string, uuid: string | undefined, connectivity = 'available'): EndpointInfo =>
  ({ eid, link, uuid, connectivity, network: 1 }) as EndpointInfo;
const eids = (...endpoints: EndpointInfo[]): number[] => firstWays(endpoints).map(({ eid }) => eid);

it('by the first way which answers', () => {
  expect(eids(at(9, 'a', 'u'), at(10, 'b', 'u'), at(11, 'b', undefined), at(12, 'c', undefined))).toEqual([9, 11, 12]);
  expect(eids(at(9, 'a', 'u', 'degraded'), at(10, 'b', 'u'), at(11, 'c', 'u'))).toEqual([10]);
  expect(eids(at(9, 'a', 'u', 'degraded'), at(10, 'b', 'u', 'degraded'))).toEqual([9]);
});

it('and two with one UUID on one link twice', () => {
  expect(eids(at(9, 'a', 'u'), at(10, 'a', 'u'), at(11, 'b', 'u'))).toEqual([9, 10, 11]);
});
