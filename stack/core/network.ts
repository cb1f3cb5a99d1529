/** A network: the space in which an EID is unique. Holds our EIDs in it and the peers we talk to. */

import type { Clock } from '../clock.js';
import type { NetworkId } from '../ids.js';
import type { Limits } from '../limits.js';
import type { AddressEntry } from '../transport.js';
import { Peer } from './tags.js';

export class Network {
  readonly addresses: AddressEntry[] = [];
  /** 1 for each EID of ours. */
  readonly #local = new Uint8Array(256);
  readonly #peers = new Array<Peer | undefined>(256).fill(undefined);
  /** The same, without gaps. */
  readonly #known: { readonly eid: number; readonly peer: Peer }[] = [];

  constructor(
    readonly id: NetworkId,
    private readonly clock: Clock,
    private readonly limits: Limits,
  ) {}

  isLocal(eid: number): boolean {
    return this.#local[eid] === 1;
  }

  addAddress(entry: AddressEntry): void {
    this.addresses.push(entry);
    this.#local[entry.eid] = 1;
  }

  removeAddress(entry: AddressEntry): void {
    this.addresses.splice(this.addresses.indexOf(entry), 1);
    if (!this.addresses.some((other) => other.eid === entry.eid)) this.#local[entry.eid] = 0;
  }

  /** The peer with that EID (0..255), made on first use; there are at most 256. */
  peer(eid: number): Peer {
    return this.#peers[eid] ?? this.#newPeer(eid);
  }

  /** Without making one. */
  findPeer(eid: number): Peer | undefined {
    return this.#peers[eid];
  }

  /** By EID, ascending. */
  peers(): readonly { readonly eid: number; readonly peer: Peer }[] {
    return this.#known;
  }

  #newPeer(eid: number): Peer {
    const peer = new Peer(`EID ${eid} on network ${this.id}`, this.clock, this.limits);
    this.#peers[eid] = peer;
    const next = this.#known.findIndex((known) => known.eid > eid);
    this.#known.splice(next < 0 ? this.#known.length : next, 0, { eid, peer });
    return peer;
  }
}
