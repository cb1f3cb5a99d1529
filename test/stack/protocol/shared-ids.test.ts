/** Requesters of one transport share the instance ids towards a responder, which sees one requester. */

import { describe, expect, it } from 'vitest';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { base, PldmClient, PldmResponder, platform } from '../../../pldm/index.js';
import { VirtualClock } from '../../../stack/clock.js';
import { FamilyTransport } from '../../../stack/families/index.js';
import { MultipathTransport } from '../../../stack/multipath/index.js';
import { NvmeMiClient, NvmeMiResponder, SubsystemHealthPoll } from '../../../stack/nvme-mi/index.js';
import type { RequesterOptions } from '../../../stack/protocol/index.js';
import { idPoolOf } from '../../../stack/protocol/index.js';
import type { Transport } from '../../../stack/transport.js';
import { PacedTransport } from '../../../stack/watch/paced-transport.js';
import { World } from '../../pldm/world.js';
import { FakeTransport } from '../../support/fake-transport.js';

const TO = { eid: 9 };
const SET = { effecterId: 1, stateField: [{ setRequest: 'requestSet' as const, effecterState: 1 }] };

/** Devices whose effecter counts how often it is set; what they do takes `workMs`. */
async function scene({ eids = [9], workMs = 0 } = {}) {
  const world = await World.make();
  const { clock, bmc } = world;
  const runs = new Map<number, number>();
  for (const eid of eids) {
    const responder = new PldmResponder({ transport: await world.device(eid), clock });
    responder.handlers.on(platform.SetStateEffecterStates, async () => {
      runs.set(eid, (runs.get(eid) ?? 0) + 1);
      if (workMs > 0) await new Promise<void>((done) => void clock.schedule(workMs, done));
      return {};
    });
    responder.start();
  }
  const client = (options: Partial<RequesterOptions> = {}) => new PldmClient({ transport: bmc, clock, ...options });
  const set = (by: PldmClient, eid = 9) => settle(clock, by.request({ eid }, platform.SetStateEffecterStates, SET));
  return { world, clock, runs, client, set };
}

