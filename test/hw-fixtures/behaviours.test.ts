import { describe, expect, it } from 'vitest';
import { behaviourKinds, parseBehaviour } from '../../hw-fixtures/index.js';
import { pass, settle, settleError } from '../../hw-fixtures/testing/virtual-time.js';
import {
  GetEndpointID,
  GetEndpointUUID,
  GetMessageTypeSupport,
  GetVendorDefinedMessageSupport,
  SET_EID_OPERATION,
  SetEndpointID,
} from '../../stack/control/index.js';
import { type World, world } from './support.js';

const ONCE = { retries: 0 } as const;

/** A host, an SSD and an MCU that both behave like that. */
async function behaving(...behaviours: string[]): Promise<World> {
  const list = JSON.stringify(behaviours);
  return world({
    description: `
[wires.smbus0]
kind = "smbus"
host = 0x10
[wires.serial0]
kind = "serial"
host = true
[devices.ssd]
wire = "smbus0"
address = 0x1d
uuid = "7a1c5e10-4c2b-11ee-8d01-001b21000001"
vendor = [{ pci = 0x1ab4, set = 7 }]
behaviours = ${list}
[devices.mcu]
wire = "serial0"
uuid = "7a1c5e10-4c2b-11ee-8d07-001b21000007"
vendor = [{ iana = 412, set = 7 }]
behaviours = ${list}
`,
  });
}

const SSD = { eid: 0, link: 'bench:smbus0', physicalAddress: '1d' } as const;
const MCU = { eid: 0, link: 'bench:serial0', physicalAddress: '' } as const;
const PLACES = [
  ['ssd', SSD],
  ['mcu', MCU],
] as const;

const echo = (bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, (_, i) => (i < 3 ? [0xcc, 0xde, 0xf0][i]! : i & 0xff));

describe('behaviours on an I2C bus, below the bytes', () => {
  const alone = (behaviour: string, wire = 'kind = "smbus"\nhost = 0x10', place = 'address = 0x1d'): Promise<World> =>
    world({
      description: `
[wires.wire0]
${wire}
[devices.ssd]
wire = "wire0"
${place}
uuid = "7a1c5e10-4c2b-11ee-8d01-001b21000001"
behaviours = ["${behaviour}"]
`,
    });
  const TO = { eid: 0, link: 'bench:wire0', physicalAddress: '1d' } as const;
  const exchange = async (behaviour: string) => {
    const { clock, client, host } = await alone(behaviour);
    const began = clock.now();
    await settle(clock, client.request(TO, GetEndpointID, {}, ONCE));
    const ms = clock.now() - began;
    return { ms, counters: host.links()[0]!.linkCounters };
  };

  it('nackByte breaks writes off, and the host tries again', async () => {
    expect((await exchange('nackByte(5, 2)')).counters).toMatchObject({ txRetries: 2, txPackets: 1, rxPackets: 1 });
  });

  it('stretch makes a write longer', async () => {
    const { ms, counters } = await exchange('stretch(30)');
    expect(ms).toBeGreaterThan(30);
    expect(counters).toMatchObject({ txRetries: 0, rxPackets: 1 });
  });

  it('holdData keeps the bus from everybody for a time', async () => {
    const { ms, counters } = await exchange('holdData(12)');
    expect(ms).toBeGreaterThan(12);
    expect(counters).toMatchObject({ rxPackets: 1 });
  });

  it('loseArbitration lets the device write again', async () => {
    const { clock, client, bench } = await alone('loseArbitration(2)');
    await settle(clock, client.request(TO, GetEndpointID, {}, ONCE));
    const { linkCounters } = bench.device('ssd').mctp!.links()[0]!;
    expect(linkCounters).toMatchObject({ txRetries: 2, txPackets: 1 });
  });

  it('is refused where there is no such bus', async () => {
    await expect(alone('stretch', 'kind = "serial"\nhost = true', '')).rejects.toMatchObject({
      code: 'ENOTSUP',
      message: expect.stringContaining('stretch is a fault of an I2C bus: wire0 is not on an I2C bus'),
    });
  });
});

