/** The responder's answers, errors included, byte by byte; and its treatment of retries (DSP0240 §7, §9). */

import { describe, expect, it } from 'vitest';
import { pass, settle } from '../../hw-fixtures/testing/virtual-time.js';
import {
  DEFAULT_VERSION,
  GetPLDMCommands,
  GetPLDMVersion,
  GetTID,
  PldmResponder,
  SetTID,
} from '../../pldm/base/index.js';
import { GetSensorReading, SetNumericEffecterValue } from '../../pldm/platform/index.js';
import { fromHex, toHex } from '../../stack/codec/index.js';
import { networkId } from '../../stack/ids.js';
import { fail } from '../../stack/protocol/index.js';
import type { MctpMessage } from '../../stack/transport.js';
import { description, deviceState } from './device.js';
import { type NegativeVector, readVectors } from './vector-files.js';
import { World } from './world.js';

const PEER = { eid: 8 };

/** A message as a socket gives it. */
function pldmRequest(payload: Uint8Array, source: number): MctpMessage {
  const plain = { destination: 9, type: 1, integrityCheck: false, tag: 0, tagOwner: true, physicalAddress: '' };
  return { ...plain, network: networkId(1), source, link: 'wire', payload };
}

async function asking() {
  const world = await World.make();
  const state = deviceState();
  const device = await world.terminus(9, description(state), { multipartTypes: [7] });
  const ask = (hex: string, peer: { eid: number } = PEER): string | undefined => {
    const answer = device.responder.answer(pldmRequest(fromHex(hex)!, peer.eid));
    return answer instanceof Uint8Array ? toHex(answer) : undefined;
  };
  return { world, state, device, ask };
}

describe('a first part', () => {
  it.each([
    ['GetPLDMVersion', '810003', '0102'],
    ['GetBIOSTable', '810301', '0100'],
    ['GetFRURecordTable', '810402', '01'],
    ['GetPDR', '81025100000000', '0100040000'],
  ])('of %s is given whatever the transfer handle says (DSP0240 §9.4)', async (_name, before, behind) => {
    const { ask } = await asking();
    const answer = ask(`${before}00000000${behind}`);
    expect(answer!.slice(6, 8)).toBe('00');
    expect(ask(`${before}99000000${behind}`)).toBe(answer);
  });
});

describe('errors', () => {
  it.each([
    ['an unknown type', '810602', '01060220'],
    ['an unknown command', '810077', '01007705'],
    ['a byte too many', '81000200', '01000203'],
    ['a byte too few', '810001', '01000103'],
    ['a value out of range', '81000100', '01000102'],
    ['an unknown sensor', '820211090000', '02021180'],
    ['an unknown effecter', '82023109000000', '02023180'],
    ['an unknown record', '850251ff000000000000000100010000', '05025182'],
    ['a transfer handle out of thin air', '8502510100000099000000000001ffff', '05025180'],
    ['GetPLDMVersion of an unknown type', '810003000000000109', '01000383'],
    ['GetPLDMVersion, next part', '810003000000000002', '01000381'],
    ['GetPLDMCommands with an unknown version', '8100050200f9f9f9', '01000584'],
    ['MultipartReceive before negotiation', '810009070000000000000000000000000000010000', '01000983'],
    ['a BIOS table of an unknown type', '810301000000000109', '01030185'],
    ['no pending BIOS values', '810301000000000103', '01030183'],
    ['an impossible date', '81030d00000030022026', '01030d02'],
    ['an unknown BIOS attribute', '81030800000000019900', '01030888'],
  ])('%s', async (_name, request, answer) => {
    const { ask } = await asking();
    expect(ask(request)).toBe(answer);
  });

  it('InitStateSensor puts a sensor in a state that it has, all of it or nothing', async () => {
    const { ask } = await asking();
    // Sensor 20: disabled as not present, disabled as critical, no events of either.
    expect(ask('8102221400020102010103 01'.replaceAll(' ', ''))).toBe('01022200');
    expect(ask('82022114000000')).toBe('0202210002' + '01020000' + '01030000');
    expect(ask('830222140002000100000901')).toBe('03022281');
    expect(ask('84022114000000')).toBe('0402210002' + '01020000' + '01030000');
    expect(ask('850222990001000101')).toBe('05022280');
  });

  it('datagrams, responses and other header versions get no answer, not even an error', async () => {
    const { ask, device } = await asking();
    for (const hex of ['c10002', 'c10077', 'c1067f', '010002', '410002', '814002', '8100', '']) {
      expect(ask(hex)).toBeUndefined();
    }
    expect(device.responder.counters.discarded).toBe(5);
  });

  it('wrong lengths of any vector get ERROR_INVALID_LENGTH', async () => {
    const { ask, device } = await asking();
    const negative = ['base', 'platform', 'fru', 'bios'].flatMap((name) =>
      readVectors<NegativeVector[]>(`pldm-${name}-negative.json`),
    );
    let count = 0;
    for (const vector of negative) {
      if (vector.kind !== 'request' || vector.class !== 'length') continue;
      if (device.responder.handlers.find({ ...vector, kind: 'request', instanceId: 0 }) === undefined) continue;
      count++;
      expect(ask(vector.hex)?.slice(6), vector.name).toBe('03');
    }
    expect(count).toBeGreaterThan(60);
  });
});

