/** Pairing two machines by a code. */

import { type AddressInfo, connect, createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CableNetwork } from '../../../bindings/cable/cable-link.js';
import { newPairCode, pairKey, readPairCode } from '../../../bindings/cable/pair-code.js';
import { PAIR_ATTEMPTS, pairWith, waitForPair } from '../../../bindings/cable/pairing.js';
import { splitPlace } from '../../../bindings/cable/place-text.js';
import { SocketNetwork } from '../../../bindings/cable/socket-network.js';
import { systemClock as clock } from '../../../bindings/system-clock.js';
import { TestClock } from '../../../hw-fixtures/testing/test-clock.js';
import { ownPlace } from '../../support/own-place.js';

const signal = new AbortController().signal;

const networkOf = (key: Uint8Array) => new SocketNetwork(clock, { kind: 'key', key });

async function waiting(key: Uint8Array, limitMs = 30_000, given = signal) {
  const place = await ownPlace();
  const wrong: number[] = [];
  let paired!: ReturnType<typeof waitForPair>;
  await new Promise<void>((ready) => {
    const options = { clock, network: networkOf(key), key, signal: given, place, limitMs, ready };
    paired = waitForPair({ ...options, wrong: (_who, left) => wrong.push(left) });
    paired.catch(() => {});
  });
  return { place, wrong, paired };
}

describe('the code of a pairing', () => {
  it('is read in any form, and noticed when one symbol is wrong or two changed places', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 15, maxLength: 15 }), fc.nat(15), (bytes, index) => {
        const code = newPairCode(() => bytes);
        expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
        const meant = readPairCode(code);
        expect(meant).toBe(code.replaceAll('-', ''));
        expect(
          readPairCode(` ${code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')}`),
        ).toBe(meant);
        const symbols = [...meant!];
        const other = symbols[index] === 'A' ? 'B' : 'A';
        expect(readPairCode(symbols.with(index, other).join(''))).toBeUndefined();
        expect(readPairCode(symbols.slice(0, 15).join(''))).toBeUndefined();
      }),
    );
  });
});

describe('pairing', () => {
  const key = pairKey('A code');
  const other = pairKey('Another code');

  it('gives both machines the same key, a new one each time', async () => {
    const keys: string[] = [];
    for (let round = 0; round < 2; round++) {
      const { place, paired, wrong } = await waiting(key);
      const here = await pairWith(place, { clock, network: networkOf(key), key, signal });
      const there = await paired;
      expect(here.key).toEqual(there.key);
      expect(there.who).toMatch(/^127\.0\.0\.1:\d+$/);
      expect(here.who).toBe(place);
      expect(wrong).toEqual([]);
      keys.push(Buffer.from(here.key).toString('hex'));
    }
    expect(new Set([...keys, Buffer.from(key).toString('hex')]).size).toBe(3);
  });

  it('ends after some wrong codes, and what is not a code does not count', async () => {
    const { place, paired, wrong } = await waiting(key);
    const plain = connect(splitPlace(place)!);
    plain.on('error', () => {});
    plain.write('GET / HTTP/1.1\r\n\r\n');
    await new Promise((resolve) => plain.on('close', resolve));
    expect(wrong).toEqual([]);
    for (let attempt = 0; attempt < PAIR_ATTEMPTS; attempt++) {
      const tried = pairWith(place, { clock, network: networkOf(other), key: other, signal });
      await expect(tried).rejects.toMatchObject({ code: 'EACCES' });
    }
    await expect(paired).rejects.toThrow(`${PAIR_ATTEMPTS} wrong codes`);
    expect(wrong).toEqual([4, 3, 2, 1, 0]);
    const late = pairWith(place, { clock, network: networkOf(key), key, signal });
    await expect(late).rejects.toMatchObject({ code: 'ENOTCONN' });
  });

  it('ends when nobody comes, and when it is given up', async () => {
    const late = await waiting(key, 20);
    await expect(late.paired).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    const stop = AbortSignal.abort();
    const options = { clock, network: networkOf(key), key, signal: stop, limitMs: 1_000 };
    const given = waitForPair({ ...options, place: await ownPlace(), ready: () => {}, wrong: () => {} });
    await expect(given).rejects.toMatchObject({ code: 'ECANCELED' });
  });

  it('is given up by the one who connects, also when that was while the connection was being made', async () => {
    const there = new AbortController();
    const here = new AbortController();
    const { place, paired } = await waiting(key, 30_000, there.signal);
    const real = networkOf(key);
    const network: CableNetwork = {
      isDialable: (at) => real.isDialable(at),
      listen: (at, listener) => real.listen(at, listener),
      dial: async (at) => {
        const carrier = await real.dial(at);
        here.abort();
        return carrier;
      },
    };
    await expect(pairWith(place, { clock, network, key, signal: here.signal })).rejects.toMatchObject({
      code: 'ECANCELED',
    });
    there.abort();
    await expect(paired).rejects.toMatchObject({ code: 'ECANCELED' });
  });

  it('is given up at once by the one who connects to a machine which does not answer', async () => {
    const time = new TestClock();
    const silent = createServer();
    const place = await new Promise<string>((resolve) =>
      silent.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(silent.address() as AddressInfo).port}`)),
    );
    const here = new AbortController();
    silent.once('connection', (socket) => {
      socket.on('error', () => {});
      here.abort();
    });
    const network = new SocketNetwork(time, { kind: 'key', key });
    await expect(pairWith(place, { clock: time, network, key, signal: here.signal })).rejects.toMatchObject({
      code: 'ECANCELED',
    });
    expect(time.pending).toBe(0);
    silent.close();
  });
});