describe('instance ids of several requesters', () => {
  it('in parallel are distinct: what is not idempotent runs for each', async () => {
    const { clock, runs, client } = await scene({ workMs: 10 });
    const clients = [client(), client(), client()];
    const all = clients.map((one) => one.request(TO, platform.SetStateEffecterStates, SET));
    await settle(clock, Promise.all(all));
    expect(runs.get(9)).toBe(3);
  });

  it('of a requester which was closed are not used again at once by the next', async () => {
    const { runs, client, set } = await scene();
    for (let n = 1; n <= 3; n++) {
      const one = client();
      await set(one);
      one.close();
      expect(runs.get(9)).toBe(n);
    }
  });

  it('go on where they were when a responder was forgotten by its requester', async () => {
    const { runs, client, set } = await scene({ eids: [9, 10] });
    const one = client({ maxPeers: 1 });
    for (const eid of [9, 10, 9]) await set(one, eid);
    expect(runs.get(9)).toBe(2);
  });

  it('are the same through transports in front of the one that carries the messages', async () => {
    const { world, clock, runs } = await scene({ workMs: 10 });
    const { bmc } = world;
    const multipath = new MultipathTransport({ transport: bmc, clock });
    multipath.setPeers([
      {
        uuid: 'one',
        ways: [
          { name: 'a', to: TO },
          { name: 'b', to: { eid: 20 } },
        ],
      },
    ]);
    const families = new FamilyTransport({ clock, families: [{ name: 'own', transport: bmc }] });
    const fronts: Transport[] = [bmc, new PacedTransport(bmc, clock, () => undefined), families, multipath];
    const pools = fronts.map((transport) => idPoolOf(transport, TO, 1, 32, clock.now()));
    expect(new Set(pools).size).toBe(1);
    const clients = fronts.map((transport) => new PldmClient({ transport, clock }));
    const all = clients.map((one) => one.request(TO, platform.SetStateEffecterStates, SET));
    await settle(clock, Promise.all(all));
    expect(runs.get(9)).toBe(4);
  });

  it('which rest outlive their requester', async () => {
    const world = await World.make();
    const { clock, bmc } = world;
    let answers = false;
    const device = await world.scripted(9, (request) =>
      answers ? Uint8Array.of(request[0]! & 0x1f, 0, 2, 0, 7) : undefined,
    );
    const first = new PldmClient({ transport: bmc, clock, retries: 0 });
    const asked = first.request(TO, base.GetTID, {}).catch(({ code }) => code);
    await pass(clock, 10);
    first.close();
    expect(await asked).toBe('ECANCELED');
    answers = true;
    const second = new PldmClient({ transport: bmc, clock, instanceIds: 2 });
    const ids: number[] = [];
    for (let n = 0; n < 3; n++) {
      await settle(clock, second.request(TO, base.GetTID, {}));
      ids.push(Number.parseInt(device.requests.at(-1)!.slice(0, 2), 16) & 0x1f);
    }
    expect(ids).toEqual([1, 1, 1]);
  });

  it('are lent in turn: who waits longest is next, and who gives up or is closed waits no more', async () => {
    const world = await World.make();
    const { clock, bmc } = world;
    const asked: number[] = [];
    const responder = new NvmeMiResponder({ transport: await world.device(9), clock });
    responder.handlers.on(SubsystemHealthPoll, async ({ clearStatus }) => {
      asked.push(clearStatus);
      await new Promise<void>((done) => void clock.schedule(10, done));
      return { data: new Uint8Array(8) };
    });
    responder.start();
    // One command slot: it has one command at a time, whoever it is from.
    const clients = [0, 1].map(() => new NvmeMiClient({ transport: bmc, clock }));
    const [a, b] = clients as [NvmeMiClient, NvmeMiClient];
    const ask = (by: NvmeMiClient, signal?: AbortSignal) =>
      by.exchange(TO, SubsystemHealthPoll, { clearStatus: by === a ? 0 : 1 }, { signal }).then(
        ({ completionCode }) => completionCode,
        ({ code }) => code as string,
      );
    const stop = new AbortController();
    const all = Promise.all([ask(a), ask(a), ask(a), ask(b), ask(b), ask(b, stop.signal)]);
    await pass(clock, 5);
    stop.abort();
    expect(await settle(clock, all)).toEqual([0, 0, 0, 0, 0, 'ECANCELED']);
    expect(asked).toEqual([0, 1, 0, 1, 0]);
    const last = Promise.all([ask(a), ask(b), ask(a)]);
    await pass(clock, 5);
    b.close();
    expect(await settle(clock, last)).toEqual([0, 'ECANCELED', 0]);
    expect(asked.slice(5)).toEqual([0, 0]);
  });

  it('are not waited for any more, and no timer stays, once the last asker gave up', async () => {
    const clock = new VirtualClock();
    const transport = new FakeTransport(clock);
    const client = new PldmClient({ transport, clock, retries: 0, instanceIds: 1, maxPeers: 1 });
    const silent = client.request(TO, base.GetTID, {}).catch(({ code }) => code);
    expect(await settle(clock, silent)).toBe('ETIMEDOUT');
    const pool = idPoolOf(transport, TO, 1, 32, clock.now())!;
    const stop = new AbortController();
    const waiting = client.request(TO, base.GetTID, {}, { signal: stop.signal }).catch(({ code }) => code);
    await pass(clock, 10);
    expect([pool.inUse, clock.pending]).toEqual([true, 1]);
    stop.abort();
    expect(await waiting).toBe('ECANCELED');
    expect([pool.inUse, clock.pending]).toEqual([false, 0]);
  });

  it('are forgotten where nobody asks any more, first of those who were not asked for long', () => {
    const clock = new VirtualClock();
    const transport = new FakeTransport(clock);
    const pool = (network: number, now: number) => idPoolOf(transport, { eid: 9, network }, 1, 32, now)!;
    const lent = pool(1, 0);
    expect(lent.take(0)).toBe(0);
    const used = pool(2, 0);
    used.giveBack(used.take(0)!, 0, 6_000, false);
    const resting = pool(3, 0);
    resting.giveBack(resting.take(0)!, 0, 6_000, true);
    for (let network = 4; network <= 4_097; network++) pool(network, 10);
    expect([lent, used, resting].map(({ forgotten }) => forgotten)).toEqual([false, false, false]);
    for (let network = 10_000; network < 20_000; network++) pool(network, 7_000);
    expect([lent, used, resting].map(({ forgotten }) => forgotten)).toEqual([false, true, true]);
    expect(pool(1, 7_000)).toBe(lent);
    // Not the id which it had last.
    const again = pool(2, 7_000);
    expect(again).not.toBe(used);
  });

  it('in use towards too many responders: ENOBUFS', () => {
    const transport = new FakeTransport(new VirtualClock());
    const pool = (network: number) => idPoolOf(transport, { eid: 9, network }, 1, 32, 0)!;
    for (let network = 1; network <= 4_096; network++) pool(network).take(0);
    expect(() => pool(5_000)).toThrow(expect.objectContaining({ code: 'ENOBUFS' }));
    pool(1).giveBack(0, 0, 6_000, false);
    expect(pool(5_000).take(0)).toBeDefined();
  });
});
