/** Looking for devices on several links at once: never slower than the slowest of them. */

import type { Clock, Timer } from '../clock.js';
import { ENDPOINT_TYPE } from '../control/index.js';
import { MctpError } from '../errors.js';
import type { PhysicalAddress } from '../link.js';
import { placeName } from '../place.js';
import { Turnstile } from '../util/line.js';
import type { Assigner, Present } from './assignment.js';
import type { BringUp, BringUpOptions } from './bring-up.js';
import type { DiscoverOptions } from './bus-owner-options.js';
import { type Device, deviceAt, isSilence, whoever } from './device-client.js';
import type { Watch } from './endpoint-watch.js';
import { mapLimit } from './map-limit.js';
import type { NetworkStack } from './network-stack.js';
import type { OwnerContext } from './owner-context.js';

export interface DiscoveryOptions {
  /** Devices of one link at a time. */
  readonly parallel: number;
  readonly surveyMs: number;
  readonly only: (link: string) => boolean;
}

export interface SearchOptions extends DiscoverOptions {
  /** What stood against a device the last time, and still does, is not told again. */
  readonly onlyNews?: boolean;
}

export class Discovery {
  /** What stood against devices that were not set up, by place. */
  readonly #told = new Map<string, string>();

  constructor(
    private readonly context: OwnerContext,
    private readonly host: NetworkStack,
    private readonly assigner: Assigner,
    private readonly bringUp: BringUp,
    private readonly watch: Watch,
    private readonly options: DiscoveryOptions,
  ) {}

