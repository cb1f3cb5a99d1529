import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { Device, parseBehaviour } from '../../../hw-fixtures/index.js';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../../stack/index.js';
import { addBridge, addDevice, addOwner, SMBUS_100K, uuidOf } from '../../support/topology.js';

const UUID = uuidOf(0x1d);

/** A bus owner, and one device at 0x1d that behaves like that. */
async function discovered(behaviours: readonly string[], options: { types?: readonly number[] } = {}) {
  const clock = new VirtualClock();
  const wire = new PacketWire({ clock, ...SMBUS_100K });
  const types = options.types ?? [1];
  const device = await addDevice(clock, wire, '1d', {
    uuid: UUID,
    types,
    behaviours: behaviours.map(parseBehaviour),
  });
  const { owner, events } = await addOwner(clock, [{ wire, name: 'bus0' }]);
  const found = await settle(clock, owner.discover());
  return { clock, device, owner, events, found };
}

describe('silence to one question', () => {
  it.each([
    ['ignoreCommand(3)', 'GetEndpointUUID', { uuid: undefined, messageTypes: [1] }],
    ['ignoreCommand(4)', 'GetMCTPVersionSupport', { uuid: UUID, messageTypes: [1], versions: {} }],
    ['ignoreCommand(5)', 'GetMessageTypeSupport', { uuid: UUID, messageTypes: [] }],
  ])('%s: the device is an endpoint with a remark', async (behaviour, name, what) => {
    const { found, device } = await discovered([behaviour]);
    expect(found).toMatchObject([{ eid: 9, ...what, remarks: [`does not answer ${name}`] }]);
    expect(device.eid).toBe(9);
  });

  it('to Get Vendor Defined Message Support costs nothing else', async () => {
    const { found } = await discovered(['ignoreCommand(6)'], { types: [0x7e] });
    expect(found).toMatchObject([
      { eid: 9, uuid: UUID, messageTypes: [0x7e], remarks: ['does not answer GetVendorDefinedMessageSupport'] },
    ]);
  });

  it('to all of them leaves an endpoint', async () => {
    const { found } = await discovered([3, 4, 5, 6].map((command) => `ignoreCommand(${command})`));
    expect(found).toMatchObject([{ eid: 9, uuid: undefined, messageTypes: [], versions: {} }]);
  });

  it('before it has an EID: a Linux endpoint is asked for its UUID again', async () => {
    const { found } = await discovered(['ignoreUnrouted(3)']);
    expect(found).toMatchObject([{ eid: 9, uuid: UUID, remarks: [] }]);
  });

  it('to Get Endpoint ID is absence', async () => {
    const { found } = await discovered(['ignoreCommand(2)']);
    expect(found).toEqual([]);
  });

  it('ends when it answers: it is asked again while it is watched', async () => {
    let silent = true;
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const moody = { name: 'moody', request: ({ payload }: { payload: Uint8Array }) => !silent || payload[1] !== 3 };
    await addDevice(clock, wire, '1d', { uuid: UUID, types: [1], behaviours: [moody] });
    const { owner, events } = await addOwner(clock, [{ wire, name: 'bus0' }]);
    expect(await settle(clock, owner.discover())).toMatchObject([{ uuid: undefined }]);
    silent = false;
    owner.monitor();
    await pass(clock, 20_000);
    expect(owner.endpoints()).toMatchObject([{ eid: 9, uuid: UUID, remarks: [], connectivity: 'available' }]);
    expect(events.map(({ type }) => type)).toEqual(['appeared', 'changed']);
    owner.close();
  });

  it('of a known endpoint to Get Endpoint UUID does not make it absent', async () => {
    let silent = false;
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const moody = { name: 'moody', request: ({ payload }: { payload: Uint8Array }) => !silent || payload[1] !== 3 };
    await addDevice(clock, wire, '1d', { uuid: UUID, types: [1], behaviours: [moody] });
    const { owner, events } = await addOwner(clock, [{ wire, name: 'bus0' }]);
    await settle(clock, owner.discover());
    silent = true;
    owner.monitor();
    await pass(clock, 60_000);
    expect(owner.endpoints()).toMatchObject([{ eid: 9, uuid: UUID, connectivity: 'available' }]);
    expect(events.map(({ type }) => type)).toEqual(['appeared']);
    owner.close();
  });
});

describe('answers that are wrong', () => {
  it('a UUID of wrong length is remarked', async () => {
    const { found } = await discovered(['cutAnswer(3, 3)']);
    expect(found).toMatchObject([{ eid: 9, uuid: undefined }]);
    expect(found[0]?.remarks).toEqual([expect.stringContaining('its UUID cannot be read')]);
  });

  it.each([0, 3, 5, 255])('EID %i is told to be reserved', async (eid) => {
    const { found, events } = await discovered([`illegalEid(${eid})`]);
    expect(found).toEqual([]);
    expect(events).toMatchObject([
      {
        type: 'conflict',
        what: `bus0/0x1d was told to use EID 9 and insists on ${eid}, which is reserved: no endpoint can have it`,
      },
    ]);
  });

  it.each(['wrongCommand(3)', 'wrongInstance(3)'])('%s counts as silence', async (behaviour) => {
    const { found } = await discovered([behaviour]);
    expect(found).toMatchObject([{ eid: 9, remarks: ['does not answer GetEndpointUUID'] }]);
  });
});

describe('a bridge', () => {
  it.each([
    ['ignoreCommand(10)', ['does not answer GetRoutingTableEntries']],
    // Set Endpoint ID has said what it wants.
    ['ignoreAllocationQuestion', []],
  ])('%s: what is behind it is found by asking', async (name, remarks) => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    const below = new PacketWire({ clock, ...SMBUS_100K });
    const question = {
      name,
      request: ({ payload }: { payload: Uint8Array }) => payload[1] !== 8 || payload[2] !== 2,
    };
    const bridge = new Device({
      name: 'bridge',
      clock,
      uuid: UUID,
      port: { kind: 'link', create: () => wire.port({ name: 'up', address: '1d' }) },
      bridge: { below: [{ kind: 'link', create: () => below.port({ name: 'down', address: '10' }) }], poolSize: 4 },
      behaviours: [name.includes('(') ? parseBehaviour(name) : question],
    });
    await bridge.powerOn();
    await addDevice(clock, below, '20', { uuid: uuidOf(0x20), types: [1] });
    const { owner, events } = await addOwner(clock, [{ wire, name: 'bus0' }]);
    const found = await settle(clock, owner.discover());
    expect(events.filter(({ type }) => type === 'conflict')).toEqual([]);
    expect(found).toMatchObject([
      { eid: 9, uuid: UUID, pool: { first: 10, size: 4 }, remarks },
      { eid: 10, uuid: uuidOf(0x20), bridge: 9, messageTypes: [1] },
    ]);
    owner.close();
  });

  it('that is given no pool, or a smaller one, has a remark', async () => {
    const clock = new VirtualClock();
    const wire = new PacketWire({ clock, ...SMBUS_100K });
    await addBridge(clock, wire, '1d', { uuid: UUID, poolSize: 10 });
    const small = await addOwner(clock, [{ wire, name: 'bus0' }], { dynamic: [9, 12] });
    expect(await settle(clock, small.owner.discover())).toMatchObject([
      { pool: { first: 10, size: 3 }, remarks: ['wants 10 EIDs for what is behind it, and only 3 are left'] },
    ]);
    await small.close();
  });
});
