import { CableLink, type CableLinkOptions } from '../../../bindings/cable/cable-link.js';
import { describeLinkCompliance } from '../../../hw-fixtures/testing/link-compliance.js';
import { VirtualClock } from '../../../stack/clock.js';
import { CableWires } from '../../support/cable-wires.js';

const KEY = new Uint8Array(32).fill(7);

for (const places of [['a'], ['a', 'b', 'c']]) {
  describeLinkCompliance(`cable over ${places.length} wires in memory`, () => {
    const clock = new VirtualClock();
    const network = new CableWires(clock);
    const common: Omit<CableLinkOptions, 'name'> = { clock, network, key: KEY, longestUnit: 100 };
    const a = new CableLink({ ...common, name: 'cable:a', listen: places });
    const connect = places.map((place) => ({ place, backup: false }));
    const b = new CableLink({ ...common, name: 'cable:b', connect, patient: true });
    return {
      a,
      b,
      step: () => clock.advance(1),
      timers: () => clock.pending,
      garbage: (bytes) => {
        clock.advance(5);
        network.injectBack(places[0]!, bytes);
      },
    };
  });
}
