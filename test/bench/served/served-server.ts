/**
 * A served network of its own process, on a wire which takes no time to an endpoint which sends back what comes. Says
 * `ready`; measures requests without clients when it is told `alone`.
 */

import { NetworkFolder } from '../../../bindings/shared/server/network-folder.js';
import { ServedNetwork } from '../../../bindings/shared/server/served-network.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { stackOn, TYPE } from '../turnaround-stack.js';
import { roundTrips } from './served-client.js';

const [, , folder, lossless, queue] = process.argv;

const wire = new PacketWire({ clock: systemClock });
const near = wire.port({ name: 'near' });
const far = wire.port({ name: 'far' });
await stackOn(far, '');
const stack = await stackOn(near, '', 8, 9);
const network = new ServedNetwork({
  name: 'proof',
  stack,
  clock: systemClock,
  time: Date.now,
  options: { 'max-nodes': 1024, lossless: lossless === 'lossless', queue: Number(queue) },
});
await NetworkFolder.open(folder!, network);

process.on('message', (word) => {
  if (word === 'alone') {
    const socket = stack.socket();
    void roundTrips(socket, TYPE, 5_000).then((times) => process.send!({ times }));
  } else if (word === 'state') {
    // What was closed is gone in the next turn.
    setTimeout(() => {
      const { heapUsed, rss } = process.memoryUsage();
      process.send!({
        nodes: network.nodes(),
        bindings: network.bindings().length,
        clients: network.clients.size,
        hostile: network.counters.hostile,
        tags: network.nodes().reduce((sum, { tags }) => sum + tags, 0),
        heapUsed,
        rss,
        cpuMs: process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000,
      });
    }, 50);
  }
});
process.send!('ready');
