import { beforeEach, describe, expect, it } from 'vitest';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import type { VirtualClock } from '../../../stack/clock.js';
import { type FamilyTrace, FamilyTransport, traceText } from '../../../stack/families/index.js';
import type { Mctp } from '../../../stack/mctp.js';
import type { MctpSocket } from '../../../stack/transport.js';
import { twoStacks } from '../../support/stacks.js';

const TYPE = 0x7e;

/** Two wires, an echo on each: EID 9 twice. */
interface World {
  readonly clock: VirtualClock;
  readonly transport: FamilyTransport;
  readonly far: readonly [Mctp, Mctp];
  readonly traces: FamilyTrace[];
}

async function world(unspecified?: string): Promise<World> {
  const [one, two] = [await twoStacks(), await twoStacks()];
  const traces: FamilyTrace[] = [];
  const find = () => [{ eid: 9, network: 1 }];
  const transport = new FamilyTransport({
    clock: one.clock,
    families: [
      { name: 'own', transport: one.a, find },
      { name: 'shared:lab', transport: two.a, linkPrefix: 'shared:lab/', find },
    ],
    ...(unspecified !== undefined && { unspecified }),
    onTrace: (trace) => traces.push(trace),
  });
  // The clock of the second wire goes with that of the first.
  const { clock } = one;
  return { clock, transport, far: [one.b, two.b], traces };
}

function echo(mctp: Mctp, mark: number): MctpSocket {
  const socket = mctp.socket();
  socket.bind({ type: TYPE });
  socket.onMessage((message) => void socket.reply(message, Uint8Array.of(mark, ...message.payload)));
  return socket;
}

