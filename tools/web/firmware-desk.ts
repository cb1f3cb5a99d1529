/** Firmware updates which a page asks for: a package is looked at, then given to the devices which somebody chose. */

import type { IncomingMessage } from 'node:http';
import type { PldmClient } from '../../pldm/base/pldm-client.js';
import { PldmResponder } from '../../pldm/base/pldm-responder.js';
import { fdStateName, readInventory } from '../../pldm/firmware/agent/read-inventory.js';
import { UpdateAgent } from '../../pldm/firmware/agent/update-agent.js';
import { type PlannedComponent, planUpdates, type UpdatePlan } from '../../pldm/firmware/agent/update-plan.js';
import { FD_STATE } from '../../pldm/firmware/firmware-enums.js';
import type { FirmwarePackage } from '../../pldm/firmware/package/read-package.js';
import { Terminus } from '../../pldm/terminus/terminus.js';
import type { EndpointInfo } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import { CompletionCodeError, MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import type { Resolver } from '../../stack/names/index.js';
import type { Transport } from '../../stack/transport.js';
import { endpointName } from '../address.js';
import { printable } from '../command-error.js';
import { sizeText } from '../file/progress.js';
import { deviceJournalPlace, updateDevice } from '../fw/device-updates.js';
import { classificationName } from '../fw/fw-words.js';
import { firstWays } from './first-ways.js';
import type { KeptDevice, KeptPackage } from './kept-package.js';
import { PackageShelf, type ShelfOptions, type Shelved } from './package-shelf.js';
import { UpdateRow } from './update-row.js';
import type { WebPlan } from './web-documents.js';
import type { WebModel } from './web-model.js';

export interface FirmwareDeskOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly client: PldmClient;
  readonly model: WebModel;
  readonly names: Resolver;
  endpoints(): readonly EndpointInfo[];
  /** Find it again: it may have lost its EID with its activation. */
  find(endpoint: EndpointInfo): Promise<EndpointInfo | undefined>;
  /** Of a server which watches termini; undefined: updates have one of their own while they run. */
  readonly responder: PldmResponder | undefined;
  /** ms since 1970 */
  readonly time: () => number;
  readonly packages: ShelfOptions;
}

interface Job {
  readonly endpoint: EndpointInfo;
  readonly name: string;
  readonly plans: readonly UpdatePlan[];
  /** It was in the middle of another update when it was looked at: its state; '': it was not. */
  readonly underWay: string;
}

/** Answers devices which ask for their image. */
interface Counter {
  readonly agent: UpdateAgent;
  readonly responder: PldmResponder;
  running: number;
}

/** What an earlier run of the server did not bring to its end. */
interface Interrupted {
  readonly row: UpdateRow;
  readonly device: KeptDevice;
  readonly package: number;
}

const CALL = { timeoutMs: 1000, retries: 1 } as const;
/** Bytes of a device's request. */
const TRANSFER_SIZE = 4096;
/** Updates which are shown; of more, the oldest one which is over goes. */
const MOST_SHOWN = 32;

export class FirmwareDesk {
  readonly #shelf: PackageShelf;
  /** By number of the package: what may be done with it. */
  readonly #offers = new Map<number, ReadonlyMap<string, Job>>();
  readonly #running = new Map<string, { readonly stop: AbortController; readonly device: KeptDevice }>();
  readonly #interrupted = new Map<string, Interrupted>();
  readonly #life = new AbortController();
  readonly #work = new Set<Promise<void>>();
  readonly #rows: UpdateRow[] = [];
  #counter: Counter | undefined;
  #numbers = 0;
  #isUploading = false;

  constructor(private readonly options: FirmwareDeskOptions) {
    this.#shelf = new PackageShelf(options.packages);
  }

  /** Show what an earlier run of the server left unfinished. */
  remember(problem: (what: string) => void): void {
    for (const { number, devices } of this.#shelf.find(problem)) {
      const { kept } = this.#shelf.get(number)!;
      for (const device of devices) {
        const row = this.#row(device, kept);
        row.interrupted(`the server ended while it ran: ${kept.progressOf(device)}`);
        this.#interrupted.set(row.key, { row, device, package: number });
      }
    }
  }

