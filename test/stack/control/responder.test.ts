import { beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../stack/clock.js';
import {
  AllocateEndpointIDs,
  ControlResponder,
  classifyControl,
  EndpointDiscovery,
  type EndpointHost,
  GetEndpointUUID,
  GetRoutingTableEntries,
  MessageTypeRegistry,
  ResolveEndpointID,
  serveEndpoint,
} from '../../../stack/control/index.js';
import { fail, NO_ANSWER } from '../../../stack/protocol/index.js';
import { FakeTransport } from '../../support/fake-transport.js';

const uuid = '21f0f554-7f7c-4211-9ca1-6d0f000ea9e7';

class Host implements EndpointHost {
  eid = 9;
  uuid: string | undefined = uuid;
  assigned: [number, boolean][] = [];
  endpointState() {
    return { eid: this.eid, eidType: 1, medium: 1 };
  }
  assignEid(eid: number, force: boolean) {
    this.assigned.push([eid, force]);
    this.eid = eid;
    return { accepted: true, eid };
  }
}

let clock: VirtualClock;
let transport: FakeTransport;
let responder: ControlResponder;
let host: Host;
let types: MessageTypeRegistry;
let errors: unknown[];

beforeEach(() => {
  clock = new VirtualClock();
  transport = new FakeTransport(clock);
  errors = [];
  responder = new ControlResponder({
    transport: transport,
    clock,
    maxPending: 2,
    maxRequesters: 2,
    onError: (error) => errors.push(error),
  });
  host = new Host();
  types = new MessageTypeRegistry();
  serveEndpoint(responder, host, types);
});

const flush = () => new Promise(setImmediate);

describe('what an endpoint answers', () => {
  it('binds the control type', () => expect(transport.bound).toEqual([{ type: 0 }]));

  it('Set Endpoint ID: set and force', () => {
    expect(transport.ask('81010014')).toBe('010100001400');
    expect(transport.ask('82010115')).toBe('020100001500');
    expect(host.assigned).toEqual([
      [20, false],
      [21, true],
    ]);
  });

  it('Set Endpoint ID: illegal EIDs, reset and discovered flag get ERROR_INVALID_DATA', () => {
    for (const body of ['0000', '00ff', '0001', '0007', '01ff', '0200', '0300', '0209']) {
      expect(transport.ask(`8101${body}`)).toBe('010102');
    }
    expect(host.assigned).toEqual([]);
  });

  it('Set Endpoint ID: a host may reject, refuse, reset, flag', () => {
    const free: EndpointHost = {
      uuid: undefined,
      endpointState: () => ({ eid: 0, endpointType: 1 }),
      assignEid: (eid) => (eid === 8 ? 5 : { accepted: false, eid: 30, allocation: 1, poolSize: 4 }),
      resetEid: () => ({ accepted: true, eid: 33 }),
      setDiscovered: () => ({ accepted: true, eid: 34 }),
    };
    serveEndpoint(responder, free, types);
    expect(transport.ask('81010014')).toBe('010100111e04');
    expect(transport.ask('81010008')).toBe('010105');
    expect(transport.ask('81010200')).toBe('010100002100');
    expect(transport.ask('81010300')).toBe('010100002200');
    expect(transport.ask('8002')).toBe('000200001000');
    expect(transport.ask('8003')).toBe('000305');
  });

  it('Get Endpoint ID and UUID', () => {
    expect(transport.ask('8002')).toBe('000200090101');
    expect(transport.ask('8503')).toBe('05030021f0f5547f7c42119ca16d0f000ea9e7');
  });

  it('versions: base and control always, others as registered, else 0x80', () => {
    const mctp = '04f1f0ff00f1f1ff00f1f2ff00f1f3f100';
    expect(transport.ask('8604ff')).toBe(`060400${mctp}`);
    expect(transport.ask('860400')).toBe(`060400${mctp}`);
    expect(transport.ask('860401')).toBe('060480');
    const takeBack = types.add(1, { versions: ['f1f0f000'] });
    expect(transport.ask('860401')).toBe('06040001f1f0f000');
    takeBack();
    expect(transport.ask('860401')).toBe('060480');
  });

  it('types: those besides control, also by link', () => {
    expect(transport.ask('8705')).toBe('07050000');
    types.add(5);
    types.add(1);
    types.add(1);
    types.add(0);
    types.add(4, { link: 'elsewhere' });
    expect(transport.ask('8705')).toBe('070500020105');
  });

  it('vendor-defined sets: one per answer, 0xff after the last, and their types are announced', () => {
    expect(transport.ask('880600')).toBe('080602');
    types.addVendorSet({ format: 0, vendorId: 0x1ab4, commandSet: 1 });
    const takeBack = types.addVendorSet({ format: 1, vendorId: 412, commandSet: 2 });
    expect(transport.ask('880600')).toBe('08060001001ab40001');
    expect(transport.ask('880601')).toBe('080600ff010000019c0002');
    expect(transport.ask('880602')).toBe('080602');
    expect(transport.ask('8705')).toBe('070500027e7f');
    takeBack();
    expect(transport.ask('880600')).toBe('080600ff001ab40001');
  });

  it('the registry refuses what cannot be sent', () => {
    expect(() => types.add(128)).toThrow('128 is not a message type');
    expect(() => types.add(1, { versions: ['1.0'] })).toThrow('f1f0ff00');
    expect(() => types.addVendorSet({ format: 0, vendorId: 0x10000, commandSet: 0 })).toThrow('16-bit');
    for (let type = 1; type < 60; type++) types.add(type);
    expect(() => types.add(60)).toThrow('no more than 59');
    expect(transport.ask('8705')).toHaveLength(2 * 63);
  });
});

describe('protocol', () => {
  it('zeroed-header-on-unsupported: unknown commands are answered with their header and 0x05', () => {
    expect(transport.ask('9a42')).toBe('1a4205');
    expect(transport.ask('81070e')).toBe('010705');
    expect(transport.ask('9ff00104aa')).toBe('1ff005');
    // Instance IDs of six bits: the sixth is not ours.
    expect(transport.ask('bf42')).toBe('1f4205');
    expect(responder.counters.unsupported).toBe(4);
  });

  it('wrong length 0x03', () => {
    expect(transport.ask('8101')).toBe('010103');
    expect(transport.ask('8101000900')).toBe('010103');
    expect(transport.ask('800200')).toBe('000203');
    expect(responder.counters.invalidLength).toBe(3);
  });

  it('discards what has no header or flags no request has', () => {
    for (const hex of ['', '80', '0002', '4002']) expect(transport.ask(hex)).toBeUndefined();
    expect(transport.ask('8002', { tagOwner: false })).toBeUndefined();
    expect(transport.ask('000200090000', { tagOwner: false })).toBeUndefined();
    expect(transport.ask('8002', { integrityCheck: true })).toBeUndefined();
    expect(responder.counters).toMatchObject({ discarded: 7, requests: 0, responses: 0 });
  });

  it('executes datagrams and answers none, not even with an error', () => {
    expect(transport.ask('c1010014')).toBeUndefined();
    expect(host.assigned).toEqual([[20, false]]);
    expect(transport.ask('c142')).toBeUndefined();
    expect(transport.ask('c101', { destination: 255 })).toBeUndefined();
    expect(responder.counters).toMatchObject({ datagrams: 3, responses: 0 });
  });

  it('handlers are typed by the declaration, may be replaced, taken back, and stay silent', () => {
    const takeBack = responder.handlers.on(ResolveEndpointID, ({ eid }) =>
      eid === 14 ? { bridgeEid: 10, phys: Uint8Array.of(0x3a) } : fail(0x02),
    );
    expect(transport.ask('8a070e')).toBe('0a07000a3a');
    expect(transport.ask('8a070f')).toBe('0a0702');
    takeBack();
    expect(transport.ask('8a070e')).toBe('0a0705');
    let discovered = false;
    responder.handlers.on(EndpointDiscovery, (_fields, { header, message }) => {
      expect(classifyControl(header, message)).toBe('broadcastRequest');
      return discovered ? NO_ANSWER : {};
    });
    expect(transport.ask('900c', { destination: 255 })).toBe('100c00');
    discovered = true;
    expect(transport.ask('900c', { destination: 255 })).toBeUndefined();
  });

  it('a handler that throws, or answers what cannot be sent, gives ERROR and is reported', () => {
    responder.handlers.on(GetEndpointUUID, () => {
      throw new Error('oops');
    });
    expect(transport.ask('8003')).toBe('000301');
    responder.handlers.on(GetEndpointUUID, () => ({ uuid: 'nonsense' }));
    expect(transport.ask('8003')).toBe('000301');
    responder.handlers.on(GetRoutingTableEntries, () => {
      const entry = {
        size: 1,
        start: 8,
        type: 0,
        static: 0,
        port: 0,
        binding: 1,
        medium: 4,
        phys: Uint8Array.of(0x20),
      };
      return { next: 0xff, entries: Array.from({ length: 9 }, () => entry) };
    });
    expect(transport.ask('8e0a00')).toBe('0e0a01');
    expect(responder.counters.handlerErrors).toBe(3);
    expect(errors).toHaveLength(3);
  });

  it('later answers are given when they are there, and too many at a time are not ready', async () => {
    const finish: ((answer: { uuid: string }) => void)[] = [];
    responder.handlers.on(GetEndpointUUID, () => new Promise((resolve) => finish.push(resolve)));
    expect(transport.ask('8103')).toBeUndefined();
    expect(transport.ask('8203')).toBeUndefined();
    expect(transport.ask('8303')).toBe('030304');
    finish[1]!({ uuid });
    finish[0]!({ uuid });
    await flush();
    expect(transport.replies.slice(1).map(({ hex }) => hex.slice(0, 6))).toEqual(['020300', '010300']);
    expect(transport.ask('8403')).toBeUndefined();
    expect(responder.counters.notReady).toBe(1);
  });

  it('recognises a retry, and does not do the work twice', async () => {
    let done = 0;
    responder.handlers.on(AllocateEndpointIDs, ({ count, start }) => ({
      status: 0,
      poolSize: count,
      first: start + done++,
    }));
    expect(transport.ask('8b0800040b')).toBe('0b080000040b');
    expect(transport.ask('8b0800040b')).toBe('0b080000040b');
    expect(done).toBe(1);
    expect(responder.counters.repeated).toBe(1);
    // Another requester, other bytes, a later time: each is a request of its own.
    expect(transport.ask('8b0800040b', { source: 10 })).toBe('0b080000040c');
    expect(transport.ask('8c0800040b')).toBe('0c080000040d');
    clock.advance(6000);
    expect(transport.ask('8c0800040b')).toBe('0c080000040e');
    // The same bytes with something else in between: the instance ID came round.
    expect(transport.ask('8002')).toBeDefined();
    expect(transport.ask('8c0800040b')).toBe('0c080000040f');
    // Two requesters are remembered here.
    for (const source of [20, 21, 22]) transport.ask('8b0800040b', { source });
    const before = done;
    transport.ask('8b0800040b', { source: 20 });
    expect(done).toBe(before + 1);
  });

  it('a retry of what is still worked on is left to the first', async () => {
    let finish: (answer: ReturnType<typeof fail>) => void = () => {};
    let started = 0;
    responder.handlers.on(AllocateEndpointIDs, () => {
      started++;
      return new Promise<ReturnType<typeof fail>>((resolve) => {
        finish = resolve;
      });
    });
    expect(transport.ask('8b0800040b')).toBeUndefined();
    expect(transport.ask('8b0800040b')).toBeUndefined();
    finish(fail(1));
    await flush();
    expect(transport.replies.map(({ hex }) => hex)).toEqual(['0b0801']);
    expect(started).toBe(1);
  });

  it('close stops listening', () => {
    responder.close();
    expect(transport.ask('8002')).toBeUndefined();
  });
});
