/**
 * The endpoint role of our own stack: answers the control protocol, takes the EIDs a bus owner gives, and knows the way
 * back to it (DSP0236 §8.17, table 12).
 */

import type { Clock } from '../clock.js';
import {
  COMPLETION,
  ControlClient,
  type ControlContext,
  ControlResponder,
  type ControlResponderOptions,
  DiscoveryNotify,
  EID_ALLOCATION,
  EID_TYPE,
  type EidAssignment,
  ENDPOINT_TYPE,
  EndpointDiscovery,
  type EndpointHost,
  type EndpointState,
  MessageTypeRegistry,
  PrepareForEndpointDiscovery,
  QuerySupportedInterfaces,
  ResolveEndpointID,
  serveEndpoint,
} from '../control/index.js';
import { MctpError } from '../errors.js';
import { BINDING, isEid } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import { SILENT } from '../logger.js';
import type { Mctp } from '../mctp.js';
import { fail, NO_ANSWER } from '../protocol/index.js';
import { Emitter } from '../util/emitter.js';
import { addHostRoute, removeHostRoute, routeUpstream } from './host-routes.js';

export interface EndpointRoleOptions {
  readonly mctp: Mctp;
  readonly clock: Clock;
  /** As text; undefined: Get Endpoint UUID is not supported. */
  readonly uuid?: string;
  /** One EID for all links (a bridge): the first bus owner's counts, others are rejected. Default: one per link. */
  readonly sharedEid?: boolean;
  /** What a bridge wants and is; default a simple endpoint. */
  readonly endpointType?: number;
  /** EIDs of our own choosing by link, used until a bus owner gives another, and after a reset. */
  readonly staticEids?: Readonly<Record<string, number>>;
  /** Links on which endpoints are discovered by the Discovered flag; default: those of the PCIe VDM binding. */
  readonly usesDiscovery?: (link: string) => boolean;
  /** Links on which we are the bus owner: there we give EIDs and take none. Default: none. */
  readonly owns?: (link: string) => boolean;
  /**
   * Whatever has no way of its own goes to the bus owner that gave us our EID. Without that route no EID is accepted.
   * Default false.
   */
  readonly routesUpstream?: boolean;
  /** Its logger is also told of a listener that throws. */
  readonly responder?: Partial<Omit<ControlResponderOptions, 'clock'>>;
}

/** Who gave us our EID on a link. */
export interface OwnBusOwner {
  readonly eid: number;
  readonly link: string;
  readonly physicalAddress: PhysicalAddress;
}

/** `before`: the bus owner that the link had until now, when it is another one. */
export type AssignedListener = (owner: OwnBusOwner, eid: number, before: OwnBusOwner | undefined) => void;