describe('base commands', () => {
  it('tell what there are handlers for', () => {
    const responder = new PldmResponder({
      transport: { socket: () => expect.unreachable(), peerKey: () => '' },
      clock: NEVER,
    });
    const stop = responder.handlers.on(GetTID, () => ({ tid: 4 }));
    expect(responder.handlers.types).toEqual([0]);
    expect(responder.handlers.commands(0)).toEqual([2]);
    expect(responder.handlers.versions(0)).toEqual([DEFAULT_VERSION]);
    stop();
    expect(responder.handlers.hasType(0)).toBe(false);
  });

  it('SetTID is kept', async () => {
    const { ask } = await asking();
    expect(ask('81000142')).toBe('01000100');
    expect(ask('820002')).toBe('0200020042');
  });

  it('list versions and commands', async () => {
    const { world } = await asking();
    const { client, clock } = world;
    const version = await settle(
      clock,
      client.request({ eid: 9 }, GetPLDMVersion, { dataTransferHandle: 0, transferOperationFlag: 1, pldmType: 0 }),
    );
    expect(version).toMatchObject({ transferFlag: 5, versions: ['00f0f1f1', '00f0f2f1'] });
    const commands = await settle(
      clock,
      client.request({ eid: 9 }, GetPLDMCommands, { pldmType: 0, version: '00f0f1f1' }),
    );
    expect(commands.pldmCommands.slice(0, 6)).toBe('fe0700');
  });
});

describe('retries', () => {
  const set = (value: string, id = '81') => `${id}02310500 02 ${value}`.replaceAll(' ', '');

  it('of the last request are answered without acting twice', async () => {
    const { ask, device } = await asking();
    const values: number[] = [];
    device.responder.handlers.on(SetNumericEffecterValue, ({ effecterValue }) => {
      values.push(Number(effecterValue));
      return {};
    });
    expect(ask(set('d007'))).toBe('01023100');
    expect(ask(set('d007'))).toBe('01023100');
    expect(values).toEqual([2000]);
    // The same again after something else, from somebody else, or much later, is a request of its own.
    ask(set('b80b'));
    ask(set('d007'));
    ask(set('d007'), { eid: 10 });
    expect(values).toEqual([2000, 3000, 2000, 2000]);
    expect(device.responder.counters.repeated).toBe(1);
  });

  it('after the id expired are requests of their own', async () => {
    const { ask, device, world } = await asking();
    let count = 0;
    device.responder.handlers.on(SetTID, () => {
      count++;
      return {};
    });
    ask('81000105');
    await pass(world.clock, 6001);
    ask('81000105');
    expect(count).toBe(2);
  });

  it('while the first is worked on get no second answer', async () => {
    const { world, device } = await asking();
    let finish = (_tid: { tid: number }): void => {};
    device.responder.handlers.on(
      GetTID,
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    const call = world.client.request({ eid: 9 }, GetTID, {}, { timeoutMs: 1000 });
    await pass(world.clock, 1500);
    finish({ tid: 9 });
    expect(await settle(world.clock, call)).toMatchObject({ tid: 9 });
    expect(device.responder.counters).toMatchObject({ requests: 1, responses: 1, repeated: 1 });
  });

  it('readings are read anew each time, whatever the instance id', async () => {
    const { ask, state } = await asking();
    const first = ask('800211020000');
    state.voltage = 5;
    expect(ask('800211020000')).not.toBe(first);
  });
});

describe('handlers', () => {
  it('that throw, answer nonsense or reject give ERROR', async () => {
    const { ask, device, world } = await asking();
    const { handlers } = device.responder;
    handlers.on(GetTID, () => {
      throw new Error('oops');
    });
    expect(ask('810002')).toBe('01000201');
    handlers.on(GetTID, () => ({ tid: 1000 }));
    expect(ask('820002')).toBe('02000201');
    handlers.on(GetTID, () => Promise.reject(new Error('later')));
    const exchange = await settle(world.clock, world.client.exchange({ eid: 9 }, GetTID, {}));
    expect(exchange).toEqual({ completionCode: 1 });
    handlers.on(GetTID, () => fail(0x42));
    expect(ask('830002')).toBe('03000242');
  });

  it('are bounded in number', async () => {
    const world = await World.make();
    const mctp = await world.device(9);
    const responder = new PldmResponder({ transport: mctp, clock: world.clock, maxPending: 2 }).start();
    responder.handlers.on(GetSensorReading, () => new Promise(() => {}));
    const reading = (id: number, peer: number) =>
      responder.answer(pldmRequest(Uint8Array.of(0x80 | id, 2, 0x11, 1, 0, 0), peer));
    expect(reading(1, 20)).toBeInstanceOf(Promise);
    expect(reading(2, 21)).toBeInstanceOf(Promise);
    expect(reading(3, 22)).toEqual(Uint8Array.of(3, 2, 0x11, 4));
  });
});

const NEVER = {
  now: () => 0,
  schedule: () => ({ cancel() {} }),
};
