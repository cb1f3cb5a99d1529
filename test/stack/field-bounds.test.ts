/** Field, rows 7 to 9: hostile senders cost what one device may cost, and no more. */

import { describe, expect, it } from 'vitest';
import { SerialLink } from '../../bindings/serial/serial-link.js';
import { PacketWire } from '../../hw-fixtures/bench/wires/packet-wire.js';
import { parseBehaviour } from '../../hw-fixtures/index.js';
import { memoryPortPair } from '../../hw-fixtures/testing/memory-port.js';
import { RecordingHost } from '../../hw-fixtures/testing/recording-host.js';
import { pass, settle } from '../../hw-fixtures/testing/virtual-time.js';
import { GetTID, SetTID } from '../../pldm/base/base-commands.js';
import { PldmResponder } from '../../pldm/base/pldm-responder.js';
import { GetSensorReading } from '../../pldm/platform/sensor-commands.js';
import { VirtualClock } from '../../stack/clock.js';
import { ControlResponder, GetEndpointID, QueryHop } from '../../stack/control/index.js';
import type { MctpError } from '../../stack/errors.js';
import { DEFAULT_NETWORK } from '../../stack/ids.js';
import { Mctp } from '../../stack/mctp.js';
import { BusOwnerRole } from '../../stack/roles/index.js';
import type { MctpMessage } from '../../stack/transport.js';
import { counting } from '../support/hex.js';
import { packet } from '../support/scripted-link.js';
import { oneStack } from '../support/stacks.js';
import { addDevice, addOwner, SMBUS_100K, uuidOf } from '../support/topology.js';

const TYPE = 1;
const ATTACKER = '20';
const HONEST = '1d';

async function onABus() {
  const world = await oneStack({ addressSize: 1, ownAddress: '10' });
  const received: MctpMessage[] = [];
  const socket = world.mctp.socket();
  socket.bind({ type: TYPE });
  socket.onMessage((message) => received.push(message));
  return { ...world, received };
}

/** As many keys as one can forge: every EID with every tag. */
const forged = (at: number, type = TYPE): Uint8Array => first(10 + (at % 240), Math.floor(at / 240) & 7, type);
const first = (src: number, tag: number, type = TYPE): Uint8Array =>
  packet({ eom: false, src, tag }, Uint8Array.of(type, ...counting(63)));

describe('row 8: 512 first fragments with forged EIDs from one physical address', () => {
  it.each([
    ['of a type that is listened to', TYPE],
    ['of a type nobody listens to', 5],
  ])('%s do not stop the long messages of others', async (_, type) => {
    const { link, received, clock } = await onABus();
    for (let at = 0; at < 2048; at++) link.inject(forged(at, type), ATTACKER);
    for (let round = 0; round < 20; round++) {
      link.inject(first(9, 0), HONEST);
      for (let at = 0; at < 40; at++) link.inject(forged(40 * round + at, type), ATTACKER);
      link.inject(packet({ som: false, seq: 1, src: 9, tag: 0 }, counting(10)), HONEST);
      clock.advance(10);
    }
    expect(received.filter(({ physicalAddress }) => physicalAddress === HONEST)).toHaveLength(20);
  });

  it('nor, after a second, those on a line where all come from one place', async () => {
    const { link, received, clock } = await oneStack().then((world) => {
      const got: MctpMessage[] = [];
      const socket = world.mctp.socket();
      socket.bind({ type: TYPE });
      socket.onMessage((message) => got.push(message));
      return { ...world, received: got };
    });
    for (let at = 0; at < 2048; at++) link.inject(forged(at));
    clock.advance(1700);
    link.inject(first(9, 0));
    link.inject(packet({ som: false, seq: 1, src: 9, tag: 0 }, counting(10)));
    expect(received).toHaveLength(1);
  });

  it('nor take all the memory for assemblies by what they only announce', async () => {
    const { link, received } = await onABus();
    // A long message from anybody makes long pieces likely.
    link.inject(first(9, 1), HONEST);
    for (let at = 1; at < 1000; at++) {
      link.inject(packet({ som: false, eom: at === 999, seq: at & 3, src: 9, tag: 1 }, counting(64)), HONEST);
    }
    expect(received).toHaveLength(1);
    for (let at = 0; at < 500; at++) link.inject(forged(at), ATTACKER);
    link.inject(first(9, 0), HONEST);
    for (let at = 1; at < 100; at++) {
      link.inject(packet({ som: false, eom: at === 99, seq: at & 3, src: 9, tag: 0 }, counting(64)), HONEST);
    }
    expect(received).toHaveLength(2);
  });
});

const from = (physicalAddress: string, source: number, payload: readonly number[], type: number): MctpMessage => ({
  network: DEFAULT_NETWORK,
  source,
  destination: 8,
  type,
  integrityCheck: false,
  tag: 0,
  tagOwner: true,
  link: 'scripted',
  physicalAddress,
  payload: Uint8Array.from(payload),
});

