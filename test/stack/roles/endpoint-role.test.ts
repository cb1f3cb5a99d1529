import { describe, expect, it } from 'vitest';
import { PacketWire } from '../../../hw-fixtures/bench/wires/packet-wire.js';
import { settle } from '../../../hw-fixtures/testing/virtual-time.js';
import {
  COMPLETION,
  ControlClient,
  DiscoveryNotify,
  EID_ASSIGNMENT,
  EID_TYPE,
  EndpointDiscovery,
  GetEndpointID,
  GetEndpointUUID,
  GetMCTPVersionSupport,
  GetMessageTypeSupport,
  GetRoutingTableEntries,
  GetVendorDefinedMessageSupport,
  PrepareForEndpointDiscovery,
  QuerySupportedInterfaces,
  SET_EID_OPERATION,
  SetEndpointID,
} from '../../../stack/control/index.js';
import { BINDING, Mctp, MctpError, SILENT, VirtualClock } from '../../../stack/index.js';
import { EndpointRole, type EndpointRoleOptions } from '../../../stack/roles/index.js';
import { uuidOf } from '../../support/topology.js';

/** A device with two links, a bus owner at the other end of each. */
async function device(options: Partial<EndpointRoleOptions> = {}, binding?: number) {
  const clock = new VirtualClock();
  const mctp = new Mctp({ clock });
  const owners = [];
  for (const name of ['a', 'b']) {
    const wire = new PacketWire({ clock, addressSize: 1, broadcastAddress: 'ff' });
    const kind = binding === undefined ? {} : { binding };
    mctp.addLink(wire.port({ name, address: '1d', ...kind }));
    const owner = new Mctp({ clock });
    owner.addLink(wire.port({ name: `owner ${name}`, address: '10', ...kind }));
    owner.addAddress(name === 'a' ? 8 : 9, `owner ${name}`);
    await owner.open();
    owners.push({
      mctp: owner,
      client: new ControlClient({ transport: owner, clock, retries: 0 }),
      to: { eid: 0, link: `owner ${name}`, physicalAddress: '1d' },
    });
  }
  await mctp.open();
  const role = new EndpointRole({ mctp, clock, uuid: uuidOf(1), ...options });
  const [a, b] = owners as [(typeof owners)[0], (typeof owners)[0]];
  const set = (owner: typeof a, eid: number, operation: number = SET_EID_OPERATION.set) =>
    settle(clock, owner.client.request(owner.to, SetEndpointID, { operation, eid }));
  return { clock, mctp, role, a, b, set };
}

