import { describe, expect, it } from 'vitest';
import { loopbackPair } from '../../bindings/loopback/loopback-link.js';
import { VirtualClock } from '../../stack/clock.js';
import type { TapEvent } from '../../stack/core/tap.js';
import { TRANSMIT } from '../../stack/link.js';
import { Mctp } from '../../stack/mctp.js';
import { counting, hex } from '../support/hex.js';
import { packet, ScriptedLink } from '../support/scripted-link.js';
import { oneStack } from '../support/stacks.js';

/** `rx link bytes fault`, in the order of the tap. */
function tapped(mctp: Mctp): string[] {
  const seen: string[] = [];
  mctp.tap(({ direction, link, buffer, start, end, fault }: TapEvent) =>
    seen.push([direction, link, hex(buffer.subarray(start, end)), fault].filter(Boolean).join(' ')),
  );
  return seen;
}

describe('the order of taps', () => {
  it('a request comes before the answer that is sent while it is received, in all its packets', async () => {
    const { mctp, link } = await oneStack();
    const seen = tapped(mctp);
    const server = mctp.socket();
    server.bind({ type: 1 });
    server.onMessage((message) => void server.reply(message, counting(100)));
    link.inject(packet({}, '01 aa'));
    const [, first, second] = seen;
    expect(seen).toHaveLength(3);
    expect(seen[0]).toBe('rx scripted 010809c801aa');
    // The second packet is made in the buffer of the first: what waited was its own copy.
    expect(first).toBe(`tx scripted 0109088001${hex(counting(100).subarray(0, 63))}`);
    expect(second).toBe(`tx scripted 01090850${hex(counting(100).subarray(63))}`);
  });

  it('a request comes before the answer that arrives while it is transmitted', async () => {
    const clock = new VirtualClock();
    const [left, right] = loopbackPair({ clock, names: ['left', 'right'] });
    const asking = new Mctp({ clock });
    const answering = new Mctp({ clock });
    asking.addLink(left);
    asking.addAddress(8, 'left');
    asking.addRoute({ start: 9, link: 'left' });
    answering.addLink(right);
    answering.addAddress(9, 'right');
    answering.addRoute({ start: 8, link: 'right' });
    await Promise.all([asking.open(), answering.open()]);
    const server = answering.socket();
    server.bind({ type: 1 });
    server.onMessage((message) => void server.reply(message, message.payload));
    const seen = tapped(asking);
    await asking.socket().request({ eid: 9 }, Uint8Array.of(7), { type: 1 });
    expect(seen.map((line) => line.slice(0, 7))).toEqual(['tx left', 'rx left']);
  });

  it('a packet that is forwarded comes in before it goes out; times are those of the beginning', async () => {
    const { mctp, link, clock } = await oneStack();
    mctp.forwarding = true;
    const behind = new ScriptedLink({ name: 'behind' });
    mctp.addLink(behind);
    mctp.addRoute({ start: 30, link: 'behind' });
    await mctp.open();
    const times: number[] = [];
    const seen = tapped(mctp);
    mctp.tap(({ time }) => times.push(time));
    clock.advance(5);
    behind.answer = () => {
      clock.advance(2);
      return TRANSMIT.sent;
    };
    link.inject(packet({ dest: 30 }, '01 aa'));
    link.inject(packet({ dest: 99 }, '01 aa'));
    expect(seen).toEqual([
      'rx scripted 011e09c801aa',
      'tx behind 011e09c801aa',
      'rx scripted 016309c801aa unknownDestination',
    ]);
    expect(times).toEqual([5, 5, 7]);
  });

  it('nothing is said of what a link did not take, and nothing waits for it', async () => {
    const { mctp, link } = await oneStack();
    const seen = tapped(mctp);
    link.answer = TRANSMIT.busy;
    const sending = mctp.socket().send({ eid: 9 }, Uint8Array.of(1), { type: 1 });
    expect(seen).toEqual([]);
    link.inject(packet({ dest: 99 }, '01 aa'));
    link.answer = TRANSMIT.sent;
    link.host.ready();
    await sending;
    expect(seen).toEqual(['rx scripted 016309c801aa unknownDestination', 'tx scripted 010908c80101']);
  });
});
