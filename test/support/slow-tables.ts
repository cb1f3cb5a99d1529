/** The tables of a stack as those of one elsewhere, a server's or a kernel's: each look and each change takes its time. */

import type { NetworkStack } from '../../stack/bus-owner/index.js';
import type { VirtualClock } from '../../stack/clock.js';
import type { Mctp } from '../../stack/mctp.js';
import { wait } from '../../stack/util/async.js';

/** `tells`: of links that come and go. */
export function slowTables(mctp: Mctp, clock: VirtualClock, ms: number, tells = true): NetworkStack {
  const slowly =
    <A extends unknown[], R>(what: (...given: A) => R) =>
    async (...given: A): Promise<R> => {
      await wait(clock, ms);
      const result = what(...given);
      await wait(clock, ms);
      return result;
    };
  return {
    socket: () => mctp.socket(),
    peerKey: (to) => mctp.peerKey(to),
    links: slowly(() => mctp.links()),
    addresses: slowly(() => mctp.addresses()),
    routes: slowly(() => [...mctp.routes()]),
    neighbours: slowly(() => mctp.neighbours()),
    addAddress: slowly((eid: number, link: string) => mctp.addAddress(eid, link)),
    addRoute: slowly((route: Parameters<Mctp['addRoute']>[0]) => mctp.addRoute(route)),
    removeRoute: slowly((start: number, end: number, network: number) => mctp.removeRoute(start, end, network)),
    addNeighbour: slowly((eid: number, link: string, at: string) => mctp.addNeighbour(eid, link, at)),
    removeNeighbour: slowly((eid: number, link: string) => mctp.removeNeighbour(eid, link)),
    probeAddresses: (link) => mctp.probeAddresses(link),
    linkByName: (link) => mctp.linkByName(link),
    ...(tells && { on: mctp.on.bind(mctp) }),
  };
}