describe('the endpoint role', () => {
  it('takes an EID per link, and knows the way back to each bus owner', async () => {
    const { mctp, role, a, b, set, clock } = await device();
    const assigned: unknown[] = [];
    role.onAssigned((owner, eid) => assigned.push([owner.link, owner.eid, eid]));
    expect(await set(a, 20)).toMatchObject({ assignment: EID_ASSIGNMENT.accepted, eid: 20, poolSize: 0 });
    expect(await set(b, 30)).toMatchObject({ eid: 30 });
    expect(await set(a, 21)).toMatchObject({ eid: 21 });
    expect(mctp.addresses().map(({ eid, link }) => [eid, link])).toEqual([
      [30, 'b'],
      [21, 'a'],
    ]);
    expect(assigned).toEqual([
      ['a', 8, 20],
      ['b', 9, 30],
      ['a', 8, 21],
    ]);
    expect(role.busOwner('b')).toEqual({ eid: 9, link: 'b', physicalAddress: '10' });
    expect(mctp.routes().map((route) => [route.start, route.link])).toEqual([
      [8, 'a'],
      [9, 'b'],
    ]);
    expect(await settle(clock, b.client.request(b.to, GetEndpointID, {}))).toMatchObject({ eid: 30 });
    role.reset();
    expect(mctp.addresses()).toEqual([]);
    expect(role.busOwner()).toBeUndefined();
  });

  it('accepts its EID though a listener throws: the others hear of it, and the logger is told', async () => {
    const errors: string[] = [];
    const logger = { ...SILENT, error: (text: string) => errors.push(text) };
    const { mctp, role, a, set } = await device({ responder: { logger } });
    const assigned: number[] = [];
    role.onAssigned(() => {
      throw new Error('out of order');
    });
    role.onAssigned((_owner, eid) => assigned.push(eid));
    expect(await set(a, 20)).toMatchObject({ assignment: EID_ASSIGNMENT.accepted, eid: 20 });
    expect(mctp.addresses().map(({ eid }) => eid)).toEqual([20]);
    expect(assigned).toEqual([20]);
    expect(errors).toEqual([expect.stringContaining('out of order')]);
    expect(role.responder.counters.handlerErrors).toBe(0);
  });

  it('which routes upstream refuses an EID when there is no room for that route', async () => {
    const { mctp, a, set } = await device({ routesUpstream: true });
    expect(await set(a, 20)).toMatchObject({ eid: 20 });
    expect(mctp.routes()).toContainEqual(expect.objectContaining({ start: 8, end: 254, gateway: 8 }));
    mctp.addRoute = () => {
      throw new MctpError('ENOBUFS', 'the route table is full');
    };
    mctp.removeRoute(8, 254, 1);
    await expect(set(a, 20)).rejects.toMatchObject({ completionCode: COMPLETION.error });
  });

  it('takes another EID from a bus owner that has its own', async () => {
    const { clock, mctp, a, set } = await device();
    await set(a, 20);
    a.mctp.removeAddress(8, 'owner a');
    a.mctp.addAddress(20, 'owner a');
    expect(await settle(clock, a.client.request(a.to, GetEndpointID, {}))).toMatchObject({ eid: 20 });
    expect(await set(a, 21)).toMatchObject({ assignment: EID_ASSIGNMENT.accepted, eid: 21 });
    expect(mctp.addresses().map(({ eid }) => eid)).toEqual([21]);
    expect(mctp.lookupRoute(20)).toMatchObject({ link: 'a' });
  });

  it('with one EID for all links keeps that of the first bus owner, unless forced', async () => {
    const { mctp, role, a, b, set } = await device({ sharedEid: true });
    await set(a, 20);
    expect(await set(b, 30)).toMatchObject({ assignment: EID_ASSIGNMENT.rejected, eid: 20 });
    expect(await set(b, 30, SET_EID_OPERATION.force)).toMatchObject({ assignment: EID_ASSIGNMENT.accepted, eid: 30 });
    expect(mctp.addresses().map(({ eid, link }) => [eid, link])).toEqual([[30, 'b']]);
    expect(role.busOwner()?.link).toBe('b');
    expect(await set(a, 20)).toMatchObject({ assignment: EID_ASSIGNMENT.rejected });
  });

  it.each([0, 1, 7, 255])('refuses EID %i', async (eid) => {
    const { a, set } = await device();
    await expect(set(a, eid)).rejects.toMatchObject({ completionCode: COMPLETION.invalidData });
  });

  it('goes back to its own EID when told to, if it has one', async () => {
    const { clock, a, b, set } = await device({ staticEids: { a: 50 } });
    const type = async () => (await settle(clock, a.client.request(a.to, GetEndpointID, {}))).eidType;
    expect(await settle(clock, a.client.request(a.to, GetEndpointID, {}))).toMatchObject({ eid: 50 });
    expect(await type()).toBe(EID_TYPE.staticPresent);
    await set(a, 20);
    expect(await type()).toBe(EID_TYPE.staticDifferent);
    expect(await set(a, 0, SET_EID_OPERATION.reset)).toMatchObject({ eid: 50 });
    expect(await type()).toBe(EID_TYPE.staticPresent);
    await expect(set(b, 0, SET_EID_OPERATION.reset)).rejects.toMatchObject({ completionCode: COMPLETION.invalidData });
  });

  it('takes none on a link whose bus owner it is', async () => {
    const { a, b, set } = await device({ owns: (link) => link === 'a' });
    await expect(set(a, 20)).rejects.toMatchObject({ completionCode: COMPLETION.unsupportedCommand });
    expect(await set(b, 30)).toMatchObject({ eid: 30 });
  });

  it('answers everything mandatory, and what the application registered at run time', async () => {
    const { clock, role, a } = await device();
    const ask = <T>(asked: Promise<T>) => settle(clock, asked);
    const types = () => ask(a.client.request(a.to, GetMessageTypeSupport, {}));
    expect((await types()).types).toEqual([]);
    const takeBack = role.types.add(5, { versions: ['f1f0ff00', 'f1f2ff00'], link: 'a' });
    role.types.addVendorSet({ format: 0, vendorId: 0x1ab4, commandSet: 7 });
    role.types.addVendorSet({ format: 1, vendorId: 412, commandSet: 8 });
    expect((await types()).types).toEqual([5, 0x7e, 0x7f]);
    expect(await ask(a.client.request(a.to, GetMCTPVersionSupport, { type: 5 }))).toMatchObject({ count: 2 });
    role.types.add(6);
    const versionsOf = (type: number) => ask(a.client.request(a.to, GetMCTPVersionSupport, { type }));
    expect(await versionsOf(6)).toMatchObject({ versions: ['f1f0ff00'] });
    await expect(versionsOf(0x7e)).rejects.toMatchObject({ completionCode: COMPLETION.messageTypeNotSupported });
    takeBack();
    await expect(ask(a.client.request(a.to, GetMCTPVersionSupport, { type: 5 }))).rejects.toMatchObject({
      completionCode: COMPLETION.messageTypeNotSupported,
    });
    expect(await ask(a.client.request(a.to, GetEndpointUUID, {}))).toMatchObject({ uuid: uuidOf(1) });
    expect(await ask(a.client.request(a.to, GetVendorDefinedMessageSupport, { selector: 0 }))).toMatchObject({
      nextSelector: 1,
      vendorId: 0x1ab4,
    });
    expect(await ask(a.client.request(a.to, GetVendorDefinedMessageSupport, { selector: 1 }))).toMatchObject({
      nextSelector: 0xff,
      vendorId: 412,
    });
    expect(await ask(a.client.request(a.to, QuerySupportedInterfaces, {}))).toMatchObject({
      interfaces: [
        { type: BINDING.smbus, eid: 0 },
        { type: BINDING.smbus, eid: 0 },
      ],
    });
    await expect(ask(a.client.request(a.to, GetRoutingTableEntries, { handle: 0 }))).rejects.toMatchObject({
      completionCode: COMPLETION.unsupportedCommand,
    });
  });
});

