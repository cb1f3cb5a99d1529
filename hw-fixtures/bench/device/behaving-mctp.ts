/** The real stack of a device, with its behaviours at the sockets: requests they lose, answers they change. */

import type { Timer } from '../../../stack/clock.js';
import { Mctp, type MctpOptions } from '../../../stack/mctp.js';
import type { MctpSocket } from '../../../stack/transport.js';
import { behavingSocket } from './behaving-socket.js';
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
    if (this.#behaviours.list.length === 0) return socket;
    const { clock } = this;
    return behavingSocket(socket, { behaviours: this.#behaviours, device: this.#device, clock, late: this.#late });
  }

  override close(): Promise<void> {
    for (const timer of this.#late) timer.cancel();
    this.#late.clear();
    return super.close();
  }
}
