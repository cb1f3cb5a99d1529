/** An endpoint as JSON: a contract, see docs/json.md. */

import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import type { Resolver } from '../../stack/names/index.js';
import type { DiscoverDocument } from '../schema/network-documents.js';

/** The contract's keys first. */
export function endpointJson(endpoint: EndpointInfo, names: Resolver): DiscoverDocument['endpoints'][number] {
  const { network, eid, link, physicalAddress, uuid, endpointType, eidType, bridge, pool, versions } = endpoint;
  return {
    network,
    eid,
    name: names.nameOf(endpoint) ?? null,
    link,
    physicalAddress: physicalAddress || null,
    uuid: uuid ?? null,
    endpointType,
    messageTypes: endpoint.messageTypes,
    vendorDefined: endpoint.vendorDefined,
    versions,
    connectivity: endpoint.connectivity,
    eidType,
    bridge: bridge ?? null,
    pool: pool ?? null,
    remarks: endpoint.remarks,
  };
}
