import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readDefaultBench } from '../../hw-fixtures/bench/description/default-bench.js';
import { DEFAULT_BENCH } from '../../hw-fixtures/index.js';
import { pass, settle } from '../../hw-fixtures/testing/virtual-time.js';
import { BusOwner } from '../../stack/bus-owner/index.js';
import { GetEndpointID, GetEndpointUUID, GetMessageTypeSupport } from '../../stack/control/index.js';
import { world } from './support.js';

describe('the default bench', () => {
  it('has links for the host', async () => {
    const { bench, host } = await world();
    expect(host.links().map(({ name, up, binding, medium }) => ({ name, up, binding, medium }))).toEqual([
      { name: 'bench:smbus0', up: true, binding: 1, medium: 4 },
      { name: 'bench:serial0', up: true, binding: 5, medium: 0x24 },
    ]);
    expect(bench.devices().map((device) => device.name)).toEqual([
      'ssd',
      'nic',
      'bridge',
      'gpu0',
      'gpu1',
      'retimer',
      'mcu',
    ]);
  });

  it.each([
    ['ssd', 'bench:smbus0', '1d', 0],
    ['nic', 'bench:smbus0', '32', 0],
    ['bridge', 'bench:smbus0', '40', 1],
    ['mcu', 'bench:serial0', '', 0],
  ])('%s answers at its physical address', async (name, link, physicalAddress, endpointType) => {
    const { clock, bench, client } = await world();
    const to = { eid: 0, link, physicalAddress };
    expect(await settle(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ eid: 0, endpointType });
    expect(await settle(clock, client.request(to, GetEndpointUUID, {}))).toMatchObject({
      uuid: bench.device(name).uuid,
    });
    expect(await settle(clock, client.request(to, GetMessageTypeSupport, {}))).toMatchObject({
      types: name === 'nic' ? [1, 0x7e, 0x7f] : name === 'ssd' ? [1, 4, 0x7e] : [1, 0x7e],
    });
  });

  it('is discovered whole, behind the bridge too, in a second', async () => {
    const { clock, bench, host } = await world();
    const owner = new BusOwner({ host: host, clock });
    const start = clock.now();
    const endpoints = await settle(clock, owner.discover());
    expect(clock.now() - start).toBeLessThan(1500);
    const found = Object.fromEntries(endpoints.map((e) => [bench.devices().find((d) => d.uuid === e.uuid)?.name, e]));
    expect(Object.keys(found).sort()).toEqual(['bridge', 'gpu0', 'gpu1', 'mcu', 'nic', 'retimer', 'ssd']);
    for (const device of bench.devices()) expect(found[device.name]!.eid).toBe(device.eid);
    expect(found.gpu1!.bridge).toBe(found.bridge!.eid);
    expect(found.nic!.vendorDefined).toHaveLength(2);
    owner.close();
  });

  it('echoes long messages from everywhere', async () => {
    const { clock, bench, host } = await world();
    const owner = new BusOwner({ host: host, clock });
    await settle(clock, owner.discover());
    owner.close();
    const socket = host.socket();
    const payload = Uint8Array.from({ length: 1003 }, (_, i) => (i < 3 ? [0xcc, 0xde, 0xf0][i]! : (i - 3) & 0xff));
    for (const name of ['ssd', 'mcu', 'gpu0', 'retimer']) {
      const answer = await settle(
        clock,
        socket.request({ eid: bench.device(name).eid }, payload, { type: 0x7e, timeoutMs: 5000 }),
      );
      expect(answer.payload).toEqual(payload);
    }
  });

  it('is the same run every time', async () => {
    const run = async (): Promise<string> => {
      const { clock, bench, host } = await world({
        description: `${DEFAULT_BENCH}
[[faults]]
wire = "smbus0"
kind = "drop"
probability = 0.1
[[faults]]
wire = "serial0"
kind = "corrupt"
probability = 0.002
`,
      });
      const owner = new BusOwner({ host: host, clock });
      const endpoints = await settle(clock, owner.discover());
      owner.close();
      return JSON.stringify([clock.now(), endpoints, bench.i2c('smbus0').counters, bench.uart('serial0').counters]);
    };
    expect(await run()).toBe(await run());
  });
});

describe('the file of the default bench', () => {
  const root = new URL('../../', import.meta.url);
  const file = 'hw-fixtures/bench/description/default-bench.toml';

  it.each([
    'hw-fixtures/bench/description/default-bench.ts',
    'dist/hw-fixtures/bench/description/default-bench.js',
    'dist/tools/mctpkit.js',
    'dist/mctpkit.js',
  ])('is found from %s', (code) => {
    expect(readDefaultBench(new URL(code, root))).toBe(readFileSync(new URL(file, root), 'utf8'));
  });

  it('is in the package', () => {
    const { files } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { files: string[] };
    expect(files).toContain(file);
    expect(existsSync(new URL(file, root))).toBe(true);
  });

  it('says what is wrong when the code has left its package', () => {
    expect(() => readDefaultBench('file:///nowhere/of/ours/mctpkit.js')).toThrow(
      `mctpkit is incomplete: ${file} is missing`,
    );
  });
});

describe('a device of the bench', () => {
  it('loses its EID when it is reset, and is away while it boots', async () => {
    const { clock, bench, client, host } = await world();
    const owner = new BusOwner({ host: host, clock });
    await settle(clock, owner.discover());
    owner.close();
    const ssd = bench.device('ssd');
    const to = { eid: 0, link: 'bench:smbus0', physicalAddress: '1d' };
    expect(ssd.eid).toBeGreaterThan(8);
    ssd.reset(30);
    await pass(clock, 5);
    expect(ssd.running).toBe(false);
    await expect(settle(clock, client.request(to, GetEndpointID, {}, { retries: 0 }))).rejects.toMatchObject({
      code: 'ENACK',
    });
    await pass(clock, 100);
    expect(await settle(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ eid: 0 });
    expect(ssd.counters).toMatchObject({ boots: 2, resets: 1 });
  });

  it('can be switched off and on, on both kinds of wires, and so can a bridge', async () => {
    const { clock, bench, client } = await world();
    for (const [name, link, physicalAddress] of [
      ['nic', 'bench:smbus0', '32'],
      ['mcu', 'bench:serial0', ''],
      ['bridge', 'bench:smbus0', '40'],
    ] as const) {
      const to = { eid: 0, link, physicalAddress };
      await settle(clock, bench.device(name).powerOff());
      await expect(settle(clock, client.request(to, GetEndpointID, {}))).rejects.toMatchObject({
        code: name === 'mcu' ? 'ETIMEDOUT' : 'ENACK',
      });
      await settle(clock, bench.device(name).powerOn());
      expect(await settle(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ eid: 0 });
    }
  });

  it('can lose its host', async () => {
    const { clock, bench, client, host } = await world();
    const to = { eid: 0, link: 'bench:serial0', physicalAddress: '' };
    bench.hostPort('serial0').unplug();
    expect(host.links().map((link) => link.up)).toEqual([true, false]);
    bench.hostPort('serial0').replug();
    await pass(clock, 300);
    expect(await settle(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ eid: 0 });
  });
});
