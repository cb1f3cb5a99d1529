/**
 * Every PLDM terminus of a network, watched for as long as a program runs: identified, given a TID where it needs one,
 * its PDRs, FRU data and firmware versions read and read again when they changed, its events received, its sensors read at
 * their own interval within a share of the wire, and found again when it restarts, moves or is replaced. Each at its own
 * pace: one which does not answer slows no other. Everything is bounded.
 */

import type { BusOwner } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import type { CallOptions } from '../../stack/protocol/index.js';
import type { MctpAddress, Transport } from '../../stack/transport.js';
import { Emitter } from '../../stack/util/emitter.js';
import {
  type BusShare,
  PacedTransport,
  type WatchEvent,
  type WatchedEndpoint,
  type WatchListener,
} from '../../stack/watch/index.js';
import { ManagedDevices } from '../../stack/watch/managed-devices.js';
import { PldmClient } from '../base/pldm-client.js';
import type { PldmResponder } from '../base/pldm-responder.js';
import { FruData } from '../fru/fru-requester.js';
import { SetEventReceiver } from '../platform/event-commands.js';
import { type EventMode, EventReceiver } from '../platform/event-receiver.js';
import type { PdrRepository } from '../platform/pdr-repository.js';
import { Terminus } from '../terminus/terminus.js';
import { ManagedTerminus } from './managed-terminus.js';
import type { ManagerContext, ManagerTiming } from './manager-context.js';
import type { TerminusContents } from './terminus-contents.js';
import type { TerminusSnapshot } from './terminus-snapshot.js';
import { TidRegistry } from './tid-registry.js';

export interface TerminusManagerOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** ms since 1970, for events and snapshots; default: what the clock shows. */
  readonly time?: () => number;
  /** The share of the wire to an address; default: no limit. */
  readonly shareOf?: (to: MctpAddress) => BusShare | undefined;
  /** Started; answers what termini send. Undefined: events do not come by themselves. */
  readonly responder?: PldmResponder;
  /** Our EID on a network, which termini send events to. Undefined: none there. */
  readonly ownEid?: (network: number) => number | undefined;
  /** How events come; default: the best that each terminus can. `off`: not at all. */
  readonly events?: EventMode | 'off';
  /** Give a TID to termini which have none, or that of another; default true. */
  readonly setTids?: boolean;
  /** TIDs of an earlier run by the key of the terminus, and where they are kept from now on. */
  readonly tids?: Iterable<readonly [key: string, tid: number]>;
  readonly onTids?: (tids: readonly (readonly [key: string, tid: number])[]) => void;
  /** Of a sensor which does not say its update interval; ms, default 10000. */
  readonly intervalMs?: number;
  /** No sensor is read more often; ms, default 1000. */
  readonly leastIntervalMs?: number;
  /** Between two looks whether a terminus was restarted or changed its PDRs; ms, default 60000. */
  readonly checkMs?: number;
  /** Between two heartbeats of a terminus; s, default 30. */
  readonly heartbeatSeconds?: number;
  /** Between two questions for events where they must be asked for; ms, default 5000. */
  readonly eventPollMs?: number;
  /** For every call. */
  readonly call?: CallOptions;
  /** Termini at once, default 1024: of more, nothing is known. */
  readonly maxTermini?: number;
  /** Sensors of one terminus which are read; default 1024. */
  readonly maxSensors?: number;
}

/** Termini which are gone and remembered, so that their PDRs need not be read again. */
const MOST_GONE = 64;
const GOODBYE = { timeoutMs: 300, retries: 0 } as const;

/**
 *     const manager = new TerminusManager({ transport: mctp, clock, responder, ownEid: () => 8 });
 *     manager.subscribe((event) => console.log(event.device.name, event.kind));
 *     manager.follow(busOwner);
 *     manager.termini();
 */
export class TerminusManager {
  readonly #options: TerminusManagerOptions;
  readonly #client: PldmClient;
  readonly #receiver: EventReceiver | undefined;
  readonly #tids: TidRegistry | undefined;
  readonly #context: ManagerContext;
  readonly #events = new Emitter<{ event: WatchEvent }>();
  readonly #termini: ManagedDevices<ManagedTerminus>;
  /** By key: what is known of those which are gone, the latest last. */
  readonly #gone = new Map<string, TerminusContents>();
  readonly #byTerminus = new WeakMap<Terminus, ManagedTerminus>();
  #timing: ManagerTiming;

