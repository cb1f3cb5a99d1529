/** What an address means in one stack: by its routes, else by asking the devices. */

import { BusOwner, type EndpointInfo, type NetworkStack } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import type { Address } from '../../stack/names/index.js';
import type { MctpAddress } from '../../stack/transport.js';

export interface StackSearchOptions {
  readonly host: NetworkStack;
  readonly clock: Clock;
  /** Give EIDs to endpoints that have none. False: nothing on a bus is changed. */
  readonly assigns: boolean;
}

export class StackSearch {
  readonly #owners = new Map<number, BusOwner>();
  #searching: Promise<readonly EndpointInfo[]> | undefined;

  constructor(private readonly options: StackSearchOptions) {}

  /** Empty: it is not here. @throws MctpError as the tables of the stack */
  async find(address: Address): Promise<readonly MctpAddress[]> {
    if (address.kind === 'physical') {
      const links = await this.options.host.links();
      const { link, physicalAddress } = address;
      const [name = ''] = link.split('?');
      return links.some((one) => one.name === name) ? [{ eid: 0, link: name, physicalAddress }] : [];
    }
    if (address.kind === 'tid') return [];
    if (address.kind === 'eid') {
      const routed = await this.#routed(address.eid, address.network);
      if (routed.length > 0) return routed;
    }
    const fits = (one: EndpointInfo): boolean =>
      address.kind === 'uuid'
        ? one.uuid === address.uuid
        : one.eid === address.eid && (address.network ?? one.network) === one.network;
    const known = this.#endpoints().filter(fits);
    const found = known.length > 0 ? known : (await this.#search()).filter(fits);
    return found.map(({ eid, network }) => ({ eid, network }));
  }

  close(): void {
    for (const owner of this.#owners.values()) owner.close();
  }

  /** One for each network that has the EID; our own EIDs are there, too. */
  async #routed(eid: number, network: number | undefined): Promise<MctpAddress[]> {
    const { host } = this.options;
    const routes = (await host.routes()).filter(({ start, end }) => start <= eid && eid <= end);
    const own = (await host.addresses()).filter((address) => address.eid === eid);
    const networks = new Set([...routes, ...own].map((entry) => entry.network));
    return [...networks].filter((id) => network === undefined || network === id).map((id) => ({ eid, network: id }));
  }

  #endpoints(): EndpointInfo[] {
    return [...this.#owners.values()].flatMap((owner) => owner.endpoints());
  }

  /** A search asked for while one runs waits for that one. */
  #search(): Promise<readonly EndpointInfo[]> {
    this.#searching ??= this.#ask().finally(() => {
      this.#searching = undefined;
    });
    return this.#searching;
  }

  async #ask(): Promise<readonly EndpointInfo[]> {
    const { host, clock, assigns } = this.options;
    for (const { network } of await host.links()) {
      if (this.#owners.has(network)) continue;
      this.#owners.set(network, new BusOwner({ host, clock, network, mayAssign: () => assigns }));
    }
    for (const owner of this.#owners.values()) await owner.discover();
    return this.#endpoints();
  }
}