describe('several families behind one socket', () => {
  let w: World;
  beforeEach(async () => {
    w = await world();
    for (const [index, mctp] of w.far.entries()) echo(mctp, 0xa0 + index);
  });

  const ask = async (text: string): Promise<number | undefined> => {
    const socket = w.transport.socket();
    const { to } = await w.transport.resolve(text);
    return (await settle(w.clock, socket.request(to, Uint8Array.of(1), { type: TYPE }))).payload[0];
  };

  it('an address says which of them is meant', async () => {
    expect(await ask('own:9')).toBe(0xa0);
    expect(await ask('shared:lab/9')).toBe(0xa1);
    expect(await ask('shared:lab/1:9')).toBe(0xa1);
  });

  it('a name is translated to an address and a family', async () => {
    w.transport.resolver.add({ name: 'drive0', address: w.transport.resolver.parse('shared:lab/9'), from: 'here' });
    expect(await ask('drive0')).toBe(0xa1);
    expect(w.traces.map(traceText)).toEqual([
      'names: drive0 is shared:lab/9',
      'shared:lab: shared:lab/9 is shared:lab/9',
      'asked 0x7e to EID 16777217:9: shared:lab, EID 9 there'.replace('0x7e', 'vendor (PCI)'),
      'vendor (PCI) answered by EID 16777217:9 (shared:lab)',
    ]);
  });

  it('an EID that several have is refused with the candidates, and so is one without a family', async () => {
    await expect(w.transport.resolve('9')).rejects.toMatchObject({
      code: 'EDESTADDRREQ',
      message: 'EID 9 is not clear: write one of own:9, shared:lab/9',
    });
    const sent = w.transport.socket().send({ eid: 9 }, Uint8Array.of(1), { type: TYPE });
    await expect(sent).rejects.toMatchObject({
      code: 'EDESTADDRREQ',
      message: 'EID 9 does not say in which family: write one of own:9, shared:lab/9',
    });
    expect(w.traces.at(-1)).toMatchObject({ what: 'refused' });
  });

  it('unless a family is chosen for those', async () => {
    w = await world('shared:lab');
    echo(w.far[1], 0xa1);
    const answer = w.transport.socket().request({ eid: 9 }, Uint8Array.of(1), { type: TYPE });
    expect((await settle(w.clock, answer)).payload[0]).toBe(0xa1);
  });

  it('one socket receives from all, answers where it came from, and the network tells the family', async () => {
    const socket = w.transport.socket();
    socket.bind({ type: 0x05 });
    const asked = w.far.map((mctp, index) => mctp.socket().request({ eid: 8 }, Uint8Array.of(index), { type: 0x05 }));
    const networks: number[] = [];
    for (let i = 0; i < 2; i++) {
      const message = await settle(w.clock, socket.receive({ timeoutMs: 100 }));
      networks.push(message.network);
      expect(message.link).toBe(message.network === 1 ? 'a' : 'shared:lab/a');
      await settle(w.clock, socket.reply(message, Uint8Array.of(0xc0 + message.payload[0]!)));
    }
    expect(networks.sort()).toEqual([1, 0x1000001]);
    const answers = await settle(w.clock, Promise.all(asked));
    expect(answers.map(({ payload }) => payload[0])).toEqual([0xc0, 0xc1]);
  });

  it('a socket for one family hears only that, and sends to no other', async () => {
    const socket = w.transport.socket(['shared:lab']);
    socket.bind({ type: 0x05 });
    await settle(w.clock, w.far[0].socket().send({ eid: 8 }, Uint8Array.of(1), { type: 0x05, reply: false }));
    await settle(w.clock, w.far[1].socket().send({ eid: 8 }, Uint8Array.of(2), { type: 0x05, reply: false }));
    expect((await settle(w.clock, socket.receive({ timeoutMs: 100 }))).payload[0]).toBe(2);
    const other = socket.send({ eid: 9, network: 1 }, Uint8Array.of(1));
    await expect(other).rejects.toMatchObject({ code: 'EHOSTUNREACH' });
    await settle(w.clock, socket.send({ eid: 9 }, Uint8Array.of(1), { reply: false }));
  });

  it('what is bound in one family is bound in none when another refuses', async () => {
    w.far[0].socket();
    const [, shared] = w.transport.families;
    shared!.transport.socket().bind({ type: 0x05 });
    const socket = w.transport.socket();
    expect(() => socket.bind({ type: 0x05 })).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }));
    w.transport.socket(['own']).bind({ type: 0x05 });
  });

  it('a request under way survives a bind that fails', async () => {
    const socket = w.transport.socket();
    w.transport.families[1]!.transport.socket().bind({ type: 0x05 });
    const asked = socket.request({ eid: 9, network: 1 }, Uint8Array.of(1), { type: TYPE });
    expect(() => socket.bind({ type: 0x05 })).toThrow();
    expect((await settle(w.clock, asked)).payload[0]).toBe(0xa0);
  });

  it('a tag held before the socket is bound is good afterwards', async () => {
    const socket = w.transport.socket();
    const to = { eid: 9, network: 1 };
    const tag = socket.allocateTag(to);
    socket.bind({ type: 0x05 });
    const answer = await settle(w.clock, socket.request(to, Uint8Array.of(1), { type: TYPE, tag }));
    expect([answer.tag, answer.payload[0]]).toEqual([tag.value, 0xa0]);
    await settle(w.clock, socket.send(to, Uint8Array.of(2), { type: TYPE, tag }));
    expect((await settle(w.clock, socket.receive({ timeoutMs: 100 }))).tag).toBe(tag.value);
    socket.releaseTag(tag);
  });

  it('a link names its family, and a network of another one is refused', async () => {
    const { to } = { to: { eid: 0, link: 'shared:lab/a' } };
    const answer = w.transport.socket().request(to, Uint8Array.of(1), { type: TYPE });
    expect((await settle(w.clock, answer)).payload[0]).toBe(0xa1);
    const twisted = w.transport.socket().send({ ...to, network: 1 }, Uint8Array.of(1), { type: TYPE });
    await expect(twisted).rejects.toMatchObject({ code: 'EINVAL' });
  });

  it('devices have different keys in different families', () => {
    const keys = [1, 0x1000001].map((network) => w.transport.peerKey({ eid: 9, network }));
    expect(new Set(keys).size).toBe(2);
    expect(w.transport.peerKey({ eid: 0, link: 'shared:lab/a' })).toContain('shared:lab');
  });

  it('closed, it gives no sockets, and its families end', async () => {
    const ended: string[] = [];
    const [a] = w.far;
    const transport = new FamilyTransport({
      clock: w.clock,
      families: [{ name: 'x', transport: a, end: () => ended.push('x') }],
    });
    const receiving = transport.socket().receive();
    const outcome = receiving.catch((error: unknown) => error);
    await transport.close();
    await transport.close();
    expect(await outcome).toMatchObject({ code: 'ECANCELED' });
    expect(ended).toEqual(['x']);
    expect(() => transport.socket()).toThrow(expect.objectContaining({ code: 'ENOTCONN' }));
  });

  it.each([
    [[], /0 families/],
    [['x', 'x'], /two families x/],
  ])('families %j are refused', (names, message) => {
    const families = names.map((name) => ({ name, transport: w.far[0] }));
    expect(() => new FamilyTransport({ clock: w.clock, families })).toThrow(message);
  });

  it('nothing is left when a request fails', async () => {
    await w.far[0].close();
    const asked = w.transport.socket().request({ eid: 9, network: 1 }, Uint8Array.of(1), { type: TYPE, timeoutMs: 10 });
    const outcome = asked.catch((error: unknown) => error);
    await pass(w.clock, 20);
    expect(await outcome).toMatchObject({ code: expect.stringMatching(/ETIMEDOUT|ENETDOWN/) as string });
    expect(w.traces.at(-1)).toMatchObject({ what: 'failed', family: 'own' });
  });
});
