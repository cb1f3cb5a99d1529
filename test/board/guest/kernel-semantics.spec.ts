// Runs inside the board, by vitest: the table of socket semantics against the kernel's own sockets.

import { setTimeout as sleep } from 'node:timers/promises';
import { KernelMctp } from '../../../bindings/kernel/kernel.js';
import { MESSAGE_MAX } from '../../../bindings/kernel/numbers.js';
import { openPtyInterface } from '../../../bindings/kernel/pty-interface.js';
import { socketSemantics } from '../../support/socket-semantics.js';
import { SerialPeer } from './serial-peer.js';

const QUEUED = 16;
/** Six seconds by the kernel's constant, and an eighth more: its timers of this length are that coarse. */
const TAG_EXPIRY_MS = 6_800;

socketSemantics(
  'the kernel',
  { connect: false, waitsForTags: true, queuedMessages: QUEUED, tagExpiryMs: TAG_EXPIRY_MS },
  async () => {
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
  },
);
