/**
 * Every NVMe-MI drive of a network, watched for as long as a program runs: one health poll in each interval, within a
 * share of the wire, and one as soon as a drive says by itself that something has changed. Each at its own pace: one which
 * does not answer slows no other.
 */

import type { BusOwner } from '../bus-owner/index.js';
import type { Clock } from '../clock.js';
import { MESSAGE_TYPE } from '../ids.js';
import type { MctpAddress, Transport } from '../transport.js';
import { Emitter } from '../util/emitter.js';
import {
  type BusShare,
  PacedTransport,
  type WatchEvent,
  type WatchedEndpoint,
  type WatchListener,
} from '../watch/index.js';
import { ManagedDevices } from '../watch/managed-devices.js';
import { type DriveEventReport, DriveEvents } from './drive-events.js';
import { readIdentity } from './drive-report.js';
import type { DriveSnapshot } from './drive-snapshot.js';
import { ManagedDrive } from './managed-drive.js';
import { NvmeMiClient } from './mi-client.js';

/**
 * A drive may ask for up to 6553 s at a time (MPRT of NVMe-MI), and is meant to ask once per command. What a poll reads
 * takes no such time: a drive which is not ready by then is asked again with the next poll, and silent after three of them.
 */
const MOST_PROCESSING_MS = 30_000;

export interface DriveManagerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** ms since 1970; default: what the clock shows. */
  readonly time?: () => number;
  /** The share of the wire to an address; default: no limit. */
  readonly shareOf?: (to: MctpAddress) => BusShare | undefined;
  /** Between two health polls; ms, default 10000. */
  readonly intervalMs?: number;
  /** Drives at once, default 1024. */
  readonly maxDrives?: number;
  /** Switch on the events of drives which have some; default true. False: all are only polled. */
  readonly events?: boolean;
}

export class DriveManager {
  readonly #options: DriveManagerOptions;
  readonly #client: NvmeMiClient;
  readonly #events = new Emitter<{ event: WatchEvent }>();
  /** Undefined: drives are only polled. */
  readonly #driveEvents: DriveEvents | undefined;
  readonly #drives: ManagedDevices<ManagedDrive>;
  #intervalMs: number;

  /** @throws MctpError of transports which need the system for a socket */
  constructor(options: DriveManagerOptions) {
    this.#options = options;
    this.#intervalMs = options.intervalMs ?? 10_000;
    const { transport, clock, shareOf = () => undefined } = options;
    const paced = new PacedTransport(transport, clock, shareOf);
    this.#client = new NvmeMiClient({ transport: paced, clock, moreProcessingMs: MOST_PROCESSING_MS });
    this.#drives = new ManagedDevices({
      messageType: MESSAGE_TYPE.nvmeMi,
      most: options.maxDrives,
      make: (key, endpoint) => this.#drive(key, endpoint),
      serialOf: async ({ eid, network }) => (await readIdentity(this.#client, { eid, network })).serial,
    });
    if (options.events === false) return;
    const { maxDrives } = options;
    const most = maxDrives === undefined ? {} : { maxDrives };
    this.#driveEvents = new DriveEvents({ transport, client: this.#client, clock, ...most });
    this.#driveEvents.subscribe((report) => this.#heard(report));
  }

  /** Of one moment, in the order in which they came. */
  drives(): DriveSnapshot[] {
    return this.#drives.all().map((drive) => drive.snapshot(this.#drives.waysOf(drive)));
  }

  /** Its model, or "EID 9". Undefined: there is no such drive. */
  nameOf(key: string): string | undefined {
    return this.#drives.get(key)?.identity.name;
  }

  /** From now on drives are polled in this interval; ms. */
  retime(intervalMs: number): void {
    this.#intervalMs = intervalMs;
    for (const drive of this.#drives.all()) drive.retime();
  }

  /** Returns how to stop. */
  subscribe(listener: WatchListener): () => void {
    return this.#events.on('event', listener);
  }

  /** Manage what a bus owner finds, now and from now on; returns how to stop. */
  follow(owner: BusOwner): () => void {
    return this.#drives.follow(owner);
  }

  /** An endpoint is there, or something about it is another; those which do not speak NVMe-MI are passed over. */
  put(endpoint: WatchedEndpoint): void {
    this.#drives.put(endpoint);
  }

  /** It does not answer: if its drive has another way, that one is used. */
  degraded(endpoint: WatchedEndpoint): void {
    this.#drives.degraded(endpoint);
  }

  /** It is gone. */
  remove(endpoint: WatchedEndpoint): void {
    this.#drives.remove(endpoint);
  }

  close(): void {
    this.#drives.close();
    this.#driveEvents?.close();
    this.#client.close();
    this.#events.clear();
  }

  #drive(key: string, endpoint: WatchedEndpoint): ManagedDrive {
    const { clock, time = () => clock.now() } = this.#options;
    return new ManagedDrive(key, endpoint, {
      client: this.#client,
      clock,
      time,
      interval: () => this.#intervalMs,
      tell: (event) => this.#events.emit('event', event),
      events: this.#driveEvents,
    });
  }

  #heard({ drive, events }: DriveEventReport): void {
    const names = events.map(({ name }) => name);
    for (const managed of this.#drives.all()) {
      const { endpoint } = managed;
      if (endpoint.eid === drive.eid && endpoint.network === drive.network) managed.heard(names);
    }
  }
}
