/** Updates from the page: what the server was in the middle of when it ended is offered again, and goes on. */

import { cpSync, createReadStream, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Bench, openBench } from '../../../hw-fixtures/index.js';
import { PldmClient } from '../../../pldm/base/pldm-client.js';
import { BusOwner } from '../../../stack/bus-owner/index.js';
import type { VirtualClock } from '../../../stack/clock.js';
import { Mctp } from '../../../stack/mctp.js';
import { Resolver } from '../../../stack/names/index.js';
import { FirmwareDesk } from '../../../tools/web/firmware-desk.js';
import { UpdateRow } from '../../../tools/web/update-row.js';
import type { WebPlan, WebUpdate } from '../../../tools/web/web-documents.js';
import { WebModel } from '../../../tools/web/web-model.js';
import { inVirtualTime } from '../../support/auto-clock.js';
import { packageFor } from '../../support/firmware-package.js';

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-desk-'));
afterAll(() => rmSync(folder, { recursive: true }));

const BENCH = `
[wires.smbus0]
kind = "smbus"
speed = 400
host = 0x10
[devices.dev]
wire = "smbus0"
address = 0x1d
uuid = "7a1c5e10-4c2b-11ee-8d01-001b21000042"
[devices.dev.pldm.firmware]
version = "1.0"
iana = 412
verifyMs = 2000
components = [{ id = 1, version = "1.0" }, { id = 2, version = "1.0" }]
`;

interface Server {
  readonly desk: FirmwareDesk;
  readonly problems: string[];
  rows(): WebUpdate[];
  kinds(): string[];
  /** The row of the only update, when it is so. */
  until(is: (row: WebUpdate) => boolean): Promise<WebUpdate>;
  upload(path: string): Promise<WebPlan>;
  /** Without a word to the device: the process is not there any more. */
  kill(): Promise<void>;
}

async function serverOn(bench: Bench, clock: VirtualClock, packages: string): Promise<Server> {
  const mctp = new Mctp({ clock });
  for (const link of bench.hostLinks()) {
    mctp.addLink(link);
    mctp.addAddress(8, link.name);
  }
  await mctp.open();
  const owner = new BusOwner({ host: mctp, clock, pollMs: 0 });
  await owner.discover();
  const model = new WebModel();
  const client = new PldmClient({ transport: mctp, clock });
  const problems: string[] = [];
  const desk = new FirmwareDesk({
    transport: mctp,
    clock,
    client,
    model,
    names: new Resolver(),
    time: () => clock.now(),
    endpoints: () => owner.endpoints(),
    find: async (endpoint) => endpoint,
    responder: undefined,
    packages: { folder: packages, temporary: folder },
  });
  desk.remember((what) => problems.push(what));
  const rows = (): WebUpdate[] =>
    Object.values(JSON.parse(model.updates.changesSince(-1)?.rows ?? '{}') as Record<string, WebUpdate>);
  const server: Server = {
    desk,
    problems,
    rows,
    kinds: () => Array.from({ length: model.events.next }, (_, n) => model.events.at(n)!.kind),
    until: async (is) => {
      for (;;) {
        const [row] = rows();
        if (row !== undefined && is(row)) return row;
        await new Promise<void>((resolve) => clock.schedule(10, resolve));
      }
    },
    upload: (path) =>
      desk.package(new URLSearchParams({ name: 'two.pldm' }), createReadStream(path) as never as IncomingMessage),
    kill: async () => {
      client.close();
      await mctp.close();
      await desk.close();
    },
  };
  return server;
}

const begin = ({ desk }: Server, { number, devices }: WebPlan): Promise<void> =>
  desk.update(new URLSearchParams({ package: String(number), devices: devices[0]!.key }));
const the = (row: WebUpdate): URLSearchParams => new URLSearchParams({ update: String(row.number) });

