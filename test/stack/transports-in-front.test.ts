/** What stands in front of a transport changes nothing of its sockets, as long as there is nothing for it to do. */

import { expect } from 'vitest';
import { pass, settle } from '../../hw-fixtures/testing/virtual-time.js';
import { DEFAULT_LIMITS } from '../../stack/limits.js';
import type { Mctp } from '../../stack/mctp.js';
import { MultipathTransport } from '../../stack/multipath/index.js';
import type { Transport } from '../../stack/transport.js';
import { BusShare, PacedTransport } from '../../stack/watch/index.js';
import { PacketPeer } from '../support/packet-peer.js';
import { OWN_FEATURES, QUEUED } from '../support/semantics-features.js';
import { socketSemantics } from '../support/socket-semantics.js';
import { oneStack } from '../support/stacks.js';

const IN_FRONT: Readonly<Record<string, (mctp: Mctp) => Transport>> = {
  'a transport which knows ways, of devices with one way': (mctp) =>
    new MultipathTransport({ transport: mctp, clock: mctp.clock }),
  'a transport which keeps to a share of the wire': (mctp) => {
    const share = new BusShare({ clock: mctp.clock, percent: 25 });
    return new PacedTransport(mctp, mctp.clock, () => share);
  },
};

for (const [name, inFront] of Object.entries(IN_FRONT)) {
  socketSemantics(name, OWN_FEATURES, async () => {
    const { clock, mctp, link } = await oneStack({ limits: { socketMessages: QUEUED } });
    return {
      transport: inFront(mctp),
      eid: 8,
      network: 1,
      peer: new PacketPeer(link, 8),
      unreachable: 99,
      longest: DEFAULT_LIMITS.messageBytes - 1,
      wait: (promise) => settle(clock, promise),
      pass: (ms) => pass(clock, ms),
      close: async () => {
        await mctp.close();
        expect(clock.pending).toBe(0);
      },
    };
  });
}