  /** Take a package, and tell what it would do. @throws CommandError, MctpError EBUSY */
  async package(query: URLSearchParams, request: IncomingMessage): Promise<WebPlan> {
    if (this.#isUploading) throw new MctpError('EBUSY', 'another package is being looked at');
    this.#isUploading = true;
    try {
      const asked = { name: query.get('name') ?? 'package', force: query.get('force') === '1' };
      const { number, kept, note } = await this.#shelf.take(request, asked);
      const pkg = await kept.pkg();
      const notes = note === '' ? [] : [printable(note)];
      const jobs = await this.#plan(pkg, kept.force, notes);
      this.#offers.set(number, jobs);
      for (const old of [...this.#offers.keys()]) if (this.#shelf.get(old) === undefined) this.#offers.delete(old);
      const devices = [...jobs].map(([key, { name, plans, underWay }]) => {
        const components = plans
          .flatMap((plan) => plan.components)
          .map((one) => ({ text: planText(one), update: one.update }));
        return { key, name, underWay, components };
      });
      return { number, name: kept.name, size: pkg.size, devices, notes: notes.slice(0, 32) };
    } finally {
      this.#isUploading = false;
    }
  }

  /** Begin. @throws MctpError ENOENT, EBUSY; EADDRINUSE: a node of the network answers PLDM requests */
  async update(query: URLSearchParams): Promise<void> {
    const number = Number(query.get('package'));
    const shelved = this.#shelf.get(number);
    const offer = this.#offers.get(number);
    const keys = [...new Set((query.get('devices') ?? '').split(','))];
    if (shelved === undefined || offer === undefined) {
      throw new MctpError('ENOENT', 'the package is not kept any more: choose it again');
    }
    const jobs = keys.map((key) => {
      const job = offer.get(key);
      if (job === undefined) throw new MctpError('ENOENT', 'the package is not for such a device');
      this.#assertIdle(job);
      return job;
    });
    this.#start(
      jobs.map((job) => ({ job, row: this.#row(keptDevice(job), shelved.kept) })),
      shelved,
    );
  }

  /** Go on with what was interrupted. @throws MctpError ENOENT, EBUSY; CommandError: the package is broken */
  async resume(query: URLSearchParams): Promise<void> {
    const interrupted = this.#interruptedIn(query);
    const { row, device } = interrupted;
    const shelved = this.#shelf.get(interrupted.package)!;
    const endpoint = firstWays(this.options.endpoints()).find((one) => isSame(one, device));
    if (endpoint === undefined) {
      throw new MctpError('ENOENT', `${device.name} is not there now: go on when it is back`);
    }
    // Not twice, whoever else asks while the device is looked at.
    this.#interrupted.delete(row.key);
    try {
      const { eid, network } = endpoint;
      const pkg = await shelved.kept.pkg();
      // With the patience of an update: somebody wants this device, and no list of all.
      const inventory = await readInventory(new Terminus(this.options.client, { eid, network }));
      const { plans, reasons } = planUpdates(pkg, inventory, { force: shelved.kept.force });
      if (plans.length === 0) throw new MctpError('EINVAL', `it cannot go on: ${reasons.join(', ')}`);
      const job = { endpoint, name: device.name, plans, underWay: '' };
      this.#assertIdle(job);
      this.#start([{ job, row, place: device.place }], shelved);
    } catch (error) {
      this.#interrupted.set(row.key, interrupted);
      throw error;
    }
  }

  /** What was interrupted does not go on. @throws MctpError ENOENT */
  async forget(query: URLSearchParams): Promise<void> {
    const { row, device, package: number } = this.#interruptedIn(query);
    this.#shelf.get(number)!.kept.forget(device);
    this.#interrupted.delete(row.key);
    row.forgotten();
  }

  /** @throws MctpError ENOENT */
  async cancel(query: URLSearchParams): Promise<void> {
    const running = this.#running.get(query.get('update') ?? '');
    if (running === undefined) throw new MctpError('ENOENT', 'that update does not run any more');
    running.stop.abort();
  }

  /** Updates are cancelled, and devices are told; the next run of the server may go on with them. */
  async close(): Promise<void> {
    this.#life.abort();
    for (const { stop } of this.#running.values()) stop.abort();
    await Promise.allSettled(this.#work);
    await this.#shelf.close();
  }

  #row(device: KeptDevice, { name }: KeptPackage): UpdateRow {
    const { model, time } = this.options;
    const row = new UpdateRow(model, this.#numbers++, { device, package: name }, time);
    this.#rows.push(row);
    const oldest = this.#rows.findIndex(({ isOver }) => isOver);
    if (this.#rows.length > MOST_SHOWN && oldest >= 0) this.#rows.splice(oldest, 1)[0]!.remove();
    return row;
  }

  #interruptedIn(query: URLSearchParams): Interrupted {
    const interrupted = this.#interrupted.get(query.get('update') ?? '');
    if (interrupted === undefined) throw new MctpError('ENOENT', 'that update was not interrupted');
    return interrupted;
  }

  #assertIdle({ endpoint, name }: Job): void {
    if ([...this.#running.values()].some(({ device }) => isSame(endpoint, device))) {
      throw new MctpError('EBUSY', `${name} is being updated already`);
    }
    for (const { device } of this.#interrupted.values()) {
      if (!isSame(endpoint, device)) continue;
      throw new MctpError('EBUSY', `an update of ${name} was interrupted: go on with that one, or forget it`);
    }
  }

  /** `place`: in the journal, where that is about an earlier run. */
  #start(
    updates: readonly { readonly job: Job; readonly row: UpdateRow; readonly place?: string }[],
    shelved: Shelved,
  ): void {
    const counter = this.#serve();
    const stops: AbortController[] = [];
    for (const { job, row, place = deviceJournalPlace(job.endpoint) } of updates) {
      const stop = new AbortController();
      stops.push(stop);
      const work = this.#run({ job, row, place, stop }, shelved, counter).finally(() => this.#work.delete(work));
      this.#work.add(work);
    }
    try {
      counter.responder.start();
    } catch (error) {
      // Nobody would answer what the devices ask for.
      for (const stop of stops) stop.abort();
      throw error;
    }
  }

  /** What is to be done with each device which has firmware; all are asked at once, each at its own pace. */
  async #plan(pkg: FirmwarePackage, force: boolean, notes: string[]): Promise<Map<string, Job>> {
    const { client, endpoints, names } = this.options;
    const jobs = new Map<string, Job>();
    const termini = firstWays(endpoints()).filter(({ messageTypes }) => messageTypes.includes(MESSAGE_TYPE.pldm));
    await Promise.all(
      termini.map(async (endpoint) => {
        const name = endpointName(names, endpoint);
        const { eid, network } = endpoint;
        try {
          const inventory = await readInventory(new Terminus(client, { eid, network }, CALL));
          const { plans, reasons } = planUpdates(pkg, inventory, { force });
          const { currentState } = inventory.status;
          const underWay = currentState === FD_STATE.idle ? '' : fdStateName(currentState);
          if (plans.length > 0) jobs.set(`${network}:${eid}`, { endpoint, name, plans, underWay });
          else notes.push(...reasons.map((reason) => printable(`${name}: ${reason}`)));
        } catch (error) {
          if (!MctpError.is(error) && !(error instanceof CompletionCodeError)) throw error;
          // Most devices have no firmware update, and say so.
          if (!(error instanceof CompletionCodeError)) notes.push(printable(`${name}: ${error.message}`));
        }
      }),
    );
    return new Map(
      [...jobs].sort(([, a], [, b]) => a.endpoint.network - b.endpoint.network || a.endpoint.eid - b.endpoint.eid),
    );
  }

  #serve(): Counter {
    const { transport, clock } = this.options;
    if (this.#counter === undefined) {
      const responder = this.options.responder ?? new PldmResponder({ transport, clock });
      this.#counter = { responder, agent: new UpdateAgent({ handlers: responder.handlers }), running: 0 };
    }
    return this.#counter;
  }

  async #run(
    { job, row, place, stop }: { job: Job; row: UpdateRow; place: string; stop: AbortController },
    shelved: Shelved,
    counter: Counter,
  ): Promise<void> {
    const { client, find } = this.options;
    const { endpoint, plans, underWay } = job;
    const { kept } = shelved;
    const device = { ...keptDevice(job), place };
    this.#running.set(row.key, { stop, device });
    shelved.running++;
    counter.running++;
    row.begin();
    try {
      kept.note(device);
      const reports = await updateDevice(
        {
          place,
          plans,
          terminus: new Terminus(client, { eid: endpoint.eid, network: endpoint.network }),
          look: async () => {
            const found = this.#life.signal.aborted ? undefined : await find(endpoint);
            return found && new Terminus(client, { eid: found.eid, network: found.network });
          },
        },
        {
          agent: counter.agent,
          journal: kept.journal,
          signal: stop.signal,
          transferSize: TRANSFER_SIZE,
          // Whoever chose the device was told of it.
          takeOver: underWay !== '',
          // The server is ended, and not the update.
          keepsCancelled: () => this.#life.signal.aborted,
          onEvent: (_plan, event) => row.event(event),
          onReport: (_plan, report) => row.report(report),
        },
      );
      if (reports.every(({ outcome }) => outcome !== 'failed' && outcome !== 'cancelled')) row.end();
    } catch (error) {
      row.fail(error instanceof Error ? error.message : String(error));
    } finally {
      this.#running.delete(row.key);
      shelved.running--;
      // One which is not ours stays, with what we answer on it.
      if (--counter.running === 0 && this.options.responder === undefined) {
        counter.responder.close();
        this.#counter = undefined;
      }
    }
  }
}

function keptDevice({ endpoint, name }: Job): KeptDevice {
  const { uuid = null, network, eid } = endpoint;
  return { place: deviceJournalPlace(endpoint), uuid, name, network, eid };
}

/** By its UUID, or where it is. */
function isSame(endpoint: EndpointInfo, { uuid, place }: KeptDevice): boolean {
  return uuid === null ? deviceJournalPlace(endpoint) === place : endpoint.uuid === uuid;
}

/** "firmware 1: 1.4.2 to 2.0, 64 kB" */
function planText({ component, current, classification, update, reason }: PlannedComponent): string {
  const from = current === undefined ? '' : `${current.activeCompVersionString} to `;
  const what = `${classificationName(classification)} ${component.componentIdentifier}`;
  const text = `${what}: ${from}${component.componentVersionString}, ${sizeText(component.componentSize)}`;
  return printable(update && reason === '' ? text : `${text} (${update ? reason : `skipped: ${reason}`})`);
}
