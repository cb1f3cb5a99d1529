import { expect } from 'vitest';
import { acceptClient } from '../../../bindings/shared/server/served-client.js';
import { ServedNetwork } from '../../../bindings/shared/server/served-network.js';
import { SharedMctp } from '../../../bindings/shared/shared-mctp.js';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { DEFAULT_LIMITS } from '../../../stack/limits.js';
import { memoryLines } from '../../support/memory-line.js';
import { PacketPeer } from '../../support/packet-peer.js';
import { OWN_FEATURES, QUEUED } from '../../support/semantics-features.js';
import { socketSemantics } from '../../support/socket-semantics.js';
import { oneStack } from '../../support/stacks.js';

socketSemantics('a served network', OWN_FEATURES, async () => {
  const { clock, mctp, link } = await oneStack();
  const network = new ServedNetwork({ name: 't', stack: mctp, clock, time: () => clock.now() });
  const transport = await SharedMctp.open({
    name: 'shared:t',
    clock,
    connect: async (right) => {
      const [client, server] = memoryLines();
      acceptClient(network, server, right, undefined);
      return client;
    },
    limits: { socketMessages: QUEUED },
  });
  return {
    transport,
    eid: 8,
    network: 1,
    peer: new PacketPeer(link, 8),
    unreachable: 99,
    longest: DEFAULT_LIMITS.messageBytes - 1,
    wait: (promise) => settle(clock, promise),
    pass: (ms) => pass(clock, ms),
    close: async () => {
      transport.close();
      await network.close();
      await mctp.close();
      expect(clock.pending).toBe(0);
    },
  };
});
