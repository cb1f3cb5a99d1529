/** The bridge image in an emulated Pico: what a bus owner above finds, and reaches on the bus below. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ECHO_PREFIX } from '../../../hw-fixtures/index.js';
import { allChecks } from '../../../hw-fixtures/validator/registry.js';
import { runChecks } from '../../../hw-fixtures/validator/run-checks.js';
import { stackTarget } from '../../../hw-fixtures/validator/stack-target.js';
import {
  AllocateEndpointIDs,
  ControlClient,
  GetRoutingTableEntries,
  QueryHop,
  ResolveEndpointID,
  RoutingInformationUpdate,
  SetEndpointID,
} from '../../../stack/control/index.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import { BridgeBench } from './bridge-bench.js';

const BRIDGE = { eid: 9 };
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('the bridge', () => {
  let bench: BridgeBench;

  beforeEach(async () => {
    bench = await BridgeBench.open();
  });
  afterEach(() => bench.close());

  /** A vendor message of that many bytes, echoed by a device: was it the same? */
  async function echoes(eid: number, length: number): Promise<boolean> {
    const socket = bench.host.socket();
    const payload = Uint8Array.from({ length }, (_, index) => ECHO_PREFIX[index] ?? (index * 5) & 0xff);
    const answer = await socket.request({ eid }, payload, { type: MESSAGE_TYPE.vendorPci, timeoutMs: 5000 });
    socket.close();
    return Buffer.from(payload).equals(answer.payload);
  }

  async function table(eid = BRIDGE.eid) {
    const entries = [];
    for (let handle = 0; handle !== 0xff; ) {
      const page = await bench.client.request({ eid }, GetRoutingTableEntries, { handle });
      entries.push(...page.entries);
      handle = page.next;
    }
    return entries.map(({ size, start, port, binding, phys }) => [size, start, port, binding, ...phys]);
  }

  it('passes the checks of the validator', async () => {
    await bench.owner.discover();
    const checks = allChecks().filter(({ group }) => group === 'transport' || group === 'control');
    const target = stackTarget(bench.host, { eid: 9, link: bench.link, physicalAddress: '' });
    const results = await runChecks({ target, checks, signal: new AbortController().signal });
    const verdicts = (verdict: string) => results.filter((r) => r.verdict === verdict).map((r) => r.check.id);
    expect(results.length - verdicts('pass').length - verdicts('notApplicable').length).toBe(0);
    expect(verdicts('pass').length).toBeGreaterThan(55);
  });

  it('is discovered with what is below it, and carries messages both ways', async () => {
    await bench.attach(0x1d);
    await bench.attach(0x33);
    await bench.attach(0x72);
    await bench.owner.discover();
    bench.owner.monitor();
    await bench.pass(6000);
    const found = bench.owner.endpoints().map(({ eid, bridge, uuid }) => [eid, bridge, uuid?.slice(-2)]);
    // 0x33 is among the memories, where nobody is asked.
    expect(found).toEqual([
      [9, undefined, '00'],
      [10, 9, '1d'],
      [11, 9, '72'],
    ]);
    expect(await table()).toEqual([
      [1, 10, 1, 1, 0x3a],
      [1, 11, 1, 1, 0xe4],
    ]);
    // Of one packet, of many, and those whose transfers fill their last packet of USB.
    for (const length of [3, 55, 119, 183, 239, 4000]) expect(await echoes(11, length)).toBe(true);
    const { i2cSent, usbNoRoom, i2cLost, noRoute } = await bench.counters();
    expect(i2cSent).toBeGreaterThan(40);
    expect([usbNoRoom, i2cLost, noRoute]).toEqual([0, 0, 0]);
  });

  it('gives a device that comes back its EID again, and forgets one that is gone', async () => {
    await bench.attach(0x1d);
    await bench.attach(0x1e);
    await bench.owner.discover();
    await bench.pass(3000);
    expect(await table()).toHaveLength(2);
    await bench.detach(0x1d);
    await bench.pass(14_000);
    expect(await table()).toEqual([[1, 11, 1, 1, 0x3c]]);
    await bench.attach(0x40);
    await bench.pass(3000);
    await bench.attach(0x1d);
    await bench.pass(3000);
    expect(await table()).toEqual([
      [1, 10, 1, 1, 0x3a],
      [1, 11, 1, 1, 0x3c],
      [1, 12, 1, 1, 0x80],
    ]);
  });

  it('answers where endpoints are, above and below', async () => {
    const device = await bench.attach(0x1d);
    await bench.owner.discover();
    await bench.pass(1000);
    const { client } = bench;
    await client.request(BRIDGE, RoutingInformationUpdate, {
      entries: [
        { type: 'endpoint', size: 2, first: 40, phys: bytes() },
        { type: 'bridgeAndPool', size: 3, first: 60, phys: bytes() },
      ],
    });
    expect(await client.request(BRIDGE, ResolveEndpointID, { eid: 10 })).toMatchObject({ bridgeEid: 9, phys: bytes() });
    expect(await client.request(BRIDGE, QueryHop, { eid: 10, type: 0 })).toMatchObject({ nextBridge: 10, inUnits: 11 });
    expect(await client.request(BRIDGE, QueryHop, { eid: 41, type: 0 })).toMatchObject({ nextBridge: 0 });
    await expect(client.request(BRIDGE, ResolveEndpointID, { eid: 99 })).rejects.toMatchObject({ completionCode: 2 });
    const below = new ControlClient({ transport: device.mctp!, clock: bench.clock });
    expect(await below.request(BRIDGE, ResolveEndpointID, { eid: 8 })).toMatchObject({
      bridgeEid: 9,
      phys: bytes(0x20),
    });
    expect(await below.request(BRIDGE, ResolveEndpointID, { eid: 10 })).toMatchObject({
      bridgeEid: 10,
      phys: bytes(0x3a),
    });
    expect(await below.request(BRIDGE, QueryHop, { eid: 61, type: 0 })).toMatchObject({ nextBridge: 61 });
    const { entries } = await below.request(BRIDGE, GetRoutingTableEntries, { handle: 0 });
    expect(entries.map(({ size, start, port }) => [size, start, port])).toEqual([
      [1, 10, 1],
      [1, 8, 0],
      [2, 40, 0],
      [3, 60, 0],
    ]);
    // On its own bus it is the bus owner itself.
    await expect(below.request(BRIDGE, SetEndpointID, { operation: 'set', eid: 20 })).rejects.toMatchObject({
      completionCode: 5,
    });
  });

  it('uses the pool that it is given, and takes none that cannot be', async () => {
    const { client } = bench;
    const allocate = (operation: 'allocate' | 'force' | 'getInformation', count: number, start: number) =>
      client.request(BRIDGE, AllocateEndpointIDs, { operation, count, start });
    await bench.attach(0x1d);
    await bench.owner.discover();
    await bench.pass(1000);
    expect(await allocate('getInformation', 0, 0)).toMatchObject({ poolSize: 15, first: 10 });
    for (const [count, start] of [
      [16, 20],
      [3, 253],
      [2, 9],
      [1, 7],
    ] as const) {
      await expect(allocate('allocate', count, start)).rejects.toMatchObject({ completionCode: 2 });
    }
    expect(await allocate('allocate', 2, 100)).toMatchObject({ poolSize: 2, first: 100 });
    bench.host.addRoute({ start: 100, link: bench.link });
    await bench.pass(1000);
    expect(await table()).toEqual([[1, 100, 1, 1, 0x3a]]);
    expect(await allocate('allocate', 0, 0)).toMatchObject({ poolSize: 0, first: 0 });
    expect(await table()).toEqual([]);
  });
});
