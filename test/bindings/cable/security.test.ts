/** Who does not have the key of a cable is not let in, is told in one line, and costs no more than a bound. */

import { describe, expect, it } from 'vitest';
import { MOST_ADDRESSES, MOST_PATHS } from '../../../bindings/cable/cable-end.js';
import { CABLE_FRAME, cableFrame } from '../../../bindings/cable/cable-frame.js';
import type { CableLinkOptions } from '../../../bindings/cable/cable-link.js';
import type { Carrier } from '../../../bindings/cable/carrier.js';
import { OpenerHandshake } from '../../../bindings/cable/handshake.js';
import { TRANSMIT } from '../../../stack/link.js';
import { JoinedCable } from '../../support/joined-cable.js';

const OTHER_KEY = new Uint8Array(32).fill(8);
const random = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(0x5a);

/** What a frame of a handshake is, by the byte which says its kind. */
const kindOf = (chunk: Uint8Array): number => chunk[2]!;

/** The first frame of this kind passes changed. */
function changing(kind: number, at: number, bits: number) {
  return (chunk: Uint8Array): readonly Uint8Array[] => {
    if (kindOf(chunk) !== kind) return [chunk];
    const changed = new Uint8Array(chunk);
    changed[at]! ^= bits;
    return [changed];
  };
}

/** A stranger who connects to the listening end and sends what it likes. */
async function stranger(joined: JoinedCable, key = OTHER_KEY) {
  const carrier: Carrier = await joined.wires.dial('a');
  const heard: number[] = [];
  let isClosed = false;
  carrier.listen({
    data: (chunk) => {
      heard.push(kindOf(chunk));
    },
    closed: () => {
      isClosed = true;
    },
  });
  const send = (kind: number, extra: number, body: Uint8Array): void => carrier.write(cableFrame(kind, extra, body));
  return { carrier, heard, key, send, isClosed: () => isClosed };
}

async function opened(options: Partial<CableLinkOptions> = {}): Promise<JoinedCable> {
  const joined = new JoinedCable(options, [], ['a']);
  await joined.open();
  return joined;
}

/** It works still, and everything that was refused was told in one line each. */
async function worksStill(joined: JoinedCable, refused: readonly string[]): Promise<void> {
  joined.send(joined.connecting, 10);
  await joined.run(50);
  expect(joined.arrivedAt(joined.listening)).toHaveLength(10);
  expect(joined.refusedBy(joined.listening)).toEqual(refused);
  await joined.close();
}

