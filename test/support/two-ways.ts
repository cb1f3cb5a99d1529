/** One device behind two ways which can be cut, slowed and healed: a transport without packets, on a virtual clock. */

import type { VirtualClock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { DEFAULT_NETWORK, MESSAGE_TYPE } from '../../stack/ids.js';
import type { MctpAddress, MctpMessage, MctpSocket, RequestOptions, Transport } from '../../stack/transport.js';
import { onAbort } from '../../stack/util/abort.js';
import { wait } from '../../stack/util/async.js';

/** How a way fails: before anything leaves, on its way there, on its way back, or with the link in between. */
export type Fault = 'refuses' | 'loses requests' | 'loses answers' | 'breaks';

export interface TestWay {
  readonly eid: number;
  fault: Fault | undefined;
  /** Of one direction; ms. */
  delayMs: number;
  /** Probes and requests that were sent on it. */
  requests: number;
}

/** EIDs 9 and 20 are endpoints of the device. It does what it is asked, and counts how often. */
export class TwoWays implements Transport {
  readonly ways: readonly [TestWay, TestWay] = [
    { eid: 9, fault: undefined, delayMs: 1, requests: 0 },
    { eid: 20, fault: undefined, delayMs: 1, requests: 0 },
  ];
  /** By the first byte of the request. */
  readonly done = new Map<number, number>();
  /** What the device takes for anything but a probe; ms. */
  workMs = 0;

  constructor(private readonly clock: VirtualClock) {}

  peerKey({ eid, network = 1 }: MctpAddress): string {
    return `${network}:${eid}`;
  }

  socket(): MctpSocket {
    const end = new AbortController();
    const closed = (): never => {
      throw new Error('the test does not use it');
    };
    return {
      request: (to, payload, options = {}) => this.#request(to, payload, options, end.signal),
      send: closed,
      reply: closed,
      bind: closed,
      connect: closed,
      receive: closed,
      onMessage: closed,
      allocateTag: closed,
      releaseTag: closed,
      [Symbol.asyncIterator]: closed,
      counters: { rxMessages: 0, rxBytes: 0, txMessages: 0, txBytes: 0, rxDropped: 0, timeouts: 0, retries: 0 },
      close: () => end.abort(),
    };
  }

  async #request(
    to: MctpAddress,
    payload: Uint8Array,
    options: RequestOptions,
    end: AbortSignal,
  ): Promise<MctpMessage> {
    const way = this.ways.find(({ eid }) => eid === to.eid)!;
    const { timeoutMs = 1000, retries = 0, onLeft, accept } = options;
    const over = new AbortController();
    const stop = AbortSignal.any([end, over.signal, ...(options.signal === undefined ? [] : [options.signal])]);
    let answer: MctpMessage | undefined;
    const stopped = new Promise<never>((_resolve, reject) => onAbort(stop, reject));
    stopped.catch(() => {});
    try {
      for (let attempt = 0; attempt <= retries; attempt++) {
        way.requests++;
        if (way.fault === 'refuses') throw new MctpError('ENETDOWN', 'the link is down');
        onLeft?.();
        const carried = this.#carry(way, payload, options.type ?? 0, stop).then((message) => {
          if (message !== undefined && accept?.(message) !== false) answer ??= message;
        });
        carried.catch(() => {});
        const deadline = this.clock.now() + timeoutMs;
        while (answer === undefined && this.clock.now() < deadline) {
          await Promise.race([wait(this.clock, Math.min(1, deadline - this.clock.now()), stop), stopped]);
          if (way.fault === 'breaks') throw new MctpError('ENETDOWN', 'the link went down');
        }
        if (answer !== undefined) return answer;
      }
      throw new MctpError('ETIMEDOUT', `EID ${to.eid} did not answer`);
    } finally {
      over.abort();
    }
  }

  async #carry(way: TestWay, payload: Uint8Array, type: number, stop: AbortSignal): Promise<MctpMessage | undefined> {
    const forever = new AbortController().signal;
    await wait(this.clock, way.delayMs, forever);
    if (way.fault === 'loses requests' || way.fault === 'breaks') return undefined;
    if (type !== MESSAGE_TYPE.control) {
      const name = payload[0]!;
      this.done.set(name, (this.done.get(name) ?? 0) + 1);
      await wait(this.clock, this.workMs, forever);
    }
    await wait(this.clock, way.delayMs, forever);
    if (way.fault !== undefined || stop.aborted) return undefined;
    return answerOf(way.eid, type, payload);
  }
}

/** Get Endpoint ID is answered as it should be; everything else is echoed. */
function answerOf(eid: number, type: number, payload: Uint8Array): MctpMessage {
  const isProbe = type === MESSAGE_TYPE.control;
  return {
    network: DEFAULT_NETWORK,
    source: eid,
    destination: 8,
    type,
    integrityCheck: false,
    tag: 0,
    tagOwner: false,
    link: eid === 9 ? 'one' : 'two',
    physicalAddress: '',
    payload: isProbe ? Uint8Array.of(payload[0]! & 0x1f, 0x02, 0, eid, 0, 0) : payload,
  };
}
