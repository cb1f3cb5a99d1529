/** A device's behaviours at a socket: requests they lose, answers they change. */

import type { MctpMessage, MctpSocket, ReceiveOptions } from '../../../stack/transport.js';
import type { BehavingDevice, Behaviours } from './behaviour.js';
import type { LateWork } from './late-work.js';

export interface SocketBehaviour {
  readonly behaviours: Behaviours;
  readonly device: BehavingDevice;
  /** Answers that wait for their time. */
  readonly late: LateWork;
}

export function behavingSocket(inner: MctpSocket, how: SocketBehaviour): MctpSocket {
  const { behaviours, device, late } = how;
  const passing = (message: MctpMessage): MctpMessage | undefined =>
    message.tagOwner ? behaviours.request(message, device) : message;
  const receive = async (options?: ReceiveOptions): Promise<MctpMessage> => {
    for (;;) {
      const message = passing(await inner.receive(options));
      if (message !== undefined) return message;
    }
  };
  return {
    bind: (address) => inner.bind(address),
    connect: (peer) => inner.connect(peer),
    send: (to, payload, options) => inner.send(to, payload, options),
    reply: async (to, payload, options) => {
      const answer = behaviours.answer(payload, to, device);
      if (answer === undefined) return;
      const send = async (): Promise<void> => {
        behaviours.answered(device);
        for (let copy = 0; copy < together; copy++) await inner.reply(to, answer.payload, options);
      };
      const { everyMs = 0, copies } = answer;
      const together = everyMs > 0 ? 1 : copies;
      // No caller waits for a late answer: what becomes of it is between the device and the wire.
      const later = (ms: number, left: number): void => {
        late.do(ms, () => {
          send().catch(() => {});
          if (left > 1) later(everyMs, left - 1);
        });
      };
      const rounds = everyMs > 0 ? copies : 1;
      if (answer.delayMs > 0) return later(answer.delayMs, rounds);
      if (rounds > 1) later(everyMs, rounds - 1);
      return send();
    },
    request: (to, payload, options) => inner.request(to, payload, options),
    receive,
    onMessage: (handler) =>
      inner.onMessage(
        handler &&
          ((message) => {
            const passed = passing(message);
            if (passed !== undefined) handler(passed);
          }),
      ),
    allocateTag: (peer) => inner.allocateTag(peer),
    releaseTag: (tag) => inner.releaseTag(tag),
    get counters() {
      return inner.counters;
    },
    close: () => inner.close(),
    async *[Symbol.asyncIterator]() {
      for await (const message of inner) {
        const passed = passing(message);
        if (passed !== undefined) yield passed;
      }
    },
  };
}
