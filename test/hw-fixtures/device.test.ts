import { describe, expect, it } from 'vitest';
import { loopbackPair } from '../../bindings/loopback/loopback-link.js';
import { Device, type DeviceApp, parseBehaviour, seededRandom } from '../../hw-fixtures/index.js';
import { flush, pass, settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import { BusOwner } from '../../stack/bus-owner/index.js';
import { ControlClient, GetEndpointID, GetMessageTypeSupport } from '../../stack/control/index.js';
import { Mctp, VirtualClock } from '../../stack/index.js';
import { world } from './support.js';

describe('a device on any link', () => {
  async function emulated(...behaviours: string[]) {
    const clock = new VirtualClock();
    const [near, far] = loopbackPair({ clock });
    const device = new Device({
      name: 'emulated',
      clock,
      port: { kind: 'link', create: () => far },
      behaviours: behaviours.map(parseBehaviour),
    });
    await device.powerOn();
    const host = new Mctp({ clock });
    host.addLink(near);
    await host.open();
    const client = new ControlClient({ transport: host, clock });
    return { clock, device, client, to: { eid: 0, link: near.name, physicalAddress: '' } };
  }

  it('answers, can be reset, switched off and on', async () => {
    const { clock, device, client, to } = await emulated();
    expect(await settle(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ eid: 0 });
    device.reset(20);
    await pass(clock, 30);
    expect(device.counters).toMatchObject({ boots: 2, resets: 1 });
    expect(await settle(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ eid: 0 });
    await device.powerOff();
    expect(await settleError(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ code: 'ETIMEDOUT' });
    await device.powerOn();
    await settle(clock, client.request(to, GetEndpointID, {}));
  });

  it('behaves', async () => {
    const { clock, client, to } = await emulated('nackFirst(2)', 'answerTwice', 'truncatedTypeList');
    expect(await settle(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ eid: 0 });
    expect(clock.now()).toBe(600);
    expect(await settleError(clock, client.request(to, GetMessageTypeSupport, {}))).toMatchObject({ code: 'EBADMSG' });
  });
});

describe('applications of a device', () => {
  it('start at every boot, know the bus owner, and stop', async () => {
    const log: string[] = [];
    const app: DeviceApp = ({ name, types, busOwner }) => {
      log.push(`start ${name} ${busOwner()?.eid}`);
      types.add(5, { versions: ['f1f0ff00'] });
      return () => log.push(`stop ${busOwner()?.eid}`);
    };
    const { clock, bench, host, client } = await world({ apps: ({ name }) => (name === 'ssd' ? [app] : []) });
    const owner = new BusOwner({ host, clock });
    await settle(clock, owner.discover());
    owner.close();
    const ssd = bench.device('ssd');
    expect(await settle(clock, client.request({ eid: ssd.eid }, GetMessageTypeSupport, {}))).toMatchObject({
      types: [1, 4, 5, 0x7e],
    });
    ssd.reset();
    await pass(clock, 100);
    expect(log).toEqual(['start ssd undefined', 'stop 8', 'start ssd undefined']);
  });
});

describe('behaviours and the ways to receive', () => {
  it.each(['receive', 'iterate'] as const)('meet in %s', async (way) => {
    const app: DeviceApp = ({ mctp }) => {
      const socket = mctp.socket();
      socket.bind({ type: 5 });
      const serve = async (): Promise<void> => {
        if (way === 'iterate') for await (const message of socket) await socket.reply(message, message.payload);
        for (;;) {
          const message = await socket.receive();
          await socket.reply(message, message.payload);
        }
      };
      // Ends when the device is switched off.
      serve().catch(() => {});
    };
    const { clock, bench, host } = await world({
      description: `
[wires.line]
kind = "serial"
host = true
[devices.mcu]
wire = "line"
behaviours = ["minGap(10)", "slow(20)"]
`,
      apps: () => [app],
    });
    const socket = host.socket();
    const ask = (timeoutMs: number) =>
      socket.request({ eid: 0, link: 'bench:line' }, Uint8Array.of(1, 2, 3), { type: 5, timeoutMs });
    const start = clock.now();
    expect((await settle(clock, ask(100))).payload).toEqual(Uint8Array.of(1, 2, 3));
    expect(clock.now() - start).toBeGreaterThan(20);
    expect(await settleError(clock, ask(50))).toMatchObject({ code: 'ETIMEDOUT' });
    await settle(clock, ask(100));
    expect(bench.device('mcu').counters).toMatchObject({ packetsIn: 3, packetsOut: 2 });
  });
});

describe('power of a device', () => {
  it('may be switched as wildly as one likes', async () => {
    const { clock, bench, client } = await world();
    const ssd = bench.device('ssd');
    for (let round = 0; round < 20; round++) {
      const off = ssd.powerOff();
      const on = ssd.powerOn();
      const offAgain = ssd.powerOff();
      const onAgain = ssd.powerOn();
      if (round % 3 === 0) await flush();
      if (round % 4 === 0) ssd.reset(1);
      if (round % 5 === 0) clock.advance(0.1);
      await Promise.all([off, on, offAgain, onAgain]);
    }
    await pass(clock, 100);
    const to = { eid: 0, link: 'bench:smbus0', physicalAddress: '1d' };
    expect(await settle(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ eid: 0 });
  });
});

describe('a bench where everything goes wrong', () => {
  it.each([1, 2, 3, 4, 5])('comes to rest, with nothing left behind (seed %i)', async (seed) => {
    const { clock, bench, host, client } = await world({ seed });
    const random = seededRandom(seed);
    const owner = new BusOwner({ host, clock });
    const devices = bench.devices();
    const bus = bench.i2c('smbus0');
    bus.faults.add({ kind: 'drop', probability: 0.02 });
    bus.faults.add({ kind: 'corrupt', probability: 0.02 });
    bus.faults.add({ kind: 'duplicate', probability: 0.02 });
    bus.faults.add({ kind: 'reorder', probability: 0.02 });
    bus.faults.add({ kind: 'nackData', probability: 0.02 });
    bus.faults.add({ kind: 'arbitration', probability: 0.02 });
    bus.faults.add({ kind: 'hold', probability: 0.01, ms: 50 });
    for (const kind of ['drop', 'corrupt', 'duplicate', 'noise'] as const) {
      bench.uart('serial0').faults.add({ kind, probability: 0.002 });
    }
    const socket = host.socket();
    const pending: Promise<unknown>[] = [];
    const tolerate = (work: Promise<unknown>): void => void pending.push(work.catch(() => {}));
    for (let step = 0; step < 150; step++) {
      const device = devices[random.integer(devices.length)]!;
      switch (random.integer(9)) {
        case 0:
          tolerate(device.powerOff());
          break;
        case 1:
          device.reset(random.integer(100));
          break;
        case 2:
          bus.stick(random.integer(2) === 0 ? 'SDA' : 'SCL');
          break;
        case 3:
          bench.hostPort(random.integer(2) === 0 ? 'smbus0' : 'serial0').unplug();
          break;
        case 4:
          tolerate(owner.discover());
          break;
        case 5:
          tolerate(
            socket.request({ eid: Math.max(8, device.eid) }, new Uint8Array(500).fill(step), {
              type: 0x7e,
              timeoutMs: 200,
            }),
          );
          break;
        default:
          bus.release();
          for (const wire of ['smbus0', 'serial0']) bench.hostPort(wire).replug();
          for (const each of devices) tolerate(each.powerOn());
      }
      await pass(clock, random.integer(60));
    }
    bus.release();
    bus.faults.clear();
    bench.uart('serial0').faults.clear();
    for (const wire of ['smbus0', 'serial0']) bench.hostPort(wire).replug();
    await Promise.all(devices.map((device) => device.powerOn()));
    await settle(clock, Promise.all(pending));
    owner.close();
    await pass(clock, 10_000);
    // Everybody is there again.
    for (const [link, physicalAddress] of [
      ['bench:smbus0', '1d'],
      ['bench:smbus0', '32'],
      ['bench:smbus0', '40'],
      ['bench:serial0', ''],
    ] as const) {
      await settle(clock, client.request({ eid: 0, link, physicalAddress }, GetEndpointID, {}));
    }
  });
});

describe('the stack on the wires of the bench', () => {
  // Payload of 64-byte packets, kB/s: what the wire can carry.
  it.each([
    ['ssd', 38.8],
    ['mcu', 9.96],
  ])('reaches the limit of the wire of the %s', async (name, limit) => {
    const { clock, bench, host } = await world();
    const owner = new BusOwner({ host, clock });
    await settle(clock, owner.discover());
    owner.close();
    const device = bench.device(name);
    const sink = device.mctp!.socket();
    sink.bind({ type: 0x55 });
    let bytes = 0;
    let last = 0;
    sink.onMessage((message) => {
      bytes += message.payload.length + 1;
      last = clock.now();
    });
    const socket = host.socket();
    const start = clock.now();
    const sent = Array.from({ length: 20 }, () =>
      socket.send({ eid: device.eid }, new Uint8Array(6399), { type: 0x55, reply: false }),
    );
    await settle(clock, Promise.all(sent));
    // What the serial link and the line still hold.
    await pass(clock, 500);
    expect(bytes).toBe(20 * 6400);
    expect(Math.abs(bytes / (last - start) / limit - 1)).toBeLessThan(0.01);
  });

  it('stands a storm of long messages to and from everybody', async () => {
    const { clock, bench, host } = await world();
    const owner = new BusOwner({ host, clock });
    await settle(clock, owner.discover());
    owner.close();
    const socket = host.socket();
    const payload = Uint8Array.from({ length: 4000 }, (_, i) => (i < 3 ? [0xcc, 0xde, 0xf0][i]! : i & 0xff));
    const start = clock.now();
    const answers = ['ssd', 'nic', 'bridge', 'gpu0', 'gpu1'].flatMap((name) =>
      Array.from({ length: 5 }, () =>
        socket.request({ eid: bench.device(name).eid }, payload, { type: 0x7e, timeoutMs: 30_000 }),
      ),
    );
    for (const answer of await settle(clock, Promise.all(answers))) expect(answer.payload).toEqual(payload);
    // The riser's bus of 100 kHz carries 80 kB of it.
    expect(clock.now() - start).toBeLessThan((80 / 9.7) * 1000 * 1.2);
  });
});