  /** @throws MctpError of transports which need the system for a socket */
  constructor(options: TerminusManagerOptions) {
    this.#options = options;
    const { clock, transport, responder, ownEid = () => undefined, shareOf = () => undefined } = options;
    const paced = new PacedTransport(transport, clock, shareOf);
    const most = options.maxTermini ?? 1024;
    this.#client = new PldmClient({ transport: paced, clock, maxPeers: 2 * most });
    if (responder !== undefined && options.events !== 'off') this.#receiver = this.#receive(responder, most);
    if (options.setTids !== false) this.#tids = new TidRegistry(options.tids);
    this.#timing = {
      leastMs: options.leastIntervalMs ?? 1000,
      otherwiseMs: options.intervalMs ?? 10_000,
      checkMs: options.checkMs ?? 60_000,
      heartbeatSeconds: options.heartbeatSeconds ?? 30,
      eventPollMs: options.eventPollMs ?? 5000,
    };
    this.#termini = new ManagedDevices({
      messageType: MESSAGE_TYPE.pldm,
      most,
      make: (key, endpoint) => this.#terminus(key, endpoint),
      serialOf: (endpoint) => this.#serialOf(endpoint),
      gone: (managed) => this.#remember(managed),
    });
    const timing = (): ManagerTiming => this.#timing;
    this.#context = {
      client: this.#client,
      clock,
      ownEid,
      receiver: this.#receiver,
      tids: this.#tids,
      time: options.time ?? (() => clock.now()),
      tidsChanged: () => options.onTids?.(this.#tids?.entries() ?? []),
      get timing() {
        return timing();
      },
      eventMode: options.events === 'off' ? undefined : options.events,
      call: options.call ?? {},
      mostSensors: options.maxSensors ?? 1024,
      tell: (event) => this.#events.emit('event', event),
    };
  }

  /** Of one moment, in the order in which they came. */
  termini(): TerminusSnapshot[] {
    return this.#termini.all().map((managed) => managed.snapshot(this.#termini.waysOf(managed)));
  }

  /** Termini which are not managed because there are too many. */
  get refused(): number {
    return this.#termini.refused;
  }

  /** Live objects, for its PDRs and for calls of one's own. Undefined: there is no such terminus. */
  terminus(key: string): { readonly terminus: Terminus; readonly repository: PdrRepository } | undefined {
    const managed = this.#termini.get(key);
    return managed && { terminus: managed.terminus, repository: managed.contents.repository };
  }

  /** What the terminus calls itself, or "EID 9". Undefined: there is no such terminus. */
  nameOf(key: string): string | undefined {
    return this.#termini.get(key)?.identity.name;
  }

  /** From now on sensors are read, and termini are looked at, in these intervals; ms. */
  retime(timing: Required<Pick<TerminusManagerOptions, 'intervalMs' | 'leastIntervalMs' | 'checkMs'>>): void {
    const { intervalMs: otherwiseMs, leastIntervalMs: leastMs, checkMs } = timing;
    this.#timing = { ...this.#timing, otherwiseMs, leastMs, checkMs };
    for (const managed of this.#termini.all()) managed.retime();
  }

  /** Returns how to stop. */
  subscribe(listener: WatchListener): () => void {
    return this.#events.on('event', listener);
  }

  /** Manage what a bus owner finds, now and from now on; returns how to stop. */
  follow(owner: BusOwner): () => void {
    return this.#termini.follow(owner);
  }

  /** An endpoint is there, or something about it is another; those which do not speak PLDM are passed over. */
  put(endpoint: WatchedEndpoint): void {
    this.#termini.put(endpoint);
  }

  /** It does not answer: if its terminus has another way, that one is used. */
  degraded(endpoint: WatchedEndpoint): void {
    this.#termini.degraded(endpoint);
  }

  /** It is gone. */
  remove(endpoint: WatchedEndpoint): void {
    this.#termini.remove(endpoint);
  }

  /** End all of it. Termini are told that nobody receives their events, without waiting for those which do not answer. */
  async close(): Promise<void> {
    const listening = this.#termini.all().filter(({ hasEvents }) => hasEvents);
    this.#termini.close();
    this.#receiver?.close();
    const off = {
      eventMessageGlobalEnable: 'disable',
      transportProtocolType: 'mctp',
      eventReceiverAddressInfo: 0,
    } as const;
    await Promise.allSettled(listening.map(({ terminus }) => terminus.call(SetEventReceiver, off, GOODBYE)));
    this.#client.close();
    this.#gone.clear();
    this.#events.clear();
  }

  #terminus(key: string, endpoint: WatchedEndpoint): ManagedTerminus {
    const managed = new ManagedTerminus(key, endpoint, this.#context, this.#gone.get(key));
    this.#gone.delete(key);
    this.#byTerminus.set(managed.terminus, managed);
    return managed;
  }

  async #serialOf({ eid, network }: WatchedEndpoint): Promise<string | undefined> {
    const fru = new FruData(new Terminus(this.#client, { eid, network }, this.#options.call));
    await fru.download();
    const serials = fru.recordSets.map((set) => fru.fields(set).serialNumber);
    return serials.find((serial) => serial !== undefined && serial !== '');
  }

  #remember({ key, contents }: ManagedTerminus): void {
    this.#gone.delete(key);
    this.#gone.set(key, contents);
    for (const oldest of this.#gone.keys()) {
      if (this.#gone.size <= MOST_GONE) break;
      this.#gone.delete(oldest);
    }
  }

  #receive(responder: PldmResponder, maxTermini: number): EventReceiver {
    const receiver = new EventReceiver({ responder, eid: 0, maxTermini });
    const of = (terminus: Terminus): ManagedTerminus | undefined => this.#byTerminus.get(terminus);
    receiver.on('event', ({ terminus, event }) => of(terminus)?.heard(event));
    receiver.on('repositoryChanged', ({ terminus }) => of(terminus)?.recordsChanged());
    receiver.on('lost', ({ terminus }) => of(terminus)?.hurry());
    receiver.on('trouble', ({ terminus, error }) => of(terminus)?.trouble(error.message));
    return receiver;
  }
}