describe('row 8: slow questions from below', () => {
  it('16 of them leave a bridge able to answer its own bus owner', async () => {
    const { mctp, clock } = await oneStack();
    const responder = new ControlResponder({ transport: mctp, clock });
    responder.handlers.on(QueryHop, () => new Promise<never>(() => {}));
    responder.handlers.on(GetEndpointID, () => ({ eid: 9, endpointType: 0, eidType: 0, medium: 0 }));
    const hop = (place: string, instance: number) =>
      responder.answer(from(place, 30, [0x80 | instance, 0x0f, 9, 0], 0));
    const answers = Array.from({ length: 16 }, (_, instance) => hop('20', instance));
    expect(answers.filter((answer) => answer instanceof Promise)).toHaveLength(4);
    expect(hop('30', 1)).toBeInstanceOf(Promise);
    expect(responder.answer(from('20', 30, [0x9f, 0x02], 0))).toEqual(Uint8Array.of(0x1f, 2, 0, 9, 0, 0));
    expect(responder.answer(from('30', 8, [0x80, 0x02], 0))).toEqual(Uint8Array.of(0, 2, 0, 9, 0, 0));
  });

  it('to a PLDM responder: as many of one place as it has instance IDs, and what is quick always', async () => {
    const { mctp, clock } = await oneStack();
    const responder = new PldmResponder({ transport: mctp, clock });
    responder.handlers.on(GetSensorReading, () => new Promise<never>(() => {}));
    responder.handlers.on(GetTID, () => ({ tid: 7 }));
    const reading = (place: string, source: number, instance: number) =>
      responder.answer(from(place, source, [0x80 | instance, 2, 0x11, 1, 0, 0], 1));
    let open = 0;
    for (let source = 8; source < 28; source++) {
      for (let instance = 0; instance < 32; instance++) {
        if (reading('20', source, instance) instanceof Promise) open++;
      }
    }
    expect(open).toBe(32);
    expect(reading('1d', 9, 0)).toBeInstanceOf(Promise);
    expect(responder.answer(from('20', 30, [0x81, 0, 2], 1))).toEqual(Uint8Array.of(1, 0, 2, 0, 7));
  });
});

describe('row 9: a repeated PLDM datagram', () => {
  it('of a command that is not idempotent is not answered', async () => {
    const { mctp, clock } = await oneStack();
    const responder = new PldmResponder({ transport: mctp, clock });
    const set: number[] = [];
    responder.handlers.on(SetTID, ({ tid }) => {
      set.push(tid);
      return {};
    });
    const datagram = from('1d', 9, [0xc1, 0, 1, 5], 1);
    expect([responder.answer(datagram), responder.answer(datagram)]).toEqual([undefined, undefined]);
    expect(responder.answer(from('1d', 9, [0xc2, 0, 0x44], 1))).toBeUndefined();
    expect(set).toEqual([5]);
  });
});

describe('row 9: a link that is down', () => {
  it('is not open: openLink rejects with the reason', async () => {
    const clock = new VirtualClock();
    const [port] = memoryPortPair({ clock });
    const mctp = new Mctp({ clock });
    mctp.addLink(new SerialLink({ port, clock, name: 'line' }));
    await mctp.openLink('line');
    port.unplug();
    await expect(mctp.openLink('line')).rejects.toMatchObject({ code: 'ENETDOWN' });
    clock.advance(10_000);
    await new Promise(setImmediate);
    await mctp.openLink('line');
    await mctp.close();
    expect(clock.pending).toBe(0);
  });
});

describe('row 7: Discovery Notify again and again', () => {
  it('from one silent place: it is looked at once, however often it asks', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const { owner, mctp } = await addOwner(clock, [{ wire, name: 'bus0' }]);
    wire.port({ name: 'silent', address: '55' }).attach(new RecordingHost());
    const before = process.memoryUsage().heapUsed;
    const asked = Array.from({ length: 200_000 }, () => owner.notified('bus0', '55').catch(() => 'silent'));
    await pass(clock, 60_000);
    await Promise.all(asked);
    const sent = mctp.links()[0]!.counters;
    // The tries of one bring-up: some packets, and not 200 000 times as many.
    expect(sent.txPackets + sent.txErrors).toBeLessThan(40);
    expect((process.memoryUsage().heapUsed - before) / 1e6).toBeLessThan(200);
    owner.close();
  });

  it('from many places: no more than 64 are looked at, the others are refused', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const { owner } = await addOwner(clock, [{ wire, name: 'bus0' }]);
    const codes: string[] = [];
    const asked = Array.from({ length: 100 }, (_, at) =>
      owner.notified('bus0', (0x11 + at).toString(16)).catch((error: MctpError) => codes.push(error.code)),
    );
    await pass(clock, 60_000);
    await Promise.all(asked);
    expect(codes.filter((code) => code === 'ENOBUFS')).toHaveLength(100 - 64);
    owner.close();
  });

  it('from a device that is there (notifyFlood): it has its EID, and stays reachable', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const device = await addDevice(clock, wire, '1d', {
      uuid: uuidOf(0x1d),
      types: [1],
      behaviours: [parseBehaviour('notifyFlood(1000)')],
    });
    const { owner, mctp, events } = await addOwner(clock, [{ wire, name: 'bus0' }]);
    const role = new BusOwnerRole({ mctp, clock, owners: [owner], uuid: uuidOf(8) });
    await settle(clock, owner.discover());
    await pass(clock, 30_000);
    expect(device.eid).toBe(9);
    expect(owner.endpoints()).toMatchObject([{ eid: 9, connectivity: 'available' }]);
    expect(events.map(({ type }) => type)).toEqual(['appeared']);
    role.close();
  });
});
