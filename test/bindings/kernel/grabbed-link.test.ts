/** GRAB: a link of the kernel as one of ours, on a kernel that a test plays. */

import { describe, expect, it } from 'vitest';
import { GrabbedLink } from '../../../bindings/kernel/grab/grabbed-link.js';
import { TestClock } from '../../../hw-fixtures/testing/test-clock.js';
import { Mctp } from '../../../stack/mctp.js';
import { FakeInterfaces } from './fake-interfaces.js';

const TYPE = 5;
const I2C = { index: 4, name: 'mctpi2c0', address: [0x10] };

async function grabbed(name = I2C.name, address: readonly number[] = I2C.address, mtu = 254) {
  const machine = new FakeInterfaces();
  machine.add(I2C.index, name, address, false).mtu = mtu;
  const clock = new TestClock();
  const mctp = new Mctp({ clock });
  const told: string[] = [];
  mctp.on('linkUp', () => told.push('up'));
  mctp.on('linkDown', ({ reason }) => told.push(reason?.code ?? ''));
  const link = new GrabbedLink({ libc: machine, clock, interface: name });
  mctp.addLink(link);
  mctp.addAddress(8, link.name);
  mctp.addRoute({ start: 9, end: 9, link: link.name });
  if (address.length > 0) mctp.addNeighbour(9, link.name, '1d');
  await mctp.open();
  return { machine, clock, mctp, link, told };
}

/** From 0x1d to 0x10: a request of EID 9 to EID 8. */
const request = (byte: number): number[] => [0x20, 0x0f, 7, 0x3b, 1, 8, 9, 0xc8, TYPE, byte];

