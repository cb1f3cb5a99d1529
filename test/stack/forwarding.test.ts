import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../stack/clock.js';
import type { DropCounters } from '../../stack/counters.js';
import type { Limits } from '../../stack/limits.js';
import { Mctp } from '../../stack/mctp.js';
import { hex } from '../support/hex.js';
import { packet, ScriptedLink } from '../support/scripted-link.js';
import { dropsOf } from '../support/stacks.js';

interface Bridge {
  readonly mctp: Mctp;
  readonly clock: VirtualClock;
  /** EIDs 9 to 19 on a cable; ours is 8. */
  readonly up: ScriptedLink;
  /** EIDs 20 to 29 on a bus, neighbours for 20 to 22; 23 to 29 behind 20. */
  readonly down: ScriptedLink;
}

async function bridge(
  options: { forwarding?: boolean; limits?: Partial<Limits>; errors?: string[] } = {},
): Promise<Bridge> {
  const clock = new VirtualClock();
  const mctp = new Mctp({
    clock,
    forwarding: options.forwarding ?? true,
    limits: options.limits ?? {},
    logger: { debug() {}, info() {}, warn() {}, error: (text) => options.errors?.push(text) },
  });
  const up = new ScriptedLink({ name: 'up' });
  const down = new ScriptedLink({
    name: 'down',
    addressSize: 1,
    ownAddress: '10',
    transmissionUnit: { default: 64, max: 100 },
  });
  mctp.addLink(up);
  mctp.addLink(down);
  mctp.addAddress(8, 'up');
  mctp.addRoute({ start: 9, end: 19, link: 'up' });
  mctp.addRoute({ start: 20, end: 22, link: 'down' });
  mctp.addRoute({ start: 23, end: 29, link: 'down', gateway: 20 });
  for (const eid of [20, 21]) mctp.addNeighbour(eid, 'down', eid.toString(16));
  await mctp.open();
  return { mctp, clock, up, down };
}

