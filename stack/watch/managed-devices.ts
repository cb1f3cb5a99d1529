/**
 * The devices that a manager watches, whatever they speak: by their keys, each by one of its ways, as bus owners find and
 * lose them. Devices with one UUID are told apart by their serial numbers.
 */

import type { BusOwner } from '../bus-owner/index.js';
import { type EndpointManager, FollowedOwners } from './followed-owners.js';
import { Twins } from './twins.js';
import type { WatchedEndpoint, WatchedWay } from './watched-device.js';
import { WatchedWays, type WayChange } from './watched-ways.js';

export interface ManagedDevice {
  readonly key: string;
  /** By which it is watched. */
  readonly endpoint: WatchedEndpoint;
  start(): void;
  stop(): void;
  /** From now on it is watched by this one. */
  moved(endpoint: WatchedEndpoint): void;
  /** Something is odd about it: one sentence. */
  trouble(what: string): void;
}

export interface DeviceKind<D extends ManagedDevice> {
  /** Endpoints which do not speak it are passed over. */
  readonly messageType: number;
  /** Devices at once; default 1024: of more, nothing is known. */
  readonly most?: number | undefined;
  make(key: string, endpoint: WatchedEndpoint): D;
  /** May reject: then it says none. */
  serialOf(endpoint: WatchedEndpoint): Promise<string | undefined>;
  /** It is gone, and was stopped. */
  gone?(device: D): void;
}

const MOST_DEVICES = 1024;

export class ManagedDevices<D extends ManagedDevice> implements EndpointManager {
  readonly #kind: DeviceKind<D>;
  readonly #devices = new Map<string, D>();
  readonly #owners = new FollowedOwners(this);
  readonly #ways = new WatchedWays();
  readonly #twins: Twins;
  #refused = 0;

  constructor(kind: DeviceKind<D>) {
    this.#kind = kind;
    this.#twins = new Twins(this.#ways, (endpoint) => kind.serialOf(endpoint));
  }

  /** In the order in which they came: a copy. */
  all(): D[] {
    return [...this.#devices.values()];
  }

  get(key: string): D | undefined {
    return this.#devices.get(key);
  }

  waysOf({ key }: D): WatchedWay[] {
    return this.#ways.of(key);
  }

  /** Those which were one too many. */
  get refused(): number {
    return this.#refused;
  }

  /** Manage what a bus owner finds, now and from now on; returns how to stop. */
  follow(owner: BusOwner): () => void {
    return this.#owners.follow(owner);
  }

  put(endpoint: WatchedEndpoint): void {
    const key = this.#twins.keyOf(endpoint);
    // Whoever had the EID before does not have it any more.
    this.#changed(this.#ways.remove(endpoint, key));
    if (!endpoint.messageTypes.includes(this.#kind.messageType)) return;
    const known = this.#devices.get(key);
    if (known !== undefined) {
      // One of its other ways is only remembered.
      const isNew = !this.#ways.of(key).some(({ link }) => link === endpoint.link);
      if (this.#ways.put(key, endpoint) === endpoint) known.moved(endpoint);
      if (isNew) void this.#checkTwin(known, endpoint);
      return;
    }
    if (this.#devices.size >= (this.#kind.most ?? MOST_DEVICES)) {
      this.#refused++;
      return;
    }
    const device = this.#kind.make(key, endpoint);
    this.#ways.put(key, endpoint);
    this.#devices.set(key, device);
    device.start();
  }

  /** If its device has another way, that one is used. */
  degraded(endpoint: WatchedEndpoint): void {
    this.#changed(this.#ways.down(endpoint));
  }

  remove(endpoint: WatchedEndpoint): void {
    this.#changed(this.#ways.remove(endpoint));
  }

  /** All are stopped, and nobody's endpoints are followed any more. */
  close(): void {
    this.#owners.close();
    for (const device of this.#devices.values()) device.stop();
    this.#devices.clear();
    this.#ways.clear();
    this.#twins.clear();
  }

  async #checkTwin(device: D, endpoint: WatchedEndpoint): Promise<void> {
    const what = await this.#twins.differs(device.key, device.endpoint, endpoint);
    if (what === undefined || this.#devices.get(device.key) !== device) return;
    device.trouble(what);
    this.#changed(this.#ways.remove(endpoint));
    this.put(endpoint);
  }

  #changed(changes: readonly WayChange[]): void {
    for (const { key, used, isOther } of changes) {
      const device = this.#devices.get(key);
      if (device === undefined) continue;
      if (used === undefined) this.#forget(device);
      else if (isOther) device.moved(used);
    }
  }

  #forget(device: D): void {
    device.stop();
    this.#devices.delete(device.key);
    this.#ways.forget(device.key);
    this.#kind.gone?.(device);
  }
}
