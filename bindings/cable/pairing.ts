/**
 * Two machines agree on the key of a cable: one waits and shows a code, the other connects with the code. The handshake is
 * that of a cable with the code's key; the long key comes from the session which it makes, so that it depends on random
 * numbers of both sides and on the TLS channel, whose secrets are gone afterwards.
 */

import { randomBytes } from 'node:crypto';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { onAbort, throwIfAborted } from '../../stack/util/abort.js';
import { CABLE_FRAME, CableFrameReader, cableFrame } from './cable-frame.js';
import type { CableNetwork } from './cable-link.js';
import type { Carrier } from './carrier.js';
import { AcceptorHandshake, derivedKey, OpenerHandshake } from './handshake.js';

/** Wrong codes after which pairing ends. */
export const PAIR_ATTEMPTS = 5;
const EXCHANGE_MS = 5_000;
/** Others in the exchange at a time. */
const MOST_AT_ONCE = 4;

interface PairOptions {
  readonly clock: Clock;
  /** Whose TLS has the key of the code. */
  readonly network: CableNetwork;
  /** That of the code: `pairKey`. */
  readonly key: Uint8Array;
  readonly signal: AbortSignal;
  readonly random?: (bytes: number) => Uint8Array;
}

export interface WaitOptions extends PairOptions {
  /** Where the other machine connects. */
  readonly place: string;
  readonly limitMs: number;
  /** Called once somebody may connect. */
  ready(): void;
  /** Somebody had a wrong code; so many attempts are left. */
  wrong(who: string, left: number): void;
}

/** What both sides have then. */
export interface Paired {
  readonly key: Uint8Array;
  /** The other end: an address. */
  readonly who: string;
}

const LONG_KEY = 'cable';

/** Wait for the other machine. @throws MctpError ETIMEDOUT, EACCES after too many wrong codes, ECANCELED, EADDRINUSE */
export async function waitForPair(options: WaitOptions): Promise<Paired> {
  const { clock, network, key, place, limitMs, signal, random = randomOf, ready, wrong } = options;
  let left = PAIR_ATTEMPTS;
  let atOnce = 0;
  let settle: { resolve(paired: Paired): void; reject(error: MctpError): void };
  const result = new Promise<Paired>((resolve, reject) => {
    settle = { resolve, reject };
  });
  result.catch(() => {});
  const guessed = (who: string): void => {
    left--;
    wrong(who, left);
    if (left > 0) return;
    settle.reject(
      new MctpError('EACCES', `${PAIR_ATTEMPTS} wrong codes: the cable is not paired; start again with a new code`),
    );
  };
  const stop = await network.listen(place, {
    refused: (who, _reason, isGuess) => {
      if (isGuess === true) guessed(who);
    },
    accepted: (carrier) => {
      if (left <= 0 || atOnce >= MOST_AT_ONCE) {
        carrier.destroy();
        return;
      }
      atOnce++;
      const handshake = (send: Send) =>
        new AcceptorHandshake({
          key,
          channel: carrier.channel,
          random,
          send,
          session: () => undefined,
          isTaken: () => false,
          takesFirst: true,
        });
      exchange(carrier, clock, handshake, CABLE_FRAME.confirm).then(
        (sessionKey) => {
          atOnce--;
          settle.resolve({ key: derivedKey(sessionKey, LONG_KEY), who: carrier.name });
        },
        (error: unknown) => {
          atOnce--;
          if (MctpError.is(error, 'EACCES')) guessed(carrier.name);
        },
      );
    },
  });
  const timer = clock.schedule(limitMs, () =>
    settle.reject(
      new MctpError('ETIMEDOUT', `no machine connected with the code within ${Math.round(limitMs / 1000)} s`),
    ),
  );
  const stopListening = onAbort(signal, () => settle.reject(new MctpError('ECANCELED', 'pairing was given up')));
  try {
    if (!signal.aborted) ready();
    return await result;
  } finally {
    stopListening?.();
    timer.cancel();
    await stop();
  }
}

/** Connect to the machine which shows the code. @throws MctpError EACCES for a wrong code, ENOTCONN, ETIMEDOUT, ECANCELED */
export async function pairWith(place: string, options: PairOptions): Promise<Paired> {
  const { clock, network, key, random = randomOf, signal } = options;
  const carrier = await network.dial(place, signal);
  const stopListening = onAbort(signal, () => carrier.destroy());
  try {
    throwIfAborted(signal);
    const handshake = (send: Send) =>
      new OpenerHandshake({ key, channel: carrier.channel, random, send, join: undefined, backup: false });
    const sessionKey = await exchange(carrier, clock, handshake, undefined);
    return { key: derivedKey(sessionKey, LONG_KEY), who: place };
  } finally {
    stopListening?.();
  }
}

type Send = (kind: number, extra: number, body: Uint8Array) => void;

/** One handshake on one connection, which is closed then; the key of its session. `last`: the frame which must follow. */
function exchange(
  carrier: Carrier,
  clock: Clock,
  make: (send: Send) => AcceptorHandshake | OpenerHandshake,
  last: number | undefined,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let sessionKey: Uint8Array | undefined;
    const finish = (error: MctpError | undefined): void => {
      timer.cancel();
      reader.stop();
      carrier.end();
      if (error !== undefined) reject(error);
      else resolve(sessionKey!);
    };
    const timer = clock.schedule(EXCHANGE_MS, () =>
      finish(new MctpError('ETIMEDOUT', `${carrier.name} does not go on`)),
    );
    const handshake = make((kind, extra, body) => carrier.write(cableFrame(kind, extra, body)));
    const reader = new CableFrameReader((kind, extra, buffer, start, end) => {
      if (sessionKey === undefined) sessionKey = handshake.hear(kind, extra, buffer, start, end)?.secrets.key;
      else if (kind !== last) throw new MctpError('EPROTO', 'it sent a frame which has no place there');
      else return finish(undefined);
      if (sessionKey !== undefined && last === undefined) finish(undefined);
    });
    carrier.listen({
      data: (chunk) => {
        try {
          reader.push(chunk);
        } catch (error) {
          finish(MctpError.is(error) ? error : new MctpError('EIO', String(error)));
        }
      },
      closed: () => finish(new MctpError('ENOTCONN', `${carrier.name} closed the connection`)),
    });
    handshake.start();
  });
}

function randomOf(bytes: number): Uint8Array {
  return new Uint8Array(randomBytes(bytes));
}