describe('an update from the page', () => {
  it('goes on where the device is after the server was killed', () =>
    inVirtualTime(async (clock) => {
      const bench = await openBench({ clock, description: BENCH });
      const path = await packageFor(folder, 'two', [20_000, 3000]);
      const first = await serverOn(bench, clock, join(folder, 'killed'));
      await begin(first, await first.upload(path));
      await first.until(({ phase, components }) => phase === 'verifying' && components.length === 0);
      // What is on the disk is what a process which was killed leaves.
      cpSync(join(folder, 'killed'), join(folder, 'left'), { recursive: true });
      await first.kill();

      const second = await serverOn(bench, clock, join(folder, 'left'));
      const [row] = second.rows();
      expect(row).toMatchObject({
        outcome: 'interrupted',
        package: 'two.pldm',
        device: expect.stringContaining('EID'),
      });
      expect(row!.reason).toBe('the server ended while it ran: component 0 was under way');
      expect(second.kinds()).toEqual(['update interrupted']);
      // Another update of the same device would break what is under way there.
      const plan = await second.upload(path);
      await expect(begin(second, plan)).rejects.toThrow('was interrupted: go on with that one, or forget it');
      await second.desk.resume(the(row!));
      await expect(second.desk.resume(the(row!))).rejects.toThrow('was not interrupted');
      const done = await second.until(({ outcome }) => outcome !== null && outcome !== 'interrupted');
      expect(done).toMatchObject({ outcome: 'updated', number: row!.number });
      expect(done.notes[0]).toMatch(/^going on with component 0 where the device is: (VERIFY|DOWNLOAD|APPLY)$/);
      expect(done.components).toHaveLength(2);
      expect(second.kinds()).toEqual(['update interrupted', 'update goes on', 'update updated']);
      await second.kill();
      expect(readdirSync(join(folder, 'left'))).toEqual([]);
      await bench.close();
    }));

  it('is cancelled at the device when the server is ended, and goes on with the next one', () =>
    inVirtualTime(async (clock) => {
      const bench = await openBench({ clock, description: BENCH });
      const packages = join(folder, 'ended');
      const first = await serverOn(bench, clock, packages);
      await begin(first, await first.upload(await packageFor(folder, 'two', [20_000, 3000])));
      await first.until(({ served }) => served > 4000);
      await first.desk.close();
      expect(first.rows()).toMatchObject([{ outcome: 'cancelled' }]);
      await first.kill();
      const second = await serverOn(bench, clock, packages);
      const [row] = second.rows();
      await second.desk.resume(the(row!));
      const done = await second.until(({ outcome }) => outcome !== null && outcome !== 'interrupted');
      expect(done).toMatchObject({ outcome: 'updated' });
      await second.kill();
      await bench.close();
    }));

  it('which somebody cancels, or which is forgotten, is not offered again', () =>
    inVirtualTime(async (clock) => {
      const bench = await openBench({ clock, description: BENCH });
      const packages = join(folder, 'cancelled');
      const path = await packageFor(folder, 'two', [20_000, 3000]);
      const first = await serverOn(bench, clock, packages);
      await begin(first, await first.upload(path));
      const running = await first.until(({ served }) => served > 4000);
      await first.desk.cancel(the(running));
      await first.until(({ outcome }) => outcome === 'cancelled');
      await first.kill();
      const second = await serverOn(bench, clock, packages);
      expect(second.rows()).toEqual([]);
      await begin(second, await second.upload(path));
      await second.until(({ served }) => served > 4000);
      await second.desk.close();
      await second.kill();
      const third = await serverOn(bench, clock, packages);
      await third.desk.forget(the(third.rows()[0]!));
      expect(third.rows()).toMatchObject([{ outcome: 'forgotten' }]);
      await third.kill();
      expect((await serverOn(bench, clock, packages)).rows()).toEqual([]);
      await bench.close();
    }));

  it('which was forgotten in the middle is ended by another one, which somebody has to choose', () =>
    inVirtualTime(async (clock) => {
      const bench = await openBench({ clock, description: BENCH });
      const packages = join(folder, 'forgotten');
      const path = await packageFor(folder, 'two', [20_000, 3000]);
      const first = await serverOn(bench, clock, packages);
      await begin(first, await first.upload(path));
      await first.until(({ served }) => served > 4000);
      cpSync(packages, join(folder, 'forgotten-left'), { recursive: true });
      await first.kill();
      const second = await serverOn(bench, clock, join(folder, 'forgotten-left'));
      await second.desk.forget(the(second.rows()[0]!));
      // The device does not know of that.
      const plan = await second.upload(path);
      expect(plan.devices).toMatchObject([{ underWay: 'DOWNLOAD' }]);
      await begin(second, plan);
      const done = async (): Promise<WebUpdate> => {
        const row = second.rows()[1];
        if (row !== undefined && row.outcome !== null) return row;
        await new Promise<void>((resolve) => clock.schedule(10, resolve));
        return done();
      };
      expect(await done()).toMatchObject({
        outcome: 'updated',
        notes: ['the device was in state DOWNLOAD: that update is cancelled'],
      });
      await second.kill();
      await bench.close();
    }));

  it('of a device which restarts to activate has come to its end when it runs the new firmware', () =>
    inVirtualTime(async (clock) => {
      const description = BENCH.replace('verifyMs = 2000', 'restartMs = 1500');
      const bench = await openBench({ clock, description });
      const packages = join(folder, 'restarted');
      const first = await serverOn(bench, clock, packages);
      await begin(first, await first.upload(await packageFor(folder, 'two', [20_000, 3000])));
      await first.until(({ phase }) => phase === 'activating');
      cpSync(packages, join(folder, 'restarted-left'), { recursive: true });
      await new Promise<void>((resolve) => clock.schedule(100, resolve));
      await first.kill();
      await new Promise<void>((resolve) => clock.schedule(5000, resolve));
      const second = await serverOn(bench, clock, join(folder, 'restarted-left'));
      const [row] = second.rows();
      expect(row!.reason).toBe(
        'the server ended while it ran: all was sent, and the device was told to activate it, or just about to be told',
      );
      await second.desk.resume(the(row!));
      expect(await second.until(({ outcome }) => outcome !== null && outcome !== 'interrupted')).toMatchObject({
        outcome: 'updated',
        reason: '',
        notes: ['an earlier run has activated it: IDLE'],
        components: ['firmware 1: 2.0, updated (active)', 'firmware 2: 2.0, updated (active)'],
      });
      await second.kill();
      await bench.close();
    }));

  it('whose new version the device does not show is not called updated', () => {
    const model = new WebModel();
    const device = { name: 'EID 9', network: 1, eid: 9 };
    const row = new UpdateRow(model, 0, { device, package: 'two.pldm' }, () => 0);
    const component = {
      index: 0,
      classification: 10,
      identifier: 1,
      classificationIndex: 0,
      version: '2.0',
      previousVersion: '1.0',
      result: 'updated' as const,
      reason: '',
      state: undefined,
      activationMethods: 2,
    };
    const rest = { nonFunctioning: 0n, leftInUpdateMode: false, served: 20, elapsedMs: 1 };
    row.report({ outcome: 'failed', reason: 'it does not show it', components: [component], ...rest });
    const shown = JSON.parse(model.updates.changesSince(-1)!.rows) as Record<string, WebUpdate>;
    expect(shown['0']!.components).toEqual(['firmware 1: 1.0 to 2.0, sent, but the device does not show it']);
  });

  it('of which the journal is damaged is told, and nothing of it stays', () =>
    inVirtualTime(async (clock) => {
      const bench = await openBench({ clock, description: BENCH });
      const packages = join(folder, 'damaged');
      const first = await serverOn(bench, clock, packages);
      await begin(first, await first.upload(await packageFor(folder, 'two', [20_000, 3000])));
      await first.until(({ served }) => served > 4000);
      await first.desk.close();
      await first.kill();
      const own = join(packages, readdirSync(packages)[0]!);
      writeFileSync(join(own, 'about.json'), '{"name": 4}');
      const second = await serverOn(bench, clock, packages);
      expect(second.problems).toEqual([`an update cannot go on: ${join(own, 'about.json')} makes no sense`]);
      expect(second.rows()).toEqual([]);
      expect(existsSync(own)).toBe(false);
      await second.kill();
      await bench.close();
    }));

  it('works without a place for journals, and says what that means', () =>
    inVirtualTime(async (clock) => {
      const bench = await openBench({ clock, description: BENCH });
      writeFileSync(join(folder, 'file'), '');
      const server = await serverOn(bench, clock, join(folder, 'file/below'));
      const plan = await server.upload(await packageFor(folder, 'two', [20_000, 3000]));
      expect(plan.notes[0]).toMatch(/^updates would not go on after a restart of the server: .*file\/below: /);
      await begin(server, plan);
      expect(await server.until(({ outcome }) => outcome !== null)).toMatchObject({ outcome: 'updated' });
      await server.kill();
      await bench.close();
    }));
});