describe.each(PLACES)('behaviours of the %s', (name, to) => {
  it('silent acknowledges and says nothing', async () => {
    const { clock, client, bench } = await behaving('silent');
    expect(await settleError(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ code: 'ETIMEDOUT' });
    expect(bench.device(name).counters).toMatchObject({ packetsLost: 3, packetsOut: 0 });
  });

  it('nackFirst refuses the first writes', async () => {
    const { clock, client, host } = await behaving('nackFirst(2)');
    expect(await settle(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ eid: 0 });
    const { linkCounters } = host.links().find((link) => link.name === to.link)!;
    // A serial line has no acknowledge: there the request itself is tried again.
    if (name === 'ssd') expect(linkCounters).toMatchObject({ txRetries: 2, txPackets: 1 });
    else expect(linkCounters).toMatchObject({ txPackets: 3 });
  });

  it('lateReply comes after the requester has given up, once or always', async () => {
    const { clock, client, host } = await behaving('lateReply(400, 1)');
    expect(await settleError(clock, client.request(to, GetEndpointID, {}, ONCE))).toMatchObject({ code: 'ETIMEDOUT' });
    expect(await settle(clock, client.request(to, GetEndpointID, {}, ONCE))).toMatchObject({ eid: 0 });
    await pass(clock, 500);
    const { drops } = host.links().find((link) => link.name === to.link)!.counters;
    expect(drops.lateReply).toBe(1);
  });

  it('slow does one thing after the other', async () => {
    const { clock, host } = await behaving('slow(50)');
    const socket = host.socket();
    const start = clock.now();
    const times: number[] = [];
    const ask = async (): Promise<void> => {
      await socket.request(to, echo(10), { type: 0x7e });
      times.push(clock.now() - start);
    };
    await settle(clock, Promise.all([ask(), ask(), ask()]));
    for (const [index, time] of times.entries()) expect(time).toBeGreaterThan(50 * (index + 1));
    expect(times[2]).toBeLessThan(170);
  });

  it('minGap loses what comes too soon', async () => {
    const { clock, client } = await behaving('minGap(20)');
    await settle(clock, client.request(to, GetEndpointID, {}, ONCE));
    expect(await settleError(clock, client.request(to, GetEndpointID, {}, ONCE))).toMatchObject({ code: 'ETIMEDOUT' });
    await pass(clock, 20);
    await settle(clock, client.request(to, GetEndpointID, {}, ONCE));
  });

  it('answerTwice gives an answer more than was asked for', async () => {
    const { clock, client, host } = await behaving('answerTwice');
    await settle(clock, client.request(to, GetEndpointID, {}, ONCE));
    await pass(clock, 50);
    const { counters } = host.links().find((link) => link.name === to.link)!;
    expect(counters.rxPackets).toBe(2);
    expect(counters.drops.unknownTag + counters.drops.lateReply).toBe(1);
  });

  it('dropPacket loses one packet of a message', async () => {
    const { clock, host } = await behaving('dropPacket(3)');
    const socket = host.socket();
    const ask = (retries: number) =>
      settle(clock, socket.request(to, echo(300), { type: 0x7e, timeoutMs: 300, retries }));
    expect((await ask(1)).payload).toEqual(echo(300));
    const { drops } = host.links().find((link) => link.name === to.link)!.counters;
    expect(drops.wrongSequence).toBe(1);
  });

  it('dropPacket can go on forever', async () => {
    const { clock, client, bench } = await behaving('dropPacket(2, true)');
    for (let i = 0; i < 4; i++) await settle(clock, client.request(to, GetEndpointID, {}));
    expect(bench.device(name).counters.packetsLost).toBe(3);
  });

  it('resetAfter restarts in the middle of things', async () => {
    const { clock, client, bench } = await behaving('resetAfter(2)');
    const set = { operation: SET_EID_OPERATION.set, eid: 20 };
    await settle(clock, client.request(to, SetEndpointID, set, ONCE));
    expect(await settle(clock, client.request(to, GetEndpointID, {}, ONCE))).toMatchObject({ eid: 20 });
    expect(await settle(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ eid: 0 });
    expect(bench.device(name).counters).toMatchObject({ resets: 1, boots: 2 });
  });

  it('resetMidMessage leaves half a message behind', async () => {
    const { clock, client, host, bench } = await behaving('resetMidMessage');
    const socket = host.socket();
    const request = socket.request(to, echo(300), { type: 0x7e, timeoutMs: 200, retries: 0 });
    expect(await settleError(clock, request)).toMatchObject({ code: 'ETIMEDOUT' });
    expect(bench.device(name).counters.resets).toBe(1);
    expect(await settle(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ eid: 0 });
    expect((await settle(clock, socket.request(to, echo(300), { type: 0x7e }))).payload).toEqual(echo(300));
  });

  it('lyingLength frames are refused by the link', async () => {
    const { clock, client, host } = await behaving('lyingLength');
    expect(await settleError(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ code: 'ETIMEDOUT' });
    const status = host.links().find((link) => link.name === to.link)!;
    expect(status.counters.rxPackets).toBe(0);
    expect(status.counters.drops.linkFault).toBeGreaterThan(0);
    if (name === 'ssd') expect(status.linkCounters).toMatchObject({ rxBadByteCount: 3, rxPecErrors: 0 });
  });

  it('wrongEid takes another EID and says so', async () => {
    const { clock, client, bench } = await behaving('wrongEid');
    const set = { operation: SET_EID_OPERATION.set, eid: 254 };
    expect(await settle(clock, client.request(to, SetEndpointID, set))).toMatchObject({ assignment: 0, eid: 8 });
    expect(bench.device(name).eid).toBe(8);
  });

  it('ignoreSetEid says yes and does nothing', async () => {
    const { clock, client } = await behaving('ignoreSetEid');
    const set = { operation: SET_EID_OPERATION.set, eid: 20 };
    expect(await settle(clock, client.request(to, SetEndpointID, set))).toMatchObject({ assignment: 0, eid: 20 });
    expect(await settle(clock, client.request(to, GetEndpointID, {}))).toMatchObject({ eid: 0 });
  });

  it('nilUuid', async () => {
    const { clock, client } = await behaving('nilUuid');
    expect(await settle(clock, client.request(to, GetEndpointUUID, {}))).toMatchObject({
      uuid: '00000000-0000-0000-0000-000000000000',
    });
  });

  it('noOptionalCommands', async () => {
    const { clock, client } = await behaving('noOptionalCommands');
    expect(await settleError(clock, client.request(to, GetEndpointUUID, {}))).toMatchObject({ completionCode: 5 });
    const vendor = client.request(to, GetVendorDefinedMessageSupport, { selector: 0 });
    expect(await settleError(clock, vendor)).toMatchObject({ completionCode: 5 });
    expect(await settle(clock, client.request(to, GetMessageTypeSupport, {}))).toMatchObject({ completionCode: 0 });
  });

  it('truncatedTypeList', async () => {
    const { clock, client } = await behaving('truncatedTypeList');
    expect(await settleError(clock, client.request(to, GetMessageTypeSupport, {}))).toMatchObject({ code: 'EBADMSG' });
  });

  it('add up', async () => {
    const { clock, client } = await behaving('nackFirst', 'answerTwice', 'slow(30)', 'nilUuid', 'minGap(5)');
    const start = clock.now();
    expect(await settle(clock, client.request(to, GetEndpointUUID, {}))).toMatchObject({
      uuid: '00000000-0000-0000-0000-000000000000',
    });
    expect(clock.now() - start).toBeGreaterThan(30);
  });
});

describe('behaviours by name', () => {
  it('all can be made with their defaults', () => {
    for (const name of behaviourKinds().keys()) expect(parseBehaviour(name).name).toBe(name);
  });

  it.each([
    ['slient', 'unknown behaviour "slient": did you mean "silent"?'],
    ['lateReply(x)', 'lateReply: ms is a number from 0 to 3600000, not x'],
    ['lateReply(1, 2, 3)', 'lateReply(1, 2, 3): too many values: lateReply takes ms, count'],
    ['silent(1)', 'silent(1): too many values: silent takes no values'],
    ['dropPacket(1, 2)', 'dropPacket: every is true or false, not 2'],
    ['nackFirst(0)', 'nackFirst: count is a number from 1 to 1000000, not 0'],
    ['a b', '"a b" is not a behaviour: write silent, or lateReply(400)'],
  ])('%s is refused', (text, message) => {
    expect(() => parseBehaviour(text)).toThrow(message);
  });
});