describe('nobody gets into a cable', () => {
  it('with another key: the one who connects sees that the other end is a stranger', async () => {
    const joined = new JoinedCable({}, [], ['a'], OTHER_KEY);
    await joined.open();
    await joined.run(200);
    expect(joined.refusedBy(joined.connecting)[0]).toContain('it does not have the key of this cable');
    expect(joined.connecting.link.counters.sessions).toBe(0);
    expect(joined.listening.link.counters.sessions).toBe(0);
    await joined.close();
  });

  it('with another key: the one who is connected to refuses a proof which is wrong', async () => {
    const joined = await opened();
    const them = await stranger(joined);
    const opener = new OpenerHandshake({
      key: OTHER_KEY,
      channel: them.carrier.channel,
      random,
      join: undefined,
      backup: false,
      send: them.send,
    });
    opener.start();
    await joined.run(5);
    them.send(CABLE_FRAME.proof, 0, new Uint8Array(32));
    await joined.run(5);
    expect(them.heard).toEqual([CABLE_FRAME.challenge, CABLE_FRAME.refused]);
    expect(them.isClosed()).toBe(true);
    await worksStill(joined, ['it does not have the key of this cable']);
  });

  it('without the protocol, or with a frame which is too long', async () => {
    const joined = await opened();
    const first = await stranger(joined);
    first.carrier.write(new TextEncoder().encode('GET / HTTP/1.1\r\nHost: bench.local\r\n\r\n'.repeat(2_000)));
    const second = await stranger(joined);
    second.send(CABLE_FRAME.hello, 0, new Uint8Array(60));
    const third = await stranger(joined);
    third.send(CABLE_FRAME.packet, 1, new Uint8Array(40));
    await joined.run(5);
    expect([first, second, third].map((one) => one.isClosed())).toEqual([true, true, true]);
    await worksStill(joined, [
      'a frame says 17735 bytes: at most 16396',
      'it does not speak the protocol of cables',
      'it sent a frame of kind 16 which has no place there',
    ]);
  });

  it('with a token of no session', async () => {
    const joined = await opened();
    const them = await stranger(joined);
    const join = { token: new Uint8Array(16).fill(1), key: OTHER_KEY };
    const channel = them.carrier.channel;
    new OpenerHandshake({ key: OTHER_KEY, channel, random, join, backup: false, send: them.send }).start();
    await joined.run(5);
    expect(them.heard).toEqual([CABLE_FRAME.refused]);
    await worksStill(joined, ['it wants to join a session which is not there']);
  });

  it('by repeating a join which was recorded', async () => {
    const joined = new JoinedCable({}, [], ['a', 'b']);
    const recorded: Uint8Array[] = [];
    joined.wires.wire('b').tamper = (chunk, up) => {
      if (up && kindOf(chunk) <= CABLE_FRAME.confirm) recorded.push(new Uint8Array(chunk));
      return [chunk];
    };
    await joined.open();
    joined.wires.wire('b').tamper = undefined;
    expect(recorded.map(kindOf)).toContain(CABLE_FRAME.proof);
    const them = await stranger(joined);
    for (const chunk of recorded) {
      them.carrier.write(chunk);
      await joined.run(5);
    }
    expect(them.heard).toEqual([CABLE_FRAME.challenge, CABLE_FRAME.refused]);
    expect(joined.listening.link.paths).toHaveLength(2);
    await worksStill(joined, ['it does not have the key of this cable']);
  });

  // Offsets in the frames: 4 bytes of header, then the body.
  const CHANGES = [
    ['the random numbers of who connects', CABLE_FRAME.hello, 4 + 12, 1],
    ['the random numbers of who is connected to', CABLE_FRAME.challenge, 4 + 4, 1],
    ['the versions which are offered', CABLE_FRAME.hello, 4 + 9, 2],
    ['the version which is chosen', CABLE_FRAME.challenge, 4, 3],
    ['what kind of sub-path it is', CABLE_FRAME.hello, 4 + 11, 1],
    ['the token', CABLE_FRAME.challenge, 4 + 36, 1],
    ['the proof of who is connected to', CABLE_FRAME.challenge, 4 + 52, 1],
    ['the proof of who connects', CABLE_FRAME.proof, 4, 1],
  ] as const;
  for (const [what, kind, at, bits] of CHANGES) {
    it(`by changing ${what} on the way`, async () => {
      const joined = new JoinedCable({}, [], ['a', 'b']);
      joined.wires.wire('b').tamper = changing(kind, at, bits);
      await joined.open();
      await joined.run(100);
      const refused = [...joined.refusedBy(joined.listening), ...joined.refusedBy(joined.connecting)];
      expect(refused.length).toBeGreaterThan(0);
      expect(joined.listening.link.paths.filter(({ state }) => state !== 'joining')).toHaveLength(1);
      joined.send(joined.connecting, 10);
      await joined.run(50);
      expect(joined.arrivedAt(joined.listening)).toHaveLength(10);
      await joined.close();
    });
  }

  it('by a handshake which is cut: it is given up in time', async () => {
    const joined = await opened();
    const them = await stranger(joined);
    const channel = them.carrier.channel;
    new OpenerHandshake({
      key: OTHER_KEY,
      channel,
      random,
      join: undefined,
      backup: false,
      send: them.send,
    }).start();
    await joined.run(4_900, 10);
    expect(them.isClosed()).toBe(false);
    await joined.run(200, 10);
    expect(them.isClosed()).toBe(true);
    await worksStill(joined, ['its handshake took longer than 5000 ms']);
  });

  it('by a flood of handshakes which are never finished', async () => {
    const joined = await opened();
    const them: Awaited<ReturnType<typeof stranger>>[] = [];
    for (let index = 0; index < 1_000; index++) them.push(await stranger(joined));
    await joined.run(10);
    expect(them.filter((one) => !one.isClosed())).toHaveLength(MOST_PATHS);
    expect(joined.listening.link.paths).toHaveLength(1 + MOST_PATHS);
    await joined.run(6_000, 10);
    expect(them.every((one) => one.isClosed())).toBe(true);
    expect(joined.listening.link.paths).toHaveLength(1);
    expect(joined.listening.link.counters.pathsRefused).toBe(1_000);
    // Each in one line, but not more than so many.
    expect(joined.refusedBy(joined.listening)).toHaveLength(10);
    joined.send(joined.connecting, 10);
    await joined.run(50);
    expect(joined.arrivedAt(joined.listening)).toHaveLength(10);
    await joined.close();
  });
});

