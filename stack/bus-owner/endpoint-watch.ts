/** What a bus owner does by itself: looks at its endpoints, searches for new ones, follows its links. */

import type { Timer } from '../clock.js';
import { COMPLETION, EID_TYPE, ENDPOINT_TYPE, GetEndpointID, GetEndpointUUID } from '../control/index.js';
import { CompletionCodeError, MctpError } from '../errors.js';
import { isEid } from '../ids.js';
import type { BringUp } from './bring-up.js';
import { ContestedEids } from './contested-eids.js';
import { addressOf, deviceAt, isSilence, whoever } from './device-client.js';
import type { DownstreamDiscovery } from './downstream-discovery.js';
import { Monitor, type ObservedIdentity } from './endpoint-monitor.js';
import { type EndpointRecord, snapshot } from './endpoint-registry.js';
import { Interview } from './interview.js';
import type { NetworkStack } from './network-stack.js';
import type { OwnerContext } from './owner-context.js';
import type { Removal } from './removal.js';

export interface WatchOptions {
  readonly host: NetworkStack;
  readonly reclaimMs: number;
  readonly pollMs: number;
  readonly scanMs: number;
  /** Search for devices, on all links or on these. */
  readonly scan: (links?: readonly string[]) => Promise<void>;
}

export class Watch {
  readonly #monitor: Monitor;
  readonly #unsubscribe: (() => void)[] = [];
  readonly #contested: ContestedEids;
  #scanTimer: Timer | undefined;