describe('GRAB: a link of the kernel as one of ours', () => {
  it('is put up, sends and receives packets with the header of SMBus', async () => {
    const { machine, clock, mctp, link } = await grabbed();
    // In a network of its own, so that the kernel does nothing with what comes.
    expect(machine.interfaces[0]).toMatchObject({ up: true, network: 0x67726162 });
    expect(link).toMatchObject({ name: 'kernel:mctpi2c0', ownAddress: '10', addressSize: 1, binding: 1 });
    expect(link.transmissionUnit).toEqual({ default: 64, max: 250 });
    const socket = mctp.socket();
    socket.bind({ type: TYPE });
    await clock.run(socket.send({ eid: 9 }, Uint8Array.of(7), { type: TYPE, reply: false }));
    expect(machine.sent).toHaveLength(1);
    expect(machine.sent[0]!.frame.slice(0, 7)).toEqual([0x3a, 0x0f, 7, 0x21, 1, 9, 8]);
    expect(machine.sent[0]!.frame.slice(8)).toEqual([TYPE, 7]);
    machine.arrive(I2C.index, request(42));
    const message = await clock.run(socket.receive());
    expect(message).toMatchObject({ source: 9, link: 'kernel:mctpi2c0', physicalAddress: '1d' });
    expect([...message.payload]).toEqual([42]);
    await mctp.close();
    expect(machine.interfaces[0]).toMatchObject({ network: 1 });
    expect(machine.descriptors.size).toBe(0);
    expect(clock.pending).toBe(0);
  });

  it('on a point-to-point link packets have no header', async () => {
    const { machine, clock, mctp } = await grabbed('mctpserial0', []);
    const socket = mctp.socket();
    socket.bind({ type: TYPE });
    await clock.run(socket.send({ eid: 9 }, Uint8Array.of(7), { type: TYPE, reply: false }));
    expect(machine.sent[0]!.frame.slice(0, 3)).toEqual([1, 9, 8]);
    machine.arrive(I2C.index, request(42).slice(4));
    expect([...(await clock.run(socket.receive())).payload]).toEqual([42]);
    await mctp.close();
  });

  it('frames which are not of SMBus are counted and dropped', async () => {
    const { machine, mctp, link } = await grabbed();
    for (const frame of [[], [0x20, 0x0f, 200, 0x3b, 1, 8, 9, 0xc8, 5], [0x20, 1, 7, 0x3b, 1, 8, 9, 0xc8, 5]]) {
      machine.arrive(I2C.index, frame);
    }
    expect(link.counters).toMatchObject({ rxBad: 3, rxPackets: 0 });
    await mctp.close();
  });

  it('frames as long as the MTU of the interface are received', async () => {
    const { machine, clock, mctp } = await grabbed('mctppcc1', [], 4_104);
    const socket = mctp.socket();
    socket.bind({ type: TYPE });
    machine.arrive(I2C.index, [...request(42).slice(4), ...new Uint8Array(4_000)]);
    expect((await clock.run(socket.receive())).payload).toHaveLength(4_001);
    await mctp.close();
  });

  it('frames which are too long to be read, or which the kernel had no room for, are counted and told', async () => {
    for (const [name, address] of [
      [I2C.name, I2C.address],
      ['mctpserial0', []],
    ] as const) {
      const { machine, mctp, link } = await grabbed(name, address);
      const faults: unknown[] = [];
      mctp.tap(({ fault }) => faults.push(fault));
      machine.arrive(I2C.index, [...request(1).slice(address.length === 0 ? 4 : 0), ...new Uint8Array(70_000)]);
      machine.lost = 12;
      machine.arrive(I2C.index, request(2).slice(address.length === 0 ? 4 : 0));
      expect(link.counters).toMatchObject({ rxBad: 1, rxLost: 12, rxPackets: 1 });
      expect(faults).toEqual([
        `a frame of ${70_006 + 4 * address.length} bytes is too long`,
        'noListener',
        '12 frames were lost',
      ]);
      await mctp.close();
    }
  });

  it('what a driver has no room for waits, and goes', async () => {
    const { machine, clock, mctp, link } = await grabbed();
    machine.refusals.push(105, 11);
    const socket = mctp.socket();
    await clock.run(socket.send({ eid: 9 }, new Uint8Array(100), { type: TYPE, reply: false }));
    expect(machine.sent).toHaveLength(2);
    expect(link.counters.txBusy).toBeGreaterThanOrEqual(2);
    await mctp.close();
    expect(clock.pending).toBe(0);
  });

  it('goes away with its interface, and comes back with it, whatever its number is then', async () => {
    const { machine, clock, mctp, told } = await grabbed();
    machine.remove(I2C.index);
    expect(told).toEqual(['up', 'ENODEV']);
    const socket = mctp.socket();
    await expect(clock.run(socket.send({ eid: 9 }, Uint8Array.of(7), { type: TYPE }))).rejects.toMatchObject({
      code: 'ENETDOWN',
    });
    machine.add(7, I2C.name, I2C.address, false);
    expect(told).toEqual(['up', 'ENODEV', 'up']);
    await clock.run(socket.send({ eid: 9 }, Uint8Array.of(7), { type: TYPE, reply: false }));
    expect(machine.sent.at(-1)!.index).toBe(7);
    await mctp.close();
    expect(machine.descriptors.size).toBe(0);
  });

  it('one that somebody puts down stays down until it is put up', async () => {
    const { machine, mctp, told } = await grabbed();
    machine.interfaces[0]!.up = false;
    machine.changed();
    machine.changed();
    expect(told).toEqual(['up', 'ENETDOWN']);
    machine.interfaces[0]!.up = true;
    machine.changed();
    expect(told).toEqual(['up', 'ENETDOWN', 'up']);
    await mctp.close();
  });

  it('EADDRNOTAVAIL while somebody holds it, and free when it is closed', async () => {
    const { machine, clock, mctp } = await grabbed();
    const other = new Mctp({ clock });
    other.addLink(new GrabbedLink({ libc: machine, clock, interface: I2C.name }));
    await expect(other.open()).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    await mctp.close();
    await other.open();
    await other.close();
    expect(machine.descriptors.size).toBe(0);
  });

  it('EADDRNOTAVAIL while the kernel has an EID on it', async () => {
    const machine = new FakeInterfaces();
    const clock = new TestClock();
    machine.add(I2C.index, I2C.name, I2C.address).eids.push(9);
    const mctp = new Mctp({ clock });
    mctp.addLink(new GrabbedLink({ libc: machine, clock, interface: I2C.name }));
    await expect(mctp.open()).rejects.toThrow(/the kernel uses mctpi2c0 with EID 9: .*address del 9 kernel:mctpi2c0/);
    await mctp.close();
    expect(machine.descriptors.size).toBe(0);
  });

  it('says what is missing', async () => {
    const machine = new FakeInterfaces();
    const clock = new TestClock();
    const make = (name: string) => new GrabbedLink({ libc: machine, clock, interface: name });
    machine.add(1, 'mctpi3c0', [1, 2, 3, 4, 5, 6]);
    machine.add(2, 'mctpserial0');
    expect(() => make('mctpusb0')).toThrow(/no MCTP link mctpusb0 \(links: mctpi3c0, mctpserial0\)/);
    expect(() => make('mctpi3c0')).toThrow(expect.objectContaining({ code: 'ENOTSUP' }));
    machine.noPackets = 1;
    const mctp = new Mctp({ clock });
    mctp.addLink(make('mctpserial0'));
    await expect(mctp.open()).rejects.toThrow(/needs CAP_NET_RAW/);
    expect(machine.descriptors.size).toBe(0);
    await mctp.close();
  });

  it('that cannot be grabbed is left to the kernel as it was', async () => {
    const machine = new FakeInterfaces();
    const clock = new TestClock();
    const before = { network: 5, up: false };
    Object.assign(machine.add(2, 'mctpserial0'), before);
    const mctp = new Mctp({ clock });
    mctp.addLink(new GrabbedLink({ libc: machine, clock, interface: 'mctpserial0' }));
    machine.noPackets = 97;
    await expect(mctp.open()).rejects.toThrow(/CONFIG_PACKET/);
    expect(machine.interfaces[0]).toMatchObject(before);
    await mctp.close();
  });

  it('one that is renamed goes back to the kernel, and comes back with its name', async () => {
    const { machine, mctp, link, told } = await grabbed();
    const one = machine.interfaces[0]!;
    const reasons: unknown[] = [];
    mctp.on('linkDown', ({ reason }) => reasons.push(reason?.message));
    one.name = 'mctpbmc';
    machine.changed();
    expect(one).toMatchObject({ up: true, network: 1 });
    expect(reasons).toEqual(["the kernel's link mctpi2c0 is called mctpbmc now"]);
    one.name = I2C.name;
    machine.changed();
    expect(one.network).toBe(0x67726162);
    expect(told).toEqual(['up', 'ENODEV', 'up']);
    // Renamed, and nobody has told us yet.
    one.name = 'mctpbmc';
    await mctp.close();
    expect(one.network).toBe(1);
    expect(link.counters.downs).toBe(1);
    expect(machine.descriptors.size).toBe(0);
  });
});