/** Takes the place of a listener that throws: what was accepted stays accepted. */
export function tellLogger({ responder }: Pick<EndpointRoleOptions, 'responder'>): (error: unknown) => void {
  const logger = responder?.logger ?? SILENT;
  return (error) =>
    logger.error(`a listener threw: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}

export class EndpointRole implements EndpointHost {
  readonly responder: ControlResponder;
  readonly types = new MessageTypeRegistry();
  readonly uuid: string | undefined;
  readonly #mctp: Mctp;
  readonly #options: EndpointRoleOptions;
  readonly #shared: boolean;
  readonly #busOwners = new Map<string, OwnBusOwner>();
  readonly #discovered = new Set<string>();
  readonly #events: Emitter<{ assigned: Parameters<AssignedListener> }>;
  #client: ControlClient | undefined;
  /** What a bridge still wants when it is given an EID. */
  allocation: () => { readonly allocation: number; readonly poolSize: number } = () => ({
    allocation: EID_ALLOCATION.none,
    poolSize: 0,
  });

  /** Answers from now on. @throws MctpError EADDRINUSE when the stack has a control responder already */
  constructor(options: EndpointRoleOptions) {
    this.#options = options;
    this.#mctp = options.mctp;
    this.uuid = options.uuid;
    this.#shared = options.sharedEid ?? false;
    this.#events = new Emitter(tellLogger(options));
    this.responder = new ControlResponder({ transport: options.mctp, ...options.responder, clock: options.clock });
    serveEndpoint(this.responder, this.#host(), this.types);
    this.#serveDiscovery();
    this.responder.handlers.on(QuerySupportedInterfaces, () => ({
      interfaces: this.#mctp.links().map(({ name, binding }) => ({ type: binding, eid: this.#eidOn(name) ?? 0 })),
    }));
    this.#useStaticEids();
  }

  /** The bus owner that gave us our EID on that link, or on any. */
  busOwner(link?: string): OwnBusOwner | undefined {
    return link === undefined ? this.#busOwners.values().next().value : this.#busOwners.get(link);
  }

  /** Be told when a bus owner gave us an EID; returns how to stop. */
  onAssigned(listener: AssignedListener): () => void {
    return this.#events.on('assigned', (event) => listener(...event));
  }

  /** The Discovered flag of a link that has one. */
  discovered(link: string): boolean {
    return this.#discovered.has(link);
  }

  /**
   * Ask the bus owner of a link to come and discover us (DSP0236 §12.15): the one we know, or the one at this address.
   * @throws MctpError EDESTADDRREQ, and as `ControlClient.request`
   */
  async notifyBusOwner(link: string, physicalAddress?: PhysicalAddress): Promise<void> {
    const known = this.#busOwners.get(link);
    const at = physicalAddress ?? known?.physicalAddress;
    if (at === undefined) {
      throw new MctpError('EDESTADDRREQ', `the bus owner of link ${link} is not known: name its physical address`);
    }
    await this.#ask().request({ eid: known?.eid ?? 0, link, physicalAddress: at }, DiscoveryNotify, {});
  }

  /**
   * Find the way to an EID we have something to say to: ask the bus owner, and put the answer into our tables (§9).
   * @throws MctpError EDESTADDRREQ when no bus owner is known; CompletionCodeError when it knows no such EID
   */
  async findWay(eid: number, link?: string): Promise<void> {
    const owner = this.busOwner(link);
    if (owner === undefined)
      throw new MctpError('EDESTADDRREQ', 'no bus owner has given us an EID yet, so none can be asked');
    const { bridgeEid, phys } = await this.#ask().request(owner, ResolveEndpointID, { eid });
    const physicalAddress = this.#mctp.linkByName(owner.link).addressFromWire(phys);
    if (physicalAddress === undefined || !isEid(bridgeEid)) {
      throw new MctpError(
        'EPROTO',
        `the bus owner says EID ${eid} is behind EID ${bridgeEid} at an address that is none`,
      );
    }
    addHostRoute(this.#mctp, { eid, gateway: bridgeEid, link: owner.link, physicalAddress });
  }

  // EndpointHost

  endpointState(context: ControlContext): EndpointState {
    const { link } = context.message;
    const eid = this.#eidOn(link) ?? 0;
    const fixed = this.#options.staticEids?.[link];
    const eidType =
      fixed === undefined ? EID_TYPE.dynamic : fixed === eid ? EID_TYPE.staticPresent : EID_TYPE.staticDifferent;
    return { eid, endpointType: this.#options.endpointType ?? ENDPOINT_TYPE.simple, eidType };
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
    const owner: OwnBusOwner = { eid: source, link, physicalAddress };
    const known = this.#busOwners.get(link);
    const another = known?.eid !== source || known.physicalAddress !== physicalAddress ? known : undefined;
    this.#busOwners.set(link, owner);
    this.#discovered.add(link);
    // An endpoint may have something to say to its bus owner of its own accord.
    addHostRoute(this.#mctp, owner);
    if (this.#options.routesUpstream === true) routeUpstream(this.#mctp, owner);
    this.#events.emit('assigned', [owner, eid, another]);
    return { accepted: true, eid, ...this.allocation() };
  }

  resetEid(context: ControlContext): EidAssignment | undefined {
    const { link } = context.message;
    const fixed = this.#options.staticEids?.[link];
    if (fixed === undefined) return undefined;
    this.#setEid(link, fixed);
    return { accepted: true, eid: fixed, ...this.allocation() };
  }

  setDiscovered(context: ControlContext): EidAssignment | undefined {
    const { link } = context.message;
    if (!this.#usesDiscovery(link)) return undefined;
    this.#discovered.add(link);
    return { accepted: true, eid: this.#eidOn(link) ?? 0, ...this.allocation() };
  }

  /** As after a power-up: no EID but a static one, no bus owner, not discovered. */
  reset(): void {
    for (const { eid, link } of this.#mctp.addresses()) {
      if (this.#options.owns?.(link) !== true) this.#mctp.removeAddress(eid, link);
    }
    for (const { eid, link } of this.#busOwners.values()) removeHostRoute(this.#mctp, eid, link);
    this.#busOwners.clear();
    this.#discovered.clear();
    this.#useStaticEids();
  }

  close(): void {
    this.responder.close();
    this.#client?.close();
    this.#events.clear();
  }

  /** Ourselves, but for the links on which we give EIDs: there we take none. */
  #host(): EndpointHost {
    const owns = ({ message }: ControlContext): boolean => this.#options.owns?.(message.link) === true;
    return {
      uuid: this.uuid,
      endpointState: (context) => this.endpointState(context),
      assignEid: (eid, force, context) =>
        owns(context) ? COMPLETION.unsupportedCommand : this.assignEid(eid, force, context),
      resetEid: (context) => (owns(context) ? undefined : this.resetEid(context)),
      setDiscovered: (context) => (owns(context) ? undefined : this.setDiscovered(context)),
    };
  }

  #serveDiscovery(): void {
    this.responder.handlers.on(PrepareForEndpointDiscovery, (_fields, { message }) => {
      if (!this.#usesDiscovery(message.link)) return fail(COMPLETION.unsupportedCommand);
      this.#discovered.delete(message.link);
      return {};
    });
    this.responder.handlers.on(EndpointDiscovery, (_fields, { message }) => {
      if (!this.#usesDiscovery(message.link)) return fail(COMPLETION.unsupportedCommand);
      return this.#discovered.has(message.link) ? NO_ANSWER : {};
    });
  }

  #usesDiscovery(link: string): boolean {
    const { usesDiscovery } = this.#options;
    return usesDiscovery === undefined ? this.#mctp.linkByName(link).binding === BINDING.pcieVdm : usesDiscovery(link);
  }

  #useStaticEids(): void {
    for (const [link, eid] of Object.entries(this.#options.staticEids ?? {})) {
      if (this.#mctp.links().some((status) => status.name === link)) this.#setEid(link, eid);
    }
  }

  #eidOn(link: string): number | undefined {
    const own = this.#mctp.addresses();
    return (this.#shared ? own[0] : own.find((address) => address.link === link))?.eid;
  }

  #setEid(link: string, eid: number): void {
    let there = false;
    for (const address of this.#mctp.addresses()) {
      if (!this.#shared && address.link !== link) continue;
      if (address.eid === eid && address.link === link) there = true;
      else this.#mctp.removeAddress(address.eid, address.link);
    }
    if (!there) this.#mctp.addAddress(eid, link);
  }

  #ask(): ControlClient {
    this.#client ??= new ControlClient({ transport: this.#mctp, clock: this.#options.clock });
    return this.#client;
  }
}
