/** An endpoint as JSON: a contract, see docs/json.md. */

import type { EndpointInfo } from '../../stack/bus-owner/index.js';

/** The contract's keys first. */
export function endpointJson(endpoint: EndpointInfo): Readonly<Record<string, unknown>> {
  const { network, eid, link, physicalAddress, uuid, endpointType, eidType, bridge, pool, versions } = endpoint;
  return {
    network,
    eid,
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
