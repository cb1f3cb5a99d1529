/**
 * The endpoint role of our own stack: answers the control protocol, takes the EIDs a bus owner gives, and knows the way
 * back to it (DSP0236 §8.17, table 12).
 */

import type { Clock } from '../clock.js';
import {
  type ControlContext,
  ControlResponder,
  type ControlResponderOptions,
  EID_ALLOCATION,
  type EidAssignment,
  ENDPOINT_TYPE,
  type EndpointHost,
  type EndpointState,
  MessageTypeRegistry,
  serveEndpoint,
} from '../control/index.js';
import { isEid } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import type { Mctp } from '../mctp.js';

export interface EndpointRoleOptions {
  readonly mctp: Mctp;
  readonly clock: Clock;
  /** As text; undefined: Get Endpoint UUID is not supported. */
  readonly uuid?: string;
  /** One EID for all links (a bridge): the first bus owner's counts, others are rejected. Default: one per link. */
  readonly sharedEid?: boolean;
  /** What a bridge wants and is; default a simple endpoint. */
  readonly endpointType?: number;
  readonly responder?: Omit<ControlResponderOptions, 'clock'>;
}

/** Who gave us our EID on a link. */
export interface OwnBusOwner {
  readonly eid: number;
  readonly link: string;
  readonly physicalAddress: PhysicalAddress;
}

export class EndpointRole implements EndpointHost {
  readonly responder: ControlResponder;
  readonly types = new MessageTypeRegistry();
  readonly uuid: string | undefined;
  readonly #mctp: Mctp;
  readonly #shared: boolean;
  readonly #endpointType: number;
  readonly #busOwners = new Map<string, OwnBusOwner>();
  /** What a bridge still wants when it is given an EID. */
  allocation: () => { readonly allocation: number; readonly poolSize: number } = () => ({
    allocation: EID_ALLOCATION.none,
    poolSize: 0,
  });

  /** Answers from now on. @throws MctpError EADDRINUSE when the stack has a control responder already */
  constructor(options: EndpointRoleOptions) {
    this.#mctp = options.mctp;
    this.uuid = options.uuid;
    this.#shared = options.sharedEid ?? false;
    this.#endpointType = options.endpointType ?? ENDPOINT_TYPE.simple;
    this.responder = new ControlResponder(options.mctp, { ...options.responder, clock: options.clock });
    serveEndpoint(this.responder, this, this.types);
  }

  /** The bus owner that gave us our EID on that link, or on any. */
  busOwner(link?: string): OwnBusOwner | undefined {
    return link === undefined ? this.#busOwners.values().next().value : this.#busOwners.get(link);
  }

  endpointState(context: ControlContext): EndpointState {
    return { eid: this.#eidOn(context.message.link) ?? 0, endpointType: this.#endpointType };
  }

  assignEid(eid: number, force: boolean, context: ControlContext): EidAssignment {
    const { link, source, physicalAddress } = context.message;
    const present = this.#eidOn(link);
    const first = this.busOwner();
    if (this.#shared && present !== undefined && first !== undefined && first.link !== link && !force) {
      return { accepted: false, eid: present, ...this.allocation() };
    }
    if (this.#shared && force) this.#busOwners.clear();
    this.#setEid(link, eid);
    this.#busOwners.set(link, { eid: source, link, physicalAddress });
    this.#learnWay(source, link, physicalAddress);
    return { accepted: true, eid, ...this.allocation() };
  }

  /** As after a power-up: no EID, no bus owner. */
  reset(): void {
    for (const { eid, link } of this.#mctp.addresses()) this.#mctp.removeAddress(eid, link);
    this.#busOwners.clear();
  }

  close(): void {
    this.responder.close();
  }

  #eidOn(link: string): number | undefined {
    const own = this.#mctp.addresses();
    return (this.#shared ? own[0] : own.find((address) => address.link === link))?.eid;
  }

  #setEid(link: string, eid: number): void {
    for (const address of this.#mctp.addresses()) {
      if (!this.#shared && address.link !== link) continue;
      if (address.eid === eid && address.link === link) return;
      this.#mctp.removeAddress(address.eid, address.link);
    }
    this.#mctp.addAddress(eid, link);
  }

  /** An endpoint may have something to say to its bus owner of its own accord. */
  #learnWay(eid: number, link: string, physicalAddress: PhysicalAddress): void {
    if (!isEid(eid)) return;
    if (this.#mctp.lookupNeighbour(eid, link) !== undefined) this.#mctp.removeNeighbour(eid, link);
    this.#mctp.addNeighbour(eid, link, physicalAddress);
    const network = this.#mctp.links().find((l) => l.name === link)!.network;
    const route = this.#mctp.routes().find((r) => r.network === network && r.start === eid && r.end === eid);
    if (route?.link === link) return;
    if (route !== undefined) this.#mctp.removeRoute(eid, eid, network);
    this.#mctp.addRoute({ start: eid, link });
  }
}
