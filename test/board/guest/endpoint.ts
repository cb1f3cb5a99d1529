// Runs inside the board: our own stack on an adapter or a tty, answering requests with their own body.

import { createLink } from '../../../bindings/link-registry.js';
import { systemClock } from '../../../bindings/system-clock.js';
import type { Limits } from '../../../stack/limits.js';
import { type LinkStatus, Mctp } from '../../../stack/mctp.js';
import type { MctpSocket } from '../../../stack/transport.js';

/** Message type of everything the board tests exchange: NC-SI over MCTP has nothing to do with it. */
export const TYPE = 5;

/** Of I2C links: which package reaches the bus; default the first which loads. */
export const VIA = process.env.VIA === undefined ? '' : `&via=${process.env.VIA}`;

export interface EndpointOptions {
  /** `i2c:1?address=0x10` */
  readonly url: string;
  readonly eid: number;
  readonly limits?: Partial<Limits>;
  /** Answer requests; default true. */
  readonly echo?: boolean;
}

export class Endpoint {
  readonly mctp: Mctp;
  readonly link: string;
  readonly socket: MctpSocket;

  private constructor(mctp: Mctp, link: string, socket: MctpSocket) {
    this.mctp = mctp;
    this.link = link;
    this.socket = socket;
  }

  static async open({ url, eid, limits = {}, echo = true }: EndpointOptions): Promise<Endpoint> {
    const mctp = new Mctp({ clock: systemClock, limits });
    const link = await createLink(url);
    mctp.addLink(link);
    mctp.addAddress(eid, link.name);
    await mctp.open();
    const socket = mctp.socket();
    if (echo) {
      socket.bind({ type: TYPE });
      socket.onMessage((message) => void socket.reply(message, message.payload).catch(() => {}));
    }
    return new Endpoint(mctp, link.name, socket);
  }

  /** An EID at a physical address ('' when the link is point to point). */
  know(eid: number, physicalAddress: string, transmissionUnit?: number): void {
    this.mctp.addRoute({ start: eid, link: this.link, ...(transmissionUnit !== undefined && { transmissionUnit }) });
    if (physicalAddress !== '') this.mctp.addNeighbour(eid, this.link, physicalAddress);
  }

  get status(): LinkStatus {
    return this.mctp.links()[0]!;
  }

  counter(name: string): number {
    return this.status.linkCounters[name] ?? Number.NaN;
  }

  close(): Promise<void> {
    return this.mctp.close();
  }
}
