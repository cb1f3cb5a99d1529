import { beforeEach, describe, expect, it } from 'vitest';
import { pass, settle } from '../../../hw-fixtures/testing/virtual-time.js';
import { VirtualClock } from '../../../stack/clock.js';
import { MultipathTransport, type WayEvent, type WayPolicy } from '../../../stack/multipath/index.js';
import type { RequestOptions } from '../../../stack/transport.js';
import { TwoWays } from '../../support/two-ways.js';

const UUID = '7a1c5e10-4c2b-11ee-8d01-001b21000001';
const TYPE = 0x7e;

describe('a device with two ways', () => {
  let clock: VirtualClock;
  let device: TwoWays;
  let transport: MultipathTransport;
  let events: WayEvent[];

  const open = (policy?: WayPolicy, backup = false): void => {
    clock = new VirtualClock();
    device = new TwoWays(clock);
    transport = new MultipathTransport({ transport: device, clock, ...(policy !== undefined && { policy }) });
    transport.setPeers([
      {
        uuid: UUID,
        ways: [
          { to: { eid: 9 }, name: 'one' },
          { to: { eid: 20 }, name: 'two', backup },
        ],
      },
    ]);
    events = [];
    transport.onWay((event) => events.push(event));
  };
  beforeEach(() => open());

  const ask = async (name: number, options: RequestOptions = {}, eid = 9): Promise<number> => {
    const socket = transport.socket();
    const asked = socket.request({ eid }, Uint8Array.of(name), { type: TYPE, timeoutMs: 500, ...options });
    try {
      return (await settle(clock, asked)).source;
    } finally {
      socket.close();
    }
  };
  const told = (): string[] => events.map((event) => ('way' in event ? `${event.type} ${event.way.name}` : event.type));

  it('its addresses are one peer, and another address is not', () => {
    expect(transport.peerKey({ eid: 9 })).toBe(UUID);
    expect(transport.peerKey({ eid: 20 })).toBe(UUID);
    expect(transport.peerKey({ eid: 30 })).toBe('1:30');
    expect(transport.peerOf({ eid: 30 })).toBeUndefined();
  });

  it('the way that was asked for is taken while it is up', async () => {
    expect(await ask(1)).toBe(9);
    expect(await ask(2, {}, 20)).toBe(20);
  });

  it('what did not leave goes by the other way, whatever it is', async () => {
    device.ways[0].fault = 'refuses';
    expect(await ask(1)).toBe(20);
    expect(device.done.get(1)).toBe(1);
    expect(told()).toEqual(['wayDown one', 'moved', 'wayUp two']);
  });

  it('what may have been carried out fails with EWAYLOST, and says so', async () => {
    device.ways[0].fault = 'loses answers';
    await expect(ask(1)).rejects.toMatchObject({
      code: 'EWAYLOST',
      message: expect.stringMatching(
        /the way by one was lost .*: the device may have done what it was asked/,
      ) as string,
    });
    expect(device.done.get(1)).toBe(1);
    expect(device.ways[1].requests).toBe(0);
  });

  it('unless it may be carried out twice', async () => {
    device.ways[0].fault = 'loses answers';
    expect(await ask(1, { idempotent: true })).toBe(20);
    expect(device.done.get(1)).toBe(2);
  });

  it('a device that is slow, and answers probes, keeps its way', async () => {
    device.workMs = 400;
    expect(await ask(1, { timeoutMs: 3000 })).toBe(9);
    device.workMs = 5000;
    await expect(ask(2, { idempotent: true })).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    expect(device.ways[1].requests).toBe(0);
    expect(told()).toEqual(['wayUp one']);
  });

  it('a lost way is left before the retries are over', async () => {
    device.ways[0].fault = 'loses requests';
    const start = clock.now();
    expect(await ask(1, { idempotent: true, timeoutMs: 2000, retries: 3 })).toBe(20);
    // Silence of one second, and two probes of 250 ms.
    expect(clock.now() - start).toBeLessThan(1600);
  });

  it('both ways are lost: the error is that of the last', async () => {
    device.ways[0].fault = 'refuses';
    device.ways[1].fault = 'refuses';
    await expect(ask(1)).rejects.toMatchObject({ code: 'ENETDOWN' });
    expect(told()).toEqual(['wayDown one', 'moved', 'wayDown two']);
  });

  it('a signal, and a wrong request, do not count against the way', async () => {
    const abort = new AbortController();
    const asked = ask(1, { signal: abort.signal, idempotent: true }).catch((error: unknown) => error);
    abort.abort('enough');
    expect(await asked).toMatchObject({ code: 'ECANCELED' });
    expect(device.ways[1].requests).toBe(0);
    expect(transport.peers()[0]!.ways[0]!.state).toBe('unknown');
  });

  it('a way that is up again is taken again: it is probed, and not with what was asked', async () => {
    device.ways[0].fault = 'refuses';
    await ask(1);
    expect(await ask(2)).toBe(20);
    device.ways[0].fault = undefined;
    expect(await ask(3)).toBe(20);
    await pass(clock, 1100);
    // It has rested: this asks it, and goes by the one that is up.
    expect(await ask(4)).toBe(20);
    await pass(clock, 100);
    expect(await ask(5)).toBe(9);
  });

  it('monitor asks each way from time to time', async () => {
    const stop = transport.monitor(5000);
    device.ways[1].fault = 'loses requests';
    await pass(clock, 6000);
    expect(told()).toEqual(['wayUp one', 'wayDown two']);
    device.ways[1].fault = undefined;
    await pass(clock, 6000);
    expect(told().at(-1)).toBe('wayUp two');
    stop();
    await pass(clock, 1000);
    expect(clock.pending).toBe(0);
  });

  it('a backup is for when nothing else is up', async () => {
    open('fixed', true);
    expect(await ask(1, {}, 20)).toBe(9);
    device.ways[0].fault = 'refuses';
    expect(await ask(2)).toBe(20);
  });

  it('fastest: the way with the least round trip, when it is clearly less', async () => {
    open('fastest');
    device.ways[0].delayMs = 20;
    await settle(clock, Promise.all(transport.peers()[0]!.ways.map((way) => transport.peers()[0]!.probe(way))));
    expect(await ask(1)).toBe(20);
    // A little faster is not worth the move.
    device.ways[0].delayMs = 1;
    device.ways[1].delayMs = 1.1;
    expect(await ask(2)).toBe(20);
  });

  it('most reliable: the way that loses least', async () => {
    open('most-reliable');
    expect(await ask(1)).toBe(9);
    device.ways[0].fault = 'loses answers';
    await ask(2, { idempotent: true });
    device.ways[0].fault = undefined;
    await pass(clock, 40_000);
    await settle(clock, transport.peers()[0]!.probe(transport.peers()[0]!.ways[0]!));
    expect(await ask(3)).toBe(20);
  });

  it('ways may come and go; what is known of those that stay is kept', async () => {
    device.ways[0].fault = 'refuses';
    await ask(1);
    const [peer] = transport.peers();
    const [, two] = peer!.ways;
    transport.setPeers([{ uuid: UUID, ways: [{ to: { eid: 20 }, name: 'two', backup: true }] }]);
    expect(transport.peers()[0]!.ways).toEqual([two]);
    expect(two).toMatchObject({ state: 'up', backup: true });
    transport.setPeers([]);
    expect(transport.peerOf({ eid: 20 })).toBeUndefined();
  });

  it('closed, it leaves no timer', async () => {
    const asked = transport.socket().request({ eid: 9 }, Uint8Array.of(1), { type: TYPE });
    const outcome = asked.catch((error: unknown) => error);
    transport.monitor(1000);
    transport.close();
    expect(await outcome).toMatchObject({ code: 'ECANCELED' });
    await pass(clock, 100);
    expect(clock.pending).toBe(0);
  });
});
