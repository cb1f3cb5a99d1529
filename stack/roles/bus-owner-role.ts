/**
 * The bus owner role of our own stack: what others may ask a bus owner (DSP0236 table 12), on top of an endpoint that
 * answers for itself, and of one `BusOwner` per network.
 */

import type { BusOwner } from '../bus-owner/bus-owner.js';
import { COMPLETION, DiscoveryNotify, ENDPOINT_TYPE } from '../control/index.js';
import { MctpError } from '../errors.js';
import type { Mctp } from '../mctp.js';
import { fail } from '../protocol/index.js';
import { EndpointRole, type EndpointRoleOptions } from './endpoint-role.js';
import { RouteResolver } from './route-resolver.js';
import { serveRouting } from './routing-responder.js';

export interface BusOwnerRoleOptions extends Omit<EndpointRoleOptions, 'endpointType' | 'sharedEid' | 'owns'> {
  readonly mctp: Mctp;
  /** One per network at most. */
  readonly owners: readonly BusOwner[];
  /** Links on which we are an endpoint like others; default: none. */
  readonly endpointLinks?: readonly string[];
  readonly networkId?: string;
}

export class BusOwnerRole {
  readonly endpoint: EndpointRole;
  readonly #options: BusOwnerRoleOptions;

  /** Answers from now on. @throws MctpError EADDRINUSE when the stack has a control responder already */
  constructor(options: BusOwnerRoleOptions) {
    this.#options = options;
    const directory = new RouteResolver(options.mctp);
    const owns = (link: string): boolean => options.endpointLinks?.includes(link) !== true;
    this.endpoint = new EndpointRole({ ...options, endpointType: ENDPOINT_TYPE.busOwnerOrBridge, owns });
    const { responder } = this.endpoint;
    serveRouting(responder, {
      directory,
      endpoints: () => options.owners.flatMap((owner) => owner.endpoints()),
      uuid: options.uuid,
      networkId: options.networkId,
    });
    responder.handlers.on(DiscoveryNotify, (_fields, { message }) => {
      const owner = options.owners.find(({ network }) => network === message.network);
      if (owner === undefined || !owns(message.link)) return fail(COMPLETION.unsupportedCommand);
      owner.notified(message.link, message.physicalAddress).catch((error: unknown) => {
        // It asked for it; what goes wrong with it is an event of the bus owner's.
        if (!(error instanceof MctpError)) throw error;
      });
      return {};
    });
  }

  close(): void {
    this.endpoint.close();
    for (const owner of this.#options.owners) owner.close();
  }
}
