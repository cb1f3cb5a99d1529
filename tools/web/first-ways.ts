/** Each device once, though some are on several links. */

import type { EndpointInfo } from '../../stack/bus-owner/index.js';

/** Of endpoints with one UUID, each on another link, the first which answers; two on one link are two devices. */
export function firstWays(endpoints: readonly EndpointInfo[]): EndpointInfo[] {
  const byUuid = new Map<string, EndpointInfo[]>();
  for (const endpoint of endpoints) {
    const { uuid } = endpoint;
    if (uuid === undefined) continue;
    const others = byUuid.get(uuid);
    if (others === undefined) byUuid.set(uuid, [endpoint]);
    else others.push(endpoint);
  }
  return endpoints.filter((endpoint) => {
    const ways = endpoint.uuid === undefined ? [endpoint] : byUuid.get(endpoint.uuid)!;
    if (new Set(ways.map(({ link }) => link)).size < ways.length) return true;
    return endpoint === (ways.find(({ connectivity }) => connectivity === 'available') ?? ways[0]);
  });
}
