import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import {
  COMPLETION,
  ControlClient,
  QueryRateLimit,
  RequestTXRateLimit,
  UpdateRateLimit,
} from '../../../stack/control/index.js';
import { Mctp, VirtualClock } from '../../../stack/index.js';
import { EndpointRole, RateLimitedLink, serveRateLimits } from '../../../stack/roles/index.js';
import { SMBUS_100K } from '../../support/topology.js';

const ABILITIES = { rxBuffer: 4096, rxRate: 0, txMax: 1000, txMin: 1, burstMax: 4 };

/** A device with EID 20 that can hold back; peers 8 at 10 and 9 at 11, and when packets from it arrive at each. */
async function world(timed = true, window = 2) {
  const clock = new VirtualClock();
  const wire = new PacketWire({ clock, ...(timed ? SMBUS_100K : { addressSize: 1 }) });
  const mctp = new Mctp({ clock });
  const link = new RateLimitedLink(wire.port({ name: 'dev', address: '1d', window }), clock);
  mctp.addLink(link);
  mctp.addAddress(20, 'dev');
  const peers = [];
  for (const [eid, address] of [
    [8, '10'],
    [9, '11'],
  ] as const) {
    const peer = new Mctp({ clock });
    peer.addLink(wire.port({ name: `peer ${eid}`, address }));
    peer.addAddress(eid, `peer ${eid}`);
    peer.addRoute({ start: 20, link: `peer ${eid}` });
    peer.addNeighbour(20, `peer ${eid}`, '1d');
    mctp.addRoute({ start: eid, link: 'dev' });
    mctp.addNeighbour(eid, 'dev', address);
    await peer.open();
    const times: number[] = [];
    peer.tap(
      (event) => void (event.direction === 'rx' && event.buffer[event.start + 2] === 20 && times.push(clock.now())),
    );
    const socket = peer.socket();
    socket.bind({ type: 5 });
    peers.push({ mctp: peer, times, socket, client: new ControlClient({ transport: peer, clock }) });
  }
  await mctp.open();
  const role = new EndpointRole({ mctp, clock });
  const takeBack = serveRateLimits(role.responder, [link], ABILITIES);
  const socket = mctp.socket();
  const send = (eid: number, length = 40) => socket.send({ eid }, new Uint8Array(length), { type: 5, reply: false });
  return { clock, mctp, link, role, takeBack, send, a: peers[0]!, b: peers[1]! };
}

describe('a link that holds back', () => {
  it.each([true, false])('sends so many at once and then so many a second, in order (timed %s)', async (timed) => {
    const { clock, link, send, a } = await world(timed);
    link.limit(8, { burst: 3, rate: 10 });
    const done = Promise.all([send(8, 640), send(8)]);
    await settle(clock, done);
    expect(a.times).toHaveLength(12);
    const gaps = a.times.slice(1).map((time, i) => time - a.times[i]!);
    expect(gaps.slice(0, 2).every((gap) => gap < 10)).toBe(true);
    // Shorter packets arrive a little earlier.
    expect(gaps.slice(3).every((gap) => Math.abs(gap - 100) < 7)).toBe(true);
    await pass(clock, 0);
    expect((await a.socket.receive({ timeoutMs: 1 })).payload).toHaveLength(640);
    expect((await a.socket.receive({ timeoutMs: 1 })).payload).toHaveLength(40);
  });

  it('does not hold others up', async () => {
    const { clock, link, send, a, b } = await world();
    link.limit(8, { burst: 1, rate: 1 });
    const slow = Promise.all([send(8), send(8), send(8)]);
    await settle(clock, Promise.all(Array.from({ length: 20 }, () => send(9))));
    expect(b.times).toHaveLength(20);
    expect(clock.now()).toBeLessThan(200);
    expect(a.times).toHaveLength(1);
    await settle(clock, slow);
    expect(a.times.at(-1)).toBeGreaterThan(1999);
  });

  it('keeps nobody waiting for longer than the limit says while there is always something to send to others', async () => {
    const { clock, link, send, a, b } = await world(true, 1);
    link.limit(8, { burst: 1, rate: 50 });
    const limited = Promise.all([send(8), send(8), send(8)]);
    const others = Promise.all(Array.from({ length: 200 }, () => send(9)));
    await settle(clock, limited);
    expect(clock.now()).toBeLessThan(60);
    await settle(clock, others);
    expect([a.times.length, b.times.length]).toEqual([3, 200]);
  });

  it('lets go of several flows to one peer when the limit goes away, one after the other where there is room for one', async () => {
    const { clock, mctp, link, send, a } = await world(true, 1);
    link.limit(8, { burst: 1, rate: 0.001 });
    const bulk = [send(8), send(8), send(8)];
    const control = mctp.socket().send({ eid: 8 }, Uint8Array.of(0x80, 2), { type: 0, reply: false });
    const done = Promise.all([...bulk, control]);
    await pass(clock, 100);
    expect(a.times).toHaveLength(1);
    link.limit(8, undefined);
    await settle(clock, done);
    expect(a.times).toHaveLength(4);
    expect(clock.now()).toBeLessThan(1000);
    expect(link.limitOf(8)).toBeUndefined();
  });

  it('lets go of everything when the limit, or the link, goes away', async () => {
    const { clock, mctp, link, send, a } = await world();
    link.limit(8, { burst: 1, rate: 0.001 });
    const two = Promise.all([send(8), send(8)]);
    await pass(clock, 100);
    link.limit(8, undefined);
    await settle(clock, two);
    expect(a.times).toHaveLength(2);
    link.limit(8, { burst: 1, rate: 0.001 });
    const lost = Promise.allSettled([send(8), send(8)]);
    await pass(clock, 100);
    await mctp.close();
    expect((await lost).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(clock.pending).toBe(0);
  });
});

describe('the rate limit commands', () => {
  it('are asked and obeyed, each peer for itself', async () => {
    const { clock, link, a, b } = await world();
    const to = { eid: 20 };
    const query = (peer: typeof a) => settle(clock, peer.client.request(to, QueryRateLimit, {}));
    expect(await query(a)).toMatchObject({ ...ABILITIES, burstNow: 0, txNow: 0 });
    const wish = (burst: number, rate: number) =>
      settle(clock, a.client.request(to, RequestTXRateLimit, { burst, rate }));
    expect(await wish(9, 50)).toMatchObject({ burst: 4, rate: 50 });
    expect(await query(a)).toMatchObject({ burstNow: 4, txNow: 50 });
    expect(await query(b)).toMatchObject({ burstNow: 0, txNow: 0 });
    await expect(wish(1, 5000)).rejects.toMatchObject({ completionCode: COMPLETION.invalidData });
    expect(link.limitOf(8)).toEqual({ burst: 4, rate: 50 });
    expect(await wish(0, 0)).toMatchObject({ burst: 0, rate: 0 });
    expect(link.limitOf(8)).toBeUndefined();
    await settle(clock, b.client.request(to, UpdateRateLimit, { burst: 2, rate: 20 }));
    expect(link.limitOf(9)).toEqual({ burst: 2, rate: 20 });
  });

  it('are not supported where nobody serves them', async () => {
    const { clock, takeBack, a } = await world();
    takeBack();
    await expect(settle(clock, a.client.request({ eid: 20 }, QueryRateLimit, {}))).rejects.toMatchObject({
      completionCode: COMPLETION.unsupportedCommand,
    });
  });
});
