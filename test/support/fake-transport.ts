/** A transport of scripted peers on a virtual clock: what a socket promises, without packets. */

import type { VirtualClock } from '../../stack/clock.js';
import { fromHex, toHex } from '../../stack/codec/index.js';
import { peerKey } from '../../stack/core/peer-key.js';
import { MctpError } from '../../stack/errors.js';
import { DEFAULT_NETWORK } from '../../stack/ids.js';
import type {
  AllocatedTag,
  BindAddress,
  MctpAddress,
  MctpMessage,
  MctpSocket,
  RequestOptions,
  SendOptions,
  Transport,
} from '../../stack/transport.js';

/** What a peer sends back for one try: payloads in hex, each after a delay. */
type Answers = readonly { readonly afterMs: number; readonly hex: string }[];
export type Script = (request: { readonly hex: string; readonly to: MctpAddress; readonly tries: number }) => Answers;

export interface SentTry {
  readonly at: number;
  readonly hex: string;
  readonly to: MctpAddress;
}

function fakeMessage(payload: Uint8Array, fields: Partial<MctpMessage> = {}): MctpMessage {
  return {
    network: DEFAULT_NETWORK,
    source: 9,
    destination: 8,
    type: 0,
    integrityCheck: false,
    tag: 0,
    tagOwner: false,
    link: 'fake',
    physicalAddress: '1d',
    payload,
    ...fields,
  };
}

export class FakeTransport implements Transport {
  /** Every try of every request, in order. */
  readonly sent: SentTry[] = [];
  readonly datagrams: SentTry[] = [];
  /** Answers that `accept` did not want. */
  readonly refused: string[] = [];
  readonly replies: { readonly to: MctpMessage; readonly hex: string }[] = [];
  readonly bound: BindAddress[] = [];
  #listener: ((message: MctpMessage) => void) | undefined;

  constructor(
    readonly clock: VirtualClock,
    readonly script: Script = () => [],
  ) {}

  peerKey(to: MctpAddress): string {
    return peerKey({ networkOf: () => 1, neighbours: () => [], routes: () => [] }, to);
  }

  /** A message for whoever is bound. */
  deliver(hex: string, fields: Partial<MctpMessage> = {}): void {
    this.#listener?.(fakeMessage(fromHex(hex)!, { tagOwner: true, source: 8, destination: 9, ...fields }));
  }

  /** Deliver, and the payload of the answer, if one was given at once. */
  ask(hex: string, fields: Partial<MctpMessage> = {}): string | undefined {
    const before = this.replies.length;
    this.deliver(hex, fields);
    return this.replies[before]?.hex;
  }

  socket(): MctpSocket {
    const pending = new Set<(error: MctpError) => void>();
    const unused = (): never => {
      throw new Error('not part of this fake');
    };
    return {
      bind: (address) => void this.bound.push(address),
      connect: unused,
      send: async (to: MctpAddress, payload: Uint8Array, _options?: SendOptions) => {
        this.datagrams.push({ at: this.clock.now(), hex: toHex(payload), to });
      },
      reply: async (to, payload) => {
        this.replies.push({ to, hex: toHex(payload) });
      },
      request: (to, payload, options) => this.#request(to, payload, options ?? {}, pending),
      receive: unused,
      onMessage: (handler) => {
        this.#listener = handler;
      },
      allocateTag: unused as (peer: MctpAddress) => AllocatedTag,
      releaseTag: unused,
      counters: { rxMessages: 0, rxBytes: 0, txMessages: 0, txBytes: 0, rxDropped: 0, timeouts: 0, retries: 0 },
      close: () => {
        for (const fail of pending) fail(new MctpError('ECANCELED', 'closed'));
      },
      [Symbol.asyncIterator]: unused,
    };
  }

  #request(
    to: MctpAddress,
    payload: Uint8Array,
    options: RequestOptions,
    pending: Set<(error: MctpError) => void>,
  ): Promise<MctpMessage> {
    return new Promise((resolve, reject) => {
      let done = false;
      const finish = (settle: () => void) => {
        if (done) return;
        done = true;
        pending.delete(fail);
        settle();
      };
      const fail = (error: MctpError) => finish(() => reject(error));
      pending.add(fail);
      options.signal?.addEventListener('abort', () => fail(new MctpError('ECANCELED', 'aborted')));
      const attempt = (tries: number) => {
        if (done) return;
        if (tries > (options.retries ?? 0)) {
          fail(new MctpError('ETIMEDOUT', 'no answer'));
          return;
        }
        this.sent.push({ at: this.clock.now(), hex: toHex(payload), to });
        for (const { afterMs, hex } of this.script({ hex: toHex(payload), to, tries })) {
          this.clock.schedule(afterMs, () => {
            if (done) return;
            const message = fakeMessage(fromHex(hex)!, { source: to.eid });
            if (options.accept?.(message) !== true) this.refused.push(hex);
            else finish(() => resolve(message));
          });
        }
        this.clock.schedule(options.timeoutMs ?? 1000, () => attempt(tries + 1));
      };
      attempt(0);
    });
  }
}

/** Move the clock from timer to timer until the promise settles; no real time passes. */
export async function run<T>(clock: VirtualClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  const mark = () => {
    settled = true;
  };
  promise.then(mark, mark);
  for (let idle = 0; ; ) {
    await new Promise(setImmediate);
    if (settled) return promise;
    if (clock.step()) idle = 0;
    else if (++idle > 10) throw new Error('nothing left to wait for');
  }
}
