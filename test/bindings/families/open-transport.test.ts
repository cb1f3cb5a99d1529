import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLink, openTransport, registerLinkKind } from '../../../bindings/index.js';
import { parseLinkUrl } from '../../../bindings/link-url.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { openBenchLinks } from '../../../hw-fixtures/bench/bench-links.js';
import { settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../../stack/clock.js';
import { ControlClient, GetEndpointUUID } from '../../../stack/control/index.js';
import type { FamilyTransport } from '../../../stack/families/index.js';
import { Mctp } from '../../../stack/mctp.js';
import { EndpointRole } from '../../../stack/roles/index.js';

const DRIVE = '7a1c5e10-4c2b-11ee-8d01-001b21000001';

/** The links of the bench, as if they were real ones. */
describe('openTransport', () => {
  let clock: VirtualClock;
  let unregister: () => void;
  let endBench: () => Promise<void>;
  let transport: FamilyTransport | undefined;

  beforeEach(async () => {
    clock = new VirtualClock();
    const { bench, links } = await openBenchLinks(parseLinkUrl('bench:'), { clock, vendors: [] });
    endBench = () => bench.close();
    unregister = registerLinkKind('rig', {
      example: 'rig:smbus0',
      create: async ({ place }) => links.find(({ name }) => name === `bench:${place}`)!,
    });
  });
  afterEach(async () => {
    await transport?.close();
    transport = undefined;
    await endBench();
    unregister();
  });

  it('links are one family; a UUID is looked for on them, and its device is asked by EID', async () => {
    transport = await openTransport(['rig:smbus0', 'rig:serial0'], { clock, assigns: true });
    transport.resolver.add({ name: 'drive0', address: { kind: 'uuid', uuid: DRIVE }, from: 'here' });
    const { to, family, text } = await settle(clock, transport.resolve('drive0'));
    expect({ to, family, text }).toEqual({ to: { eid: 9, network: 1 }, family: 'own', text: 'own:9' });
    const client = new ControlClient({ transport, clock });
    expect(await settle(clock, client.request(to, GetEndpointUUID, {}))).toMatchObject({ uuid: DRIVE });
    client.close();
    // Its route is known now.
    expect((await transport.resolve('9')).to).toEqual({ eid: 9, network: 1 });
  });

  it('a cable is a link as the others are', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mctpkit-families-'));
    const socket = join(folder, 'desk.sock');
    const desk = new Mctp({ clock: systemClock });
    const end = await createLink(`cable:?listen=${socket}&allow=any`);
    desk.addLink(end);
    desk.addAddress(9, end.name);
    await desk.open();
    const role = new EndpointRole({ mctp: desk, clock: systemClock, uuid: DRIVE });
    transport = await openTransport([`cable:${socket}?allow=any`]);
    const { to, family } = await transport.resolve(`uuid:${DRIVE}`);
    expect({ to, family }).toEqual({ to: { eid: 9, network: 1 }, family: 'own' });
    const client = new ControlClient({ transport, clock: systemClock });
    expect(await client.request(to, GetEndpointUUID, {})).toMatchObject({ uuid: DRIVE });
    client.close();
    await transport.close();
    role.close();
    await desk.close();
    rmSync(folder, { recursive: true });
  });

  it('a place is asked as it is; nothing is changed unless it was asked for', async () => {
    transport = await openTransport(['rig:smbus0'], { clock });
    const { to } = await transport.resolve('bench:smbus0/0x1d');
    expect(to).toEqual({ eid: 0, link: 'bench:smbus0', physicalAddress: '1d' });
    await expect(settle(clock, transport.resolve(`uuid:${DRIVE}`))).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    await expect(transport.resolve('tid:3')).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    await expect(transport.resolve('bench:other/0x1d')).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
  });

  it('when one of them cannot be opened, none is left open', async () => {
    const ended: string[] = [];
    const there = {
      name: 'there',
      transport: {
        socket: () => {
          throw new Error('unused');
        },
        peerKey: () => '',
      },
      end: () => ended.push('there'),
    };
    await expect(openTransport([there, 'rig:smbus0', 'nothing:1'], { clock })).rejects.toMatchObject({
      code: 'EUSAGE',
    });
    expect(ended).toEqual(['there']);
    expect(clock.pending).toBe(0);
  });

  it('a served network that is not there: one sentence', async () => {
    const opened = openTransport(['shared:nobody'], { clock, env: { XDG_RUNTIME_DIR: '/nowhere' } });
    await expect(opened).rejects.toMatchObject({ code: 'ENOENT', message: /mctpkit serve/ });
  });
});