  async run(options: SearchOptions): Promise<void> {
    const links = (await this.host.links()).filter(
      ({ name, network, up }) =>
        network === this.context.network && up && this.options.only(name) && (options.links?.includes(name) ?? true),
    );
    const survey = new Survey(this.context.devices.clock, this.options.surveyMs);
    const plans = links.map(({ name }) => {
      const addresses = options.addresses ?? [...this.host.probeAddresses(name)];
      return { name, asking: addresses.map((address) => ({ address, question: survey.expect() })) };
    });
    survey.complete();
    const found: Device[] = [];
    const order = plans.flatMap(({ name, asking }) => asking.map(({ address }) => placeName(name, address)));
    const settled = survey.settled.then(() => {
      this.context.selection.lineUp(found.sort((a, b) => order.indexOf(a.place) - order.indexOf(b.place)));
    });
    await Promise.all(plans.map(({ name, asking }) => this.#link(name, asking, found, settled, options)));
  }

  /**
   * Ask every device first, then set up those which answered; both as many at a time as the link takes. Bridges come before
   * the rest: what is behind them takes the longest.
   */
  async #link(
    link: string,
    asking: readonly { readonly address: PhysicalAddress; readonly question: ReturnType<Survey['expect']> }[],
    found: Device[],
    settled: Promise<void>,
    search: SearchOptions,
  ): Promise<void> {
    const { parallel } = this.options;
    const { signal } = search;
    const setUps: Promise<void>[] = [];
    const turns = new Turnstile(asking.length, `devices of ${link} wait for their set-up`, Math.ceil(parallel / 3));
    const bridges: Promise<void>[] = [];
    const turn = settled.then(() => this.#allOrEnough(bridges));
    await mapLimit(asking, parallel, async ({ address, question }) => {
      const device = deviceAt(link, address);
      question.asked();
      try {
        if (signal?.aborted === true) return;
        const known = this.context.registry.byPlace(device.place);
        if (known !== undefined) {
          question.heard();
          setUps.push(turns.run(() => this.#again(device, search)));
          return;
        }
        const present = await this.#present(device, search);
        if (present === undefined) return;
        this.#letGo(device, present.eid);
        // Held at once, so that no other device is given what this one has.
        if (!this.context.selection.hold(device, present.eid)) found.push(device);
        if (present.endpointType === ENDPOINT_TYPE.busOwnerOrBridge) {
          bridges.push(
            new Promise((ready) => {
              setUps.push(this.#setUp(device, { present, settled, ready, signal }, search).finally(ready));
            }),
          );
        } else setUps.push(turns.run(() => this.#setUp(device, { present, settled: turn, signal }, search)));
      } finally {
        question.heard();
      }
    });
    await Promise.all(setUps);
  }

  /** Others wait for bridges no longer than for addresses that do not answer. */
  async #allOrEnough(bridges: readonly Promise<void>[]): Promise<void> {
    if (bridges.length === 0) return;
    const enough = this.context.lifetime.wait(this.options.surveyMs).catch(() => {});
    await Promise.race([Promise.all(bridges), enough]);
  }

  /** Undefined: nobody there, or we are to leave it alone. */
  async #present(device: Device, search: SearchOptions): Promise<Present | undefined> {
    if (this.context.devices.policy(whoever(device)).ignore === true) return undefined;
    // It is being set up already.
    if (this.context.setUps.busy(device.place)) return undefined;
    try {
      return await this.assigner.present(device, true);
    } catch (error) {
      if (isSilence(error)) {
        this.#told.delete(device.place);
        this.#letGo(device);
      } else this.#report(device, error, search);
      return undefined;
    }
  }

  /** Who was seen there and never set up is gone, or has another EID. */
  #letGo(device: Device, present?: number): void {
    const { selection, registry, setUps } = this.context;
    const { place } = device;
    if (registry.byPlace(place) === undefined && !setUps.busy(place)) selection.letGo(device, present);
  }

  async #setUp(device: Device, options: Omit<BringUpOptions, 'mode'>, search: SearchOptions): Promise<void> {
    if (options.signal?.aborted === true) return;
    try {
      await this.bringUp.run(device, { mode: 'keep', ...options });
      this.#told.delete(device.place);
    } catch (error) {
      this.#report(device, error, search);
    }
  }

  async #again(device: Device, search: SearchOptions): Promise<void> {
    const known = this.context.registry.byPlace(device.place);
    if (known === undefined || search.signal?.aborted === true) return;
    try {
      await this.watch.check(known);
      if (known.connectivity === 'available') await this.bringUp.reconnect(known);
      await this.watch.lookBehind(known);
    } catch (error) {
      this.#report(device, error, search);
    }
  }

  /** One device that fails does not stop the others. */
  #report(device: Device, error: unknown, { onlyNews = false }: SearchOptions): void {
    if (!(error instanceof MctpError)) throw error;
    if (this.context.lifetime.ended) return;
    const isKnown = this.#told.get(device.place) === error.message;
    this.#told.set(device.place, error.message);
    if (onlyNews && isKnown) return;
    this.context.events.emit({ type: 'conflict', place: device.place, what: error.message, error });
  }
}

/**
 * All devices are found before any is given an EID: a device found later may have, from an earlier life, the very EID that
 * was about to be given to another. New EIDs therefore wait until every address has answered or has had its time.
 */
class Survey {
  /** All have been heard, or have had their time. */
  readonly settled: Promise<void>;
  readonly #open = new Map<object, Timer | undefined>();
  #settle: () => void = () => {};

  constructor(
    private readonly clock: Clock,
    private readonly patienceMs: number,
  ) {
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** An address is to be asked. Returns what to call when that begins. */
  expect(): { asked(): void; heard(): void } {
    const key = {};
    this.#open.set(key, undefined);
    const heard = (): void => {
      this.#open.get(key)?.cancel();
      if (this.#open.delete(key) && this.#open.size === 0) this.#settle();
    };
    const asked = (): void => {
      if (this.#open.has(key)) this.#open.set(key, this.clock.schedule(this.patienceMs, heard));
    };
    return { asked, heard };
  }

  /** No more addresses are expected; needed when there were none. */
  complete(): void {
    if (this.#open.size === 0) this.#settle();
  }
}
