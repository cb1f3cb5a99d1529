/** What the web page says of what happens. */

import { describe, expect, it } from 'vitest';
import { networkEventRow } from '../../../tools/web/event-rows.js';

describe('what a served network tells', () => {
  it('is a row with what is known', () => {
    const event = { event: 'nodeLeft', time: 5, node: 3, description: '', name: undefined, uid: 0, binding: null };
    expect(networkEventRow('lab', event)).toEqual({
      time: 5,
      kind: 'nodeLeft',
      level: 'info',
      network: null,
      eid: null,
      about: 'network lab',
      text: 'node 3, uid 0',
    });
  });

  it.each(['endpointFound', 'endpointLost', 'endpointChanged', 'linkUp', 'trace'])('is not told twice: %s', (event) =>
    expect(networkEventRow('lab', { event, time: 5, eid: 9 })).toBeUndefined(),
  );
});