describe('a bridge', () => {
  it('passes packets on untouched, to the neighbour’s address', async () => {
    const { up, down, mctp } = await bridge();
    const packets = [
      packet({ dest: 20, src: 9, eom: false, seq: 3, tag: 5 }, '01 0203'),
      packet({ dest: 21, src: 9, som: false, seq: 1, to: false }, 'ff'),
      packet({ dest: 25, src: 9 }, '00'),
    ];
    for (const one of packets) up.inject(one);
    expect(down.sent.map(({ hex: bytes, to }) => [bytes, to])).toEqual([
      [hex(packets[0]!), '14'],
      [hex(packets[1]!), '15'],
      [hex(packets[2]!), '14'],
    ]);
    expect(mctp.links().map((link) => [link.name, link.counters.forwarded])).toEqual([
      ['up', 0],
      ['down', 3],
    ]);
    expect(dropsOf(mctp, 'up')).toEqual({});
  });

  it('and back', async () => {
    const { up, down } = await bridge();
    const answer = packet({ dest: 9, src: 20, to: false }, '01 02');
    down.inject(answer, '14');
    expect(up.takeSent()).toEqual([hex(answer)]);
  });

  it('applies no assembly and no tag rules to what is not its own', async () => {
    const { mctp, up, down } = await bridge();
    up.inject(packet({ dest: 20, src: 9, som: false, eom: false, seq: 2, to: false }, '00'));
    expect(down.sent).toHaveLength(1);
    expect(dropsOf(mctp, 'up')).toEqual({});
  });

  const rows: [what: string, bytes: Uint8Array, counter: keyof DropCounters][] = [
    ['no route (D5)', packet({ dest: 99, src: 9 }, '00'), 'unknownDestination'],
    ['no neighbour', packet({ dest: 22, src: 9 }, '00'), 'unknownDestination'],
    ['back to where it came from', packet({ dest: 12, src: 9 }, '00'), 'unknownDestination'],
    ['source 0', packet({ dest: 20, src: 0 }, '00'), 'notForwardable'],
    ['larger than the outgoing link takes (D7)', packet({ dest: 20, src: 9 }, new Uint8Array(101)), 'unitTooLarge'],
    ['version (D6)', packet({ dest: 20, src: 9 }, '00').fill(2, 0, 1), 'badVersion'],
    ['too short (D8)', packet({ dest: 20, src: 9 }, ''), 'tooShort'],
    ['source reserved (D9)', packet({ dest: 20, src: 5 }, '00'), 'reservedEid'],
    ['source broadcast (D9)', packet({ dest: 20, src: 255 }, '00'), 'reservedEid'],
  ];

  it.each(rows)('drops: %s', async (_, bytes, counter) => {
    const { mctp, up, down } = await bridge();
    up.inject(bytes);
    expect([up.sent, down.sent]).toEqual([[], []]);
    expect(dropsOf(mctp, 'up')).toEqual({ [counter]: 1 });
  });

  it.each([0, 255])('never passes on what is sent to EID %i', async (dest) => {
    const { mctp, up, down } = await bridge();
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    up.inject(packet({ dest, src: 9 }, '01'));
    expect([up.sent, down.sent]).toEqual([[], []]);
    expect(socket.counters.rxMessages).toBe(1);
  });

  it('takes exactly what the outgoing link takes', async () => {
    const { up, down } = await bridge();
    up.inject(packet({ dest: 20, src: 9 }, new Uint8Array(100)));
    expect(down.sent).toHaveLength(1);
  });

  it('does nothing unless told to be one', async () => {
    const { mctp, up, down } = await bridge({ forwarding: false });
    up.inject(packet({ dest: 20, src: 9 }, '00'));
    expect(down.sent).toEqual([]);
    expect(dropsOf(mctp, 'up')).toEqual({ unknownDestination: 1 });
    mctp.forwarding = true;
    up.inject(packet({ dest: 20, src: 9 }, '00'));
    expect(down.sent).toHaveLength(1);
  });

  it('asks its filter, and takes one that throws for a no', async () => {
    const errors: string[] = [];
    const { mctp, up, down } = await bridge({ errors });
    const asked: string[] = [];
    mctp.forwardFilter = ({ from, to, buffer, start, end }) => {
      asked.push(`${from} ${to} ${end - start}`);
      if (buffer[start + 1] === 21) throw new Error('a bug in the filter');
      return buffer[start + 4] === 1;
    };
    up.inject(packet({ dest: 20, src: 9 }, '01'));
    up.inject(packet({ dest: 20, src: 9 }, '02'));
    up.inject(packet({ dest: 21, src: 9 }, '01'));
    expect(asked).toEqual(['up down 5', 'up down 5', 'up down 5']);
    expect(down.sent).toHaveLength(1);
    expect(dropsOf(mctp, 'up')).toEqual({ filtered: 2 });
    expect(errors).toHaveLength(1);
  });

  it('keeps the order per sender and receiver, and lets others pass', async () => {
    const { up, down } = await bridge();
    down.answer = 1;
    const body = (n: number): string => n.toString(16).padStart(2, '0');
    for (const [src, n] of [
      [9, 1],
      [9, 2],
      [9, 3],
      [10, 4],
    ] as const)
      up.inject(packet({ dest: 20, src }, body(n)));
    while (down.pending.length > 0) down.finish();
    expect(down.sent.map(({ hex: bytes }) => bytes.slice(-2))).toEqual(['01', '04', '02', '03']);
  });

  it('our own messages and forwarded ones share the link fairly', async () => {
    const { mctp, up, down } = await bridge();
    mctp.addAddress(30, 'down');
    down.answer = 1;
    const socket = mctp.socket();
    for (let i = 0; i < 3; i++) up.inject(packet({ dest: 20, src: 9 }, '01'));
    const sent = socket.send({ eid: 20 }, new Uint8Array(100), { type: 1, reply: false });
    while (down.pending.length > 0) down.finish();
    await sent;
    expect(down.sent.map(({ hex: bytes }) => bytes.slice(4, 6))).toEqual(['09', '1e', '09', '1e', '09']);
  });

  it('drops when the outgoing queue is full, counted at the outgoing link', async () => {
    const { mctp, up, down } = await bridge({ limits: { queueMessages: 2 } });
    down.answer = 2;
    for (let i = 0; i < 5; i++) up.inject(packet({ dest: 20, src: 9 }, '01'));
    down.answer = 0;
    down.host.ready();
    expect(down.sent).toHaveLength(2);
    expect(mctp.links()[1]!.counters).toMatchObject({ forwarded: 2, forwardDropped: 3 });
  });

  it('drops when the outgoing link is down', async () => {
    const { mctp, up, down } = await bridge();
    down.host.state(false);
    up.inject(packet({ dest: 20, src: 9 }, '01'));
    down.host.state(true);
    expect(down.sent).toEqual([]);
    expect(mctp.links()[1]!.counters.forwardDropped).toBe(1);
  });

  it('does not join networks', async () => {
    const { mctp, up, down } = await bridge();
    const other = new ScriptedLink({ name: 'other' });
    mctp.addLink(other, { network: 2 });
    await mctp.open();
    other.inject(packet({ dest: 20, src: 9 }, '01'));
    expect([up.sent, down.sent]).toEqual([[], []]);
    expect(dropsOf(mctp, 'other')).toEqual({ unknownDestination: 1 });
  });

  it('our EID on one link is ours on the other', async () => {
    const { mctp, down, up } = await bridge();
    const socket = mctp.socket();
    socket.bind({ type: 1 });
    down.inject(packet({ dest: 8, src: 20 }, '01'), '14');
    expect(socket.counters.rxMessages).toBe(1);
    expect(up.sent).toEqual([]);
  });
});
