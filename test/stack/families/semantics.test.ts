import { expect } from 'vitest';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { FamilyTransport } from '../../../stack/families/index.js';
import { DEFAULT_LIMITS } from '../../../stack/limits.js';
import { Mctp } from '../../../stack/mctp.js';
import { PacketPeer } from '../../support/packet-peer.js';
import { OWN_FEATURES, QUEUED } from '../../support/semantics-features.js';
import { socketSemantics } from '../../support/socket-semantics.js';
import { oneStack } from '../../support/stacks.js';

/** The peer is in the first family, or in the second, whose networks have other numbers outside. */
for (const place of ['first', 'second'] as const) {
  socketSemantics(`two families, the peer in the ${place}`, OWN_FEATURES, async () => {
    const { clock, mctp, link } = await oneStack();
    const other = new Mctp({ clock });
    const own = { name: 'own', transport: mctp };
    const idle = { name: 'idle', transport: other, linkPrefix: 'idle/' };
    const families = place === 'first' ? [own, idle] : [idle, own];
    const transport = new FamilyTransport({ clock, families, limits: { socketMessages: QUEUED } });
    return {
      transport,
      eid: 8,
      network: transport.family('own').outerNetwork(1),
      peer: new PacketPeer(link, 8),
      unreachable: 99,
      longest: DEFAULT_LIMITS.messageBytes - 1,
      wait: (promise) => settle(clock, promise),
      pass: (ms) => pass(clock, ms),
      close: async () => {
        await transport.close();
        await Promise.all([mctp.close(), other.close()]);
        expect(clock.pending).toBe(0);
      },
    };
  });
}
