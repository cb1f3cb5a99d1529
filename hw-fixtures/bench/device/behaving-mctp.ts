/** The real stack of a device, with its behaviours at the sockets: requests they lose, answers they change. */

import { Mctp, type MctpOptions } from '../../../stack/mctp.js';
import type { MctpSocket } from '../../../stack/transport.js';
import { behavingSocket } from './behaving-socket.js';
import type { BehavingDevice, Behaviours } from './behaviour.js';
import { LateWork } from './late-work.js';

export class BehavingMctp extends Mctp {
  readonly #behaviours: Behaviours;
  readonly #device: BehavingDevice;
  readonly #late: LateWork;

  constructor(options: MctpOptions, behaviours: Behaviours, device: BehavingDevice) {
    super(options);
    this.#behaviours = behaviours;
    this.#device = device;
    this.#late = new LateWork(options.clock);
  }

  override socket(): MctpSocket {
    const socket = super.socket();
    if (this.#behaviours.list.length === 0) return socket;
    return behavingSocket(socket, { behaviours: this.#behaviours, device: this.#device, late: this.#late });
  }

  override close(): Promise<void> {
    this.#late.close();
    return super.close();
  }
}
