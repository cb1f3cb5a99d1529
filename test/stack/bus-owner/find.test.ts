/** Searches that end early: with the wanted endpoint, with a bridge's table that stands still, by the caller's signal. */

import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { isSettled, pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { GetRoutingTableEntries, LAST_HANDLE, ROUTE_TYPE } from '../../../stack/control/index.js';
import { VirtualClock } from '../../../stack/index.js';
import { addBridge, addDevice, addOwner, SMBUS_100K, uuidOf } from '../../support/topology.js';

/** A bus with so many devices from address 20 on, the bridge at 40 with one device behind it, and its owner. */
async function busOf(count: number, options: { withBridge?: boolean } = {}) {
  const clock = new VirtualClock();
  const wire = new PacketWire({ clock, ...SMBUS_100K });
  for (let n = 0x20; n < 0x20 + count; n++) await addDevice(clock, wire, n.toString(16), { uuid: uuidOf(n) });
  if (options.withBridge === true) {
    const { below } = await addBridge(clock, wire, '60', { uuid: uuidOf(0x60), poolSize: 8 });
    await addDevice(clock, below, '21', { uuid: uuidOf(0x121) });
  }
  return { clock, wire, ...(await addOwner(clock, [{ wire, name: 'bus0' }])) };
}

describe('finding one endpoint', () => {
  it.each([
    ['its EID', { eid: 9 }, uuidOf(0x20)],
    ['its UUID', { uuid: uuidOf(0x27) }, uuidOf(0x27)],
    ['its place', { link: 'bus0', physicalAddress: '25' }, uuidOf(0x25)],
    ['its UUID, behind a bridge', { uuid: uuidOf(0x121) }, uuidOf(0x121)],
  ])('by %s ends as soon as it is known', async (_by, wanted, uuid) => {
    const { clock, owner } = await busOf(32, { withBridge: true });
    const found = await settle(clock, owner.find(wanted));
    expect(found?.uuid).toBe(uuid);
    const known = owner.endpoints().length;
    expect(known).toBeLessThan(25);
    // What had begun with other devices is finished; nothing else is begun.
    await pass(clock, 5_000);
    expect(owner.endpoints().length).toBeLessThan(32);
  });

  it('holds the EIDs that others came with no longer than they are there', async () => {
    const { clock, wire, owner } = await busOf(0);
    const devices = [];
    for (let n = 0x20; n < 0x40; n++) {
      devices.push(await addDevice(clock, wire, n.toString(16), { uuid: uuidOf(n), eid: 100 + n }));
    }
    await settle(clock, owner.find({ eid: 100 + 0x20 }));
    await pass(clock, 5_000);
    const known = owner.endpoints().length;
    // Only seen so far.
    expect(owner.pool.entries().length).toBeGreaterThan(1 + known);
    // One of those has none any more when it is set up.
    const [seen] = owner.pool.entries().find(([eid]) => eid !== 8 && owner.endpoint(eid) === undefined)!;
    const address = (seen - 100).toString(16);
    devices[seen - 100 - 0x20]!.mctp!.removeAddress(seen, `dev-${address}`);
    await settle(clock, owner.assignStatic('bus0', address, 240));
    expect(owner.pool.holder(seen)).toBeUndefined();
    for (const device of devices.slice(known + 1)) await device.powerOff();
    await settle(clock, owner.discover());
    expect(owner.pool.entries().map(([eid]) => eid)).toEqual([8, ...owner.endpoints().map(({ eid }) => eid)]);
  });

  it('leaves a network that a whole discovery completes', async () => {
    const { clock, owner, events } = await busOf(32, { withBridge: true });
    await settle(clock, owner.find({ eid: 9 }));
    const endpoints = await settle(clock, owner.discover());
    expect(endpoints).toHaveLength(34);
    expect(new Set(endpoints.map(({ eid }) => eid)).size).toBe(34);
    expect(events.filter(({ type }) => type === 'conflict')).toEqual([]);
  });

  it('gives the EIDs that a whole discovery gives', async () => {
    const whole = await busOf(12);
    const all = await settle(whole.clock, whole.owner.discover());
    for (const { eid, uuid } of all) {
      const { clock, owner } = await busOf(12);
      expect((await settle(clock, owner.find({ eid })))?.uuid).toBe(uuid);
    }
  });

  it('asks nobody when it is known already', async () => {
    const { clock, owner } = await busOf(2);
    const [first] = await settle(clock, owner.discover());
    const at = clock.now();
    const found = owner.find({ uuid: first!.uuid! });
    expect(await isSettled(found)).toBe(true);
    expect(await found).toEqual(first);
    expect(clock.now()).toBe(at);
  });

  it('searches everywhere for one that is not there, and says so', async () => {
    const { clock, owner } = await busOf(3);
    expect(await settle(clock, owner.find({ uuid: uuidOf(0x99) }))).toBeUndefined();
    expect(owner.endpoints()).toHaveLength(3);
  });

  it('fails as a discovery fails', async () => {
    const { clock, owner, mctp } = await busOf(1);
    const links = (): never => {
      throw new TypeError('no links');
    };
    mctp.links = links;
    await expect(settle(clock, owner.find({ eid: 9 }))).rejects.toThrow('no links');
  });
});

describe('a search with a signal', () => {
  it.each(['discover', 'find'] as const)('%s begins nothing after it has aborted', async (verb) => {
    const { clock, owner } = await busOf(32);
    const stop = new AbortController();
    owner.onEvent(() => stop.abort());
    const options = { signal: stop.signal };
    const search: Promise<unknown> =
      verb === 'discover' ? owner.discover(options) : owner.find({ uuid: uuidOf(0x99) }, options);
    await settle(clock, search);
    expect(owner.endpoints().length).toBeGreaterThan(0);
    expect(owner.endpoints().length).toBeLessThan(20);
  });

  it('does nothing when it has aborted before', async () => {
    const { clock, owner } = await busOf(4);
    expect(await settle(clock, owner.find({ eid: 9 }, { signal: AbortSignal.abort() }))).toBeUndefined();
    expect(await settle(clock, owner.discover({ signal: AbortSignal.abort() }))).toEqual([]);
  });
});

describe("a bridge's routing table", () => {
  /** One that has `most` entries in the end, and one more every `everyMs` until then. */
  async function growing(everyMs: number, most: number) {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const { bridge } = await addBridge(clock, wire, '40', { uuid: uuidOf(0x40), poolSize: 8 });
    let start: number | undefined;
    const looks: { ms: number; listed: number }[] = [];
    bridge.endpoint.responder.handlers.on(GetRoutingTableEntries, () => {
      start ??= clock.now();
      const ms = clock.now() - start;
      const listed = Math.min(most, Math.floor(ms / everyMs));
      looks.push({ ms, listed });
      const entry = { type: ROUTE_TYPE.endpoint, size: 1, port: 1, static: 0, binding: 1, medium: 1 };
      const entries = Array.from({ length: listed }, (_, i) => {
        return { ...entry, start: bridge.pool!.first + i, phys: Uint8Array.of(0x20 + i) };
      });
      return { next: LAST_HANDLE, entries };
    });
    const { owner } = await addOwner(clock, [{ wire, name: 'bus0' }]);
    await settle(clock, owner.discover());
    return { looks };
  }

  it('is read until it stands still, and no longer', async () => {
    const { looks } = await growing(20, 3);
    expect(looks.at(-1)?.listed).toBe(3);
    const complete = looks.find(({ listed }) => listed === 3)!.ms;
    expect(looks.at(-1)!.ms - complete).toBeLessThan(250);
  });

  it('is waited for longer when it grows slowly', async () => {
    const { looks } = await growing(220, 5);
    expect(looks.at(-1)?.listed).toBe(5);
    expect(looks.at(-1)!.ms - 5 * 220).toBeLessThan(700);
  });

  it('with nothing in it is waited for as long as the settling time', async () => {
    const { looks } = await growing(100_000, 1);
    expect(looks.at(-1)?.ms).toBeGreaterThanOrEqual(490);
    expect(looks.at(-1)?.ms).toBeLessThan(600);
  });
});
