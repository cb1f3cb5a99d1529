/** The real stack of a device, with its behaviours at the sockets: requests they lose, answers they change. */

import type { Timer } from '../../stack/clock.js';
import { Mctp, type MctpOptions } from '../../stack/mctp.js';
import type { MctpMessage, MctpSocket, ReceiveOptions } from '../../stack/transport.js';
import type { BehavingDevice, Behaviours } from './behaviour.js';

export class BehavingMctp extends Mctp {
  readonly #behaviours: Behaviours;
  readonly #device: BehavingDevice;
  /** Answers that wait for their time. */
  readonly #late = new Set<Timer>();

  constructor(options: MctpOptions, behaviours: Behaviours, device: BehavingDevice) {
    super(options);
    this.#behaviours = behaviours;
    this.#device = device;
  }

  override socket(): MctpSocket {
    const socket = super.socket();
    return this.#behaviours.list.length === 0 ? socket : this.#wrap(socket);
  }

  override close(): Promise<void> {
    for (const timer of this.#late) timer.cancel();
    this.#late.clear();
    return super.close();
  }

  #wrap(inner: MctpSocket): MctpSocket {
    const passes = (message: MctpMessage): boolean =>
      !message.tagOwner || this.#behaviours.request(message, this.#device);
    const receive = async (options?: ReceiveOptions): Promise<MctpMessage> => {
      for (;;) {
        const message = await inner.receive(options);
        if (passes(message)) return message;
      }
    };
    return {
      bind: (address) => inner.bind(address),
      connect: (peer) => inner.connect(peer),
      send: (to, payload, options) => inner.send(to, payload, options),
      reply: async (to, payload, options) => {
        const answer = this.#behaviours.answer(payload, to, this.#device);
        if (answer === undefined) return;
        const send = async (): Promise<void> => {
          this.#behaviours.answered(this.#device);
          for (let copy = 0; copy < answer.copies; copy++) await inner.reply(to, answer.payload, options);
        };
        if (answer.delayMs <= 0) return send();
        // Nobody waits for a late answer: what becomes of it is between the device and the wire.
        const timer = this.clock.schedule(answer.delayMs, () => {
          this.#late.delete(timer);
          send().catch(() => {});
        });
        this.#late.add(timer);
      },
      request: (to, payload, options) => inner.request(to, payload, options),
      receive,
      onMessage: (handler) =>
        inner.onMessage(handler === undefined ? undefined : (message) => void (passes(message) && handler(message))),
      allocateTag: (peer) => inner.allocateTag(peer),
      releaseTag: (tag) => inner.releaseTag(tag),
      get counters() {
        return inner.counters;
      },
      close: () => inner.close(),
      async *[Symbol.asyncIterator]() {
        for await (const message of inner) if (passes(message)) yield message;
      },
    };
  }
}
