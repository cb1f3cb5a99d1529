/** A device with several ways: which it takes, and what is known of each. */

import type { Clock } from '../clock.js';
import type { MctpAddress } from '../transport.js';
import { Way, type WayOptions } from './way.js';
import { WayChoice, type WayPolicy } from './way-choice.js';

/** A device, as whoever found it says. */
export interface PeerOptions {
  /** What tells it from all others: its UUID. */
  readonly uuid: string;
  /** At least one; under the policy `fixed` the first is preferred. */
  readonly ways: readonly WayOptions[];
}

export type WayEvent =
  | { readonly type: 'wayUp' | 'wayDown'; readonly uuid: string; readonly way: Way; readonly reason: string }
  /** A message goes on by another way. */
  | { readonly type: 'moved'; readonly uuid: string; readonly from: Way; readonly to: Way; readonly reason: string };

/** What a peer needs of its transport. */
export interface PeerHost {
  readonly clock: Clock;
  readonly policy: WayPolicy;
  /** Does the endpoint answer? Never rejects. */
  probe(to: MctpAddress): Promise<boolean>;
  tell(event: WayEvent): void;
}

export class MultipathPeer {
  readonly uuid: string;
  readonly choice: WayChoice;
  #ways: readonly Way[];
  readonly #probing = new Map<Way, Promise<boolean>>();

  constructor(
    private readonly host: PeerHost,
    { uuid, ways }: PeerOptions,
  ) {
    this.uuid = uuid;
    this.choice = new WayChoice(host.policy);
    this.#ways = ways.map((way) => new Way(way));
  }

  get ways(): readonly Way[] {
    return this.#ways;
  }

  /** Its ways from now on; what is known of those that stay is kept. */
  setWays(ways: readonly WayOptions[], sameWay: (a: MctpAddress, b: MctpAddress) => boolean): void {
    this.#ways = ways.map((wanted) => {
      const known = this.#ways.find((way) => way.name === wanted.name && sameWay(way.to, wanted.to));
      if (known === undefined) return new Way(wanted);
      known.backup = wanted.backup ?? false;
      return known;
    });
  }

  /** The way for the next try. Ways that have rested are asked at the same time whether they are up again. */
  choose(tried: ReadonlySet<Way>, first: Way | undefined): Way | undefined {
    const now = this.host.clock.now();
    for (const way of this.#ways) if (way.isDue(now)) void this.probe(way);
    return this.choice.choose(this.#ways, tried, first);
  }

  /** Ask the endpoint of a way whether it is there; asked once at a time. */
  probe(way: Way): Promise<boolean> {
    let asked = this.#probing.get(way);
    if (asked === undefined) {
      asked = this.#ask(way).finally(() => this.#probing.delete(way));
      this.#probing.set(way, asked);
    }
    return asked;
  }

  succeeded(way: Way, rttMs: number): void {
    const { uuid } = this;
    way.counters.answers++;
    if (way.succeeded(rttMs)) this.host.tell({ type: 'wayUp', uuid, way, reason: 'it answers' });
  }

  failed(way: Way, reason: string): void {
    const { uuid } = this;
    if (way.failed(this.host.clock.now())) this.host.tell({ type: 'wayDown', uuid, way, reason });
  }

  async #ask(way: Way): Promise<boolean> {
    const { clock } = this.host;
    const start = clock.now();
    way.counters.probes++;
    const answers = await this.host.probe(way.to);
    if (answers) this.succeeded(way, clock.now() - start);
    else this.failed(way, 'its endpoint does not answer');
    return answers;
  }
}
