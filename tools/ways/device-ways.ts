/** Devices of a session which have several ways: one peer each, which goes on by another way when one is lost. */

import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import {
  type DeviceGroup,
  groupDevices,
  MultipathTransport,
  type UuidConflict,
  type WayPolicy,
} from '../../stack/multipath/index.js';
import { placeName } from '../../stack/place.js';
import type { Transport } from '../../stack/transport.js';

/** What the configuration says of ways; links by their names in the stack. */
export interface WayWishes {
  readonly policy: WayPolicy;
  /** In the order of preference. */
  readonly links: readonly string[];
  /** Used only while no other way of the device is up. */
  readonly backups: readonly string[];
  /** Between two checks of each way, while a verb watches; ms, 0: none. */
  readonly probeMs: number;
}

export const NO_WISHES: WayWishes = { policy: 'fixed', links: [], backups: [], probeMs: 0 };

const MOST_SERIALS = 1024;

export class DeviceWays {
  /** To each device by whichever of its ways. */
  readonly transport: MultipathTransport;
  readonly #wishes: WayWishes;
  readonly #clock: Clock;
  readonly #host: Transport;
  readonly #serials = new Map<string, Promise<string | undefined>>();
  #devices: readonly DeviceGroup[] = [];
  #conflicts: readonly UuidConflict[] = [];

  constructor(host: Transport, clock: Clock, wishes: WayWishes) {
    const { policy } = wishes;
    this.transport = new MultipathTransport({ transport: host, clock, policy });
    this.#host = host;
    this.#clock = clock;
    this.#wishes = wishes;
  }

  /** Only those with more than one way. */
  get devices(): readonly DeviceGroup[] {
    return this.#devices;
  }

  get conflicts(): readonly UuidConflict[] {
    return this.#conflicts;
  }

  /** These are all the endpoints that there are now. @throws MctpError ECANCELED, ENOTCONN: the session ends */
  async update(endpoints: readonly EndpointInfo[]): Promise<void> {
    const { links } = this.#wishes;
    const found = await groupDevices(endpoints, { links, serialOf: (endpoint) => this.#serialOf(endpoint) });
    this.#devices = found.devices;
    this.#conflicts = found.conflicts;
    const peers = this.#devices.map(({ uuid, endpoints: all }) => ({ uuid, ways: all.map((one) => this.#way(one)) }));
    this.transport.setPeers(peers);
    const { probeMs } = this.#wishes;
    if (probeMs > 0 && peers.length > 0) this.transport.monitor(probeMs);
  }

  isBackup({ link }: EndpointInfo): boolean {
    return this.#wishes.backups.includes(link);
  }

  /** The device, when the endpoint is one of its ways. */
  deviceOf({ network, eid }: EndpointInfo): DeviceGroup | undefined {
    return this.#devices.find(({ endpoints }) => endpoints.some((one) => one.network === network && one.eid === eid));
  }

  /** Hear of ways that are lost, and what takes their place: a sentence each, once. Returns how to stop. */
  onLost(tell: (note: string) => void): () => void {
    const told = new Set<string>();
    return this.transport.onWay((event) => {
      if (event.type !== 'wayDown') return;
      const { uuid, way, reason } = event;
      const ways = this.transport.peers().find((peer) => peer.uuid === uuid)?.ways ?? [];
      const next = ways.find((one) => one.usable);
      const goesOn = next === undefined ? 'it has no other' : `going on by ${next.name}`;
      const note = `the way by ${way.name} is lost (${reason}): ${goesOn}`;
      if (!told.has(note)) tell(note);
      told.add(note);
    });
  }

  /** Each device once: by its first way. */
  once(endpoints: readonly EndpointInfo[]): EndpointInfo[] {
    return endpoints.filter((endpoint) => {
      const first = this.deviceOf(endpoint)?.endpoints[0];
      return first === undefined || (first.network === endpoint.network && first.eid === endpoint.eid);
    });
  }

  close(): void {
    this.transport.close();
  }

  /** Asked once of each endpoint: it stays what it is. */
  #serialOf(endpoint: EndpointInfo): Promise<string | undefined> {
    const key = `${endpoint.uuid} ${endpoint.network}:${endpoint.eid} ${wayName(endpoint)}`;
    let serial = this.#serials.get(key);
    if (serial === undefined) {
      serial = import('./serial-number.js').then(({ serialNumber }) => serialNumber(this.#host, this.#clock, endpoint));
      if (this.#serials.size >= MOST_SERIALS) this.#serials.clear();
      this.#serials.set(key, serial);
    }
    return serial;
  }

  #way(endpoint: EndpointInfo) {
    const { eid, network } = endpoint;
    return { to: { eid, network }, name: wayName(endpoint), backup: this.isBackup(endpoint) };
  }
}

/** "bench:smbus0/0x1d" */
export function wayName({ eid, link, physicalAddress, bridge }: EndpointInfo): string {
  return bridge === undefined ? placeName(link, physicalAddress) : `${link}, behind EID ${bridge}, EID ${eid}`;
}
