// Runs inside the board, by vitest: the table of socket semantics against the kernel's own sockets.

import { setTimeout as sleep } from 'node:timers/promises';
import { KernelMctp } from '../../../bindings/kernel/kernel.js';
import { MESSAGE_MAX } from '../../../bindings/kernel/kernel-numbers.js';
import { openPtyInterface } from '../../../bindings/kernel/pty-interface.js';
import { KERNEL_FEATURES, QUEUED } from '../../support/semantics-features.js';
import { socketSemantics } from '../../support/socket-semantics.js';
import { SerialPeer } from '../guest/serial-peer.js';

socketSemantics('the kernel', KERNEL_FEATURES, async () => {
  const kernel = await KernelMctp.open({ limits: { socketMessages: QUEUED } });
  const { link, port } = await openPtyInterface(kernel.tables);
  kernel.tables.changeLink(link, { up: true });
  kernel.addAddress(8, link.name);
  kernel.addRoute({ start: 9, end: 10, link: link.name });
  const peer = new SerialPeer(port, 8);
  await peer.open();
  return {
    transport: kernel,
    eid: 8,
    network: 1,
    peer,
    unreachable: 99,
    longest: MESSAGE_MAX - 1,
    wait: (promise) => promise,
    pass: async (ms) => void (await sleep(Math.max(ms, 300))),
    close: async () => {
      await peer.close();
      kernel.close();
    },
  };
});
