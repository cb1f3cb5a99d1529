/** The folder of a served network, and those who come by its sockets. */

import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { NetworkFolder } from '../../../bindings/shared/server/network-folder.js';
import { ServedNetwork } from '../../../bindings/shared/server/served-network.js';
import { socketPath } from '../../../bindings/shared/shared-folder.js';
import { oneStack } from '../../support/stacks.js';

const root = mkdtempSync(join(tmpdir(), 'mctpkit-folder-'));
afterAll(() => rmSync(root, { recursive: true }));

it('a reader of metrics which does not read, and does not leave, is not waited for at the end', async () => {
  const { clock, mctp } = await oneStack();
  const metrics = () => 'mctp_served_nodes 1\n'.repeat(100_000);
  const network = new ServedNetwork({ name: 't', stack: mctp, clock, time: () => clock.now(), metrics });
  const path = join(root, 't');
  const folder = await NetworkFolder.open(path, network);
  const before = clock.pending;
  const reader = connect({ path: socketPath(path, 'metrics') });
  await once(reader, 'connect');
  // Something has come, so that it was accepted.
  await once(reader, 'readable');
  expect(clock.pending).toBe(before + 1);
  await network.close();
  await folder.close();
  expect(existsSync(path)).toBe(false);
  expect(clock.pending).toBe(before);
  reader.destroy();
});