describe('the Discovered flag', () => {
  it('is there on bindings that use it', async () => {
    const { clock, role, a, set } = await device({}, BINDING.pcieVdm);
    const discovery = () => settle(clock, a.client.request(a.to, EndpointDiscovery, {}));
    const broadcast = { eid: 255, link: a.to.link, physicalAddress: 'ff' };
    expect(role.discovered('a')).toBe(false);
    expect(await discovery()).toMatchObject({ completionCode: 0 });
    await set(a, 20);
    expect(role.discovered('a')).toBe(true);
    await expect(discovery()).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await settle(clock, a.client.send(broadcast, PrepareForEndpointDiscovery, {}));
    expect(role.discovered('a')).toBe(false);
    expect(await discovery()).toMatchObject({ completionCode: 0 });
    expect(await set(a, 0, SET_EID_OPERATION.setDiscovered)).toMatchObject({ eid: 20 });
    expect(role.discovered('a')).toBe(true);
    role.reset();
    expect(role.discovered('a')).toBe(false);
  });

  it('is not there on others', async () => {
    const { clock, a, set } = await device();
    const refused = { completionCode: COMPLETION.unsupportedCommand };
    for (const command of [PrepareForEndpointDiscovery, EndpointDiscovery]) {
      await expect(settle(clock, a.client.request(a.to, command, {}))).rejects.toMatchObject(refused);
    }
    await expect(set(a, 0, SET_EID_OPERATION.setDiscovered)).rejects.toMatchObject({
      completionCode: COMPLETION.invalidData,
    });
  });

  it('an endpoint can ask to be discovered', async () => {
    const { clock, role, a, set } = await device();
    const owner = new EndpointRole({ mctp: a.mctp, clock });
    const heard: unknown[] = [];
    owner.responder.handlers.on(DiscoveryNotify, (_fields, { message }) => {
      heard.push([message.source, message.physicalAddress]);
      return {};
    });
    await expect(role.notifyBusOwner('a')).rejects.toMatchObject({ code: 'EDESTADDRREQ' });
    await settle(clock, role.notifyBusOwner('a', '10'));
    await set(a, 20);
    await settle(clock, role.notifyBusOwner('a'));
    expect(heard).toEqual([
      [0, '1d'],
      [20, '1d'],
    ]);
  });
});