  constructor(
    private readonly context: OwnerContext,
    private readonly bringUp: BringUp,
    private readonly downstream: DownstreamDiscovery,
    private readonly removal: Removal,
    private readonly options: WatchOptions,
  ) {
    const { registry, devices, events } = context;
    this.#contested = new ContestedEids(devices.clock);
    this.#monitor = new Monitor(devices.clock, options, {
      records: () => registry.complete,
      has: (record) => registry.has(record),
      policy: (record) => devices.policy(addressOf(record)),
      look: (record) => this.#look(record),
      renew: (record, observed) => this.#renew(record, observed),
      reconnect: (record) => this.bringUp.reconnect(record),
      lookFurther: async (record) => {
        await this.#askAgain(record);
        await this.lookBehind(record);
      },
      remove: (record, reason) => this.removal.remove(record, reason),
      emit: (change) => events.emit(change),
    });
  }

  start(): void {
    if (this.#monitor.running) return;
    this.#monitor.start();
    this.#nextScan();
    const { host, scan } = this.options;
    const up = host.on?.('linkUp', ({ link }) => void scan([link]).catch(closedMeanwhile));
    const down = host.on?.('linkDown', ({ link }) => {
      for (const record of this.context.registry.complete) {
        if (record.link === link) this.#monitor.lostLink(record, `link ${link} is down`);
      }
    });
    for (const stop of [up, down]) if (stop !== undefined) this.#unsubscribe.push(stop);
  }

  stop(): void {
    this.#monitor.stop();
    this.#scanTimer?.cancel();
    this.#scanTimer = undefined;
    for (const stop of this.#unsubscribe.splice(0)) stop();
  }

  check(record: EndpointRecord): Promise<void> {
    return this.#monitor.check(record);
  }

  /** Endpoints that have appeared behind a bridge since we looked last. */
  async lookBehind(record: EndpointRecord): Promise<void> {
    const { registry } = this.context;
    if (record.endpointType !== ENDPOINT_TYPE.busOwnerOrBridge || !registry.has(record)) return;
    try {
      await this.downstream.sync(record);
    } catch (error) {
      // Its silence is the monitor's to judge.
      if (!(error instanceof MctpError)) throw error;
    }
  }

  #nextScan(): void {
    if (this.options.scanMs === 0) return;
    this.#scanTimer = this.context.devices.clock.schedule(this.options.scanMs, () => {
      void this.options
        .scan()
        .catch(closedMeanwhile)
        .finally(() => {
          if (this.#monitor.running) this.#nextScan();
        });
    });
  }

  /** At its physical address where it has one, so that a reset shows. */
  async #look(record: EndpointRecord): Promise<ObservedIdentity> {
    const to =
      record.physicalAddress === undefined
        ? addressOf(record)
        : whoever({ ...record, physicalAddress: record.physicalAddress });
    const { devices } = this.context;
    const { eid, eidType } = await devices.ask(to, GetEndpointID, {});
    const isStatic = eidType === EID_TYPE.staticPresent;
    if (record.uuid === undefined) return { eid, isStatic, uuid: undefined };
    // No answer to this question says nothing about which device it is; that it lacks the command says that it is another one.
    let lacksIt = false;
    const where = eid === record.eid ? addressOf(record) : to;
    const answer = await new Interview(devices, where, eid).ask(GetEndpointUUID, {}, (error) => {
      lacksIt = error instanceof CompletionCodeError && error.completionCode === COMPLETION.unsupportedCommand;
    });
    return { eid, isStatic, uuid: lacksIt ? undefined : (answer?.uuid ?? record.uuid) };
  }

  /** One question that it has not answered yet, once. */
  async #askAgain(record: EndpointRecord): Promise<void> {
    const { registry, devices } = this.context;
    const [next, ...later] = record.unanswered;
    if (next === undefined || !registry.has(record)) return;
    record.unanswered = [...later, next];
    try {
      await devices.ask(addressOf(record), next.command, next.fields, { retries: 0, once: true });
      if (record.physicalAddress === undefined) await this.downstream.identifyAgain(record);
      else await this.bringUp.run(deviceAt(record.link, record.physicalAddress), { mode: 'keep' });
    } catch (error) {
      if (!(error instanceof MctpError)) throw error;
      if (!isSilence(error)) record.unanswered = later;
    }
  }

  async #renew(record: EndpointRecord, observed: ObservedIdentity): Promise<void> {
    const { registry, events } = this.context;
    if (record.physicalAddress === undefined) {
      const bridge = record.bridge === undefined ? undefined : registry.byEid(record.bridge);
      await this.removal.remove(record, 'another device has its EID');
      if (bridge !== undefined) await this.lookBehind(bridge);
      return;
    }
    const same = observed.uuid === record.uuid;
    if (same) this.#yieldTo(record, observed);
    // A bridge that lost its EID lost what it gave to those behind it, too.
    if (observed.eid !== record.eid) await this.removal.removeBehind(record, `${record.place} was reset`);
    const device = deviceAt(record.link, record.physicalAddress);
    const renewed = await this.bringUp.run(device, { mode: same ? 'assign' : 'keep' });
    if (renewed.eid !== record.eid || renewed.uuid !== record.uuid || !registry.has(renewed)) return;
    const what = `${observed.eid === 0 ? 'was reset' : `had EID ${observed.eid}`} and has EID ${renewed.eid} again`;
    events.emit({ type: 'recovered', endpoint: snapshot(renewed), what });
  }

  /**
   * One that lost its EID has none, or its static one. Any other was given to it by somebody else.
   * @throws MctpError ECONFLICT when that has happened too often: for a while it is left as it is
   */
  #yieldTo({ eid, link, place }: EndpointRecord, observed: ObservedIdentity): void {
    if (!isEid(observed.eid) || observed.eid === eid || observed.isStatic || !this.context.mayAssign(link)) return;
    const { times, isNews, waitMs } = this.#contested.seen(place);
    if (waitMs === 0) return;
    const what =
      `${place} was given EID ${eid} and has EID ${observed.eid}, ${times} times now: another bus owner seems to ` +
      `give EIDs on ${link}, and one of the two must stop; until then we give the EID again at ever longer intervals`;
    if (isNews) this.context.events.emit({ type: 'conflict', place, what });
    throw new MctpError('ECONFLICT', `has EID ${observed.eid}, which we did not give it`);
  }
}

/** The stack, or we, were closed while we searched. */
function closedMeanwhile(error: unknown): void {
  if (!(error instanceof MctpError)) throw error;
}
