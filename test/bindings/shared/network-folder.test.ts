/** The folder of a served network, and those who come by its sockets. */

import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
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

async function served(path: string) {
  const { clock, mctp } = await oneStack();
  const network = new ServedNetwork({ name: 't', stack: mctp, clock, time: () => clock.now() });
  return await NetworkFolder.open(path, network);
}

it('takes the folders away which it made, and none that another uses or that was there', async () => {
  mkdirSync(join(root, 'there'));
  const one = await served(join(root, 'there/made/nets/one'));
  const two = await served(join(root, 'there/made/nets/two'));
  await one.close();
  expect(existsSync(join(root, 'there/made/nets/two/use'))).toBe(true);
  await two.close();
  const three = await served(join(root, 'there/others/nets/three'));
  await three.close();
  expect(existsSync(join(root, 'there/others'))).toBe(false);
  expect(existsSync(join(root, 'there'))).toBe(true);
});

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
