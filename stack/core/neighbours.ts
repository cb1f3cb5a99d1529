/** Which physical address on a link an EID has. */

import { MctpError } from '../errors.js';
import { eid, type NetworkId } from '../ids.js';
import type { PhysicalAddress } from '../link.js';
import type { NeighbourEntry } from '../transport.js';

export class NeighbourTable {
  /** Per link, by EID. */
  readonly #links = new Map<string, (NeighbourEntry | undefined)[]>();

  /** @throws MctpError EINVAL, EEXIST when the EID has another address on that link */
  add(entry: { network: NetworkId; eid: number; link: string; physicalAddress: PhysicalAddress }): NeighbourEntry {
    const id = eid(entry.eid);
    let table = this.#links.get(entry.link);
    if (table === undefined) this.#links.set(entry.link, (table = new Array<undefined>(256).fill(undefined)));
    const there = table[id];
    if (there !== undefined && there.physicalAddress !== entry.physicalAddress) {
      throw new MctpError('EEXIST', `EID ${id} has the address ${there.physicalAddress} on link ${entry.link} already`);
    }
    return (table[id] = { network: entry.network, eid: id, link: entry.link, physicalAddress: entry.physicalAddress });
  }

  /** @throws MctpError ENOENT */
  remove(link: string, id: number): void {
    const table = this.#links.get(link);
    if (table?.[id] === undefined) throw new MctpError('ENOENT', `link ${link} has no neighbour with EID ${id}`);
    table[id] = undefined;
  }

  removeLink(link: string): void {
    this.#links.delete(link);
  }

  lookup(link: string, id: number): PhysicalAddress | undefined {
    return this.#links.get(link)?.[id]?.physicalAddress;
  }

  list(): readonly NeighbourEntry[] {
    const all: NeighbourEntry[] = [];
    for (const table of this.#links.values()) {
      for (const entry of table) if (entry !== undefined) all.push(entry);
    }
    return all;
  }
}