describe('the other end, which has the key, cannot make this end work without a bound', () => {
  it('by advertising a thousand addresses', async () => {
    const advertise = Array.from({ length: 1_000 }, (_, index) => `192.0.2.${index % 250}:${1_000 + index}`);
    const joined = new JoinedCable({ advertise }, [], ['a']);
    await joined.open();
    const { dials } = joined.wires;
    // Both ends advertise: each tries the first few, and its own place.
    expect(dials).toBeLessThanOrEqual(2 * MOST_ADDRESSES + 1);
    await joined.run(60_000, 50);
    // Pauses double: 250 ms, 500 ms, ... so that few attempts fit.
    expect(joined.wires.dials).toBeLessThanOrEqual(2 * MOST_ADDRESSES * 9 + 1);
    for (const { host, link } of [joined.connecting, joined.listening]) {
      expect(link.counters.addressesIgnored).toBe(1_000 - MOST_ADDRESSES);
      expect(host.faults).toEqual([`more than ${MOST_ADDRESSES} addresses were advertised`]);
    }
    await joined.close();
  });

  it('by acknowledging what was never sent, or by packets far ahead', async () => {
    for (const body of [
      [CABLE_FRAME.ack, Uint8Array.of(9, 0, 0, 0)],
      [CABLE_FRAME.packet, Uint8Array.of(0, 0, 1, 0, 0, 0, 0, 0, 1, 8, 9, 0xc0, 0)],
      [CABLE_FRAME.ack, Uint8Array.of(9)],
      [99, Uint8Array.of()],
    ] as const) {
      const joined = await opened();
      joined.wires.inject('a', cableFrame(body[0], 1, body[1]));
      await joined.run(400);
      expect(joined.listening.host.faults[0]).toContain('a sub-path broke the protocol');
      expect(joined.listening.link.counters.pathsLost).toBe(1);
      await worksStill(joined, []);
    }
  });

  it('and a firewall forgets nothing of a message whose packets had to wait', async () => {
    const joined = await opened({ receive: [1], send: [1] });
    const { listening, connecting } = joined;
    // A message of three packets: only the first shows its type.
    const parts = [0x88, 0x18, 0x68].map((flags, index) => Uint8Array.of(1, 9, 8, flags, index === 0 ? 1 : 99, index));
    let busy = 0;
    for (let sent = 0; sent < 3 * 1_000; ) {
      if (connecting.host.send(parts[sent % 3]!, '').result !== TRANSMIT.busy) sent++;
      else {
        busy++;
        await joined.run(5);
      }
    }
    await joined.run(100);
    expect(busy).toBeGreaterThan(0);
    expect(connecting.link.counters.txFiltered).toBe(0);
    expect(listening.host.packets).toHaveLength(3_000);
    await joined.close();
  });

  it('by a firewall which lets only what is listed through, both ways', async () => {
    const joined = await opened({ receive: [1], send: [1, 5] });
    const { listening, connecting, clock } = joined;
    const packet = (type: number, flags = 0xc8): Uint8Array => Uint8Array.of(1, 9, 8, flags, type, 1, 2, 3);
    connecting.host.send(packet(1), '');
    // Goes out of one end and is not let into the other.
    connecting.host.send(packet(5), '');
    const { slot } = connecting.host.send(packet(7), '');
    // A message in several packets: the first says its type.
    connecting.host.send(packet(1, 0x89), '');
    connecting.host.send(packet(99, 0x59), '');
    const rest = connecting.host.send(packet(1, 0x59), '');
    await joined.run(20);
    expect(connecting.host.done.get(slot)?.code).toBe('EACCES');
    expect(connecting.host.done.get(rest.slot)?.code).toBe('EACCES');
    expect(listening.host.packets.map(({ bytes }) => bytes[4])).toEqual([1, 1, 99]);
    expect(listening.link.counters).toMatchObject({ rxFiltered: 1, rxPackets: 3 });
    expect(connecting.link.counters).toMatchObject({ txFiltered: 2, txPackets: 4 });
    expect(listening.host.faults).toEqual(['SPDM may not come in: it is not in the "receive" list']);
    expect(clock.now()).toBeGreaterThan(0);
    await joined.close();
  });
});
