/** The stack behind hardware tests: the named links, a bus owner which finds the devices on them, a tap for captures. */

import { createLink } from '../../../bindings/link-registry.js';
import { parseLinkUrl } from '../../../bindings/link-url.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { BusOwner, type EndpointInfo } from '../../../stack/bus-owner/index.js';
import { MctpError } from '../../../stack/errors.js';
import type { Link } from '../../../stack/link.js';
import { Mctp } from '../../../stack/mctp.js';
import { placeName } from '../../../stack/place.js';
import { BusOwnerRole } from '../../../stack/roles/index.js';
import { openBenchLinks } from '../../bench/bench-links.js';

/** Which device a test is about; `{}`: the only one there is. */
export interface WantedDevice {
  readonly uuid?: string;
  readonly eid?: number;
  /** `i2c:pico/0x1d`, or the link itself when it is point to point. Options of the URL are left out. */
  readonly place?: string;
}

/** What Linux gives a bus owner in its examples. */
const OWN_EID = 8;

export class HilBus {
  readonly clock = systemClock;
  readonly mctp = new Mctp({ clock: systemClock });
  readonly owner = new BusOwner({ host: this.mctp, clock: systemClock });
  /** When the clock showed 0, ms since 1970. */
  readonly originMs = Date.now() - systemClock.now();
  readonly #role = new BusOwnerRole({ mctp: this.mctp, clock: systemClock, owners: [this.owner] });
  readonly #ends: (() => Promise<void>)[] = [];
  #searched: Promise<unknown> | undefined;

  private constructor(readonly urls: readonly string[]) {}

  /** @throws MctpError EUSAGE, ENODEV, EACCES...: which link, and why */
  static async open(urls: readonly string[]): Promise<HilBus> {
    const bus = new HilBus(urls);
    try {
      for (const url of urls) for (const link of await bus.#linksOf(url)) await bus.#add(link);
      return bus;
    } catch (error) {
      await bus.close();
      throw error;
    }
  }

  /** Everything that is found; the first call searches. */
  async devices(): Promise<EndpointInfo[]> {
    this.#searched ??= this.#search();
    await this.#searched;
    return this.owner.endpoints();
  }

  /** @throws MctpError ENODEV when it is not there, EUSAGE when several are meant */
  async find(wanted: WantedDevice): Promise<EndpointInfo> {
    const all = await this.devices();
    const fit = all.filter((endpoint) => fits(endpoint, wanted));
    const [found] = fit;
    if (found !== undefined && fit.length === 1) return found;
    const there = all.map((endpoint) => `${deviceText(endpoint)}`).join(', ') || 'none';
    if (found === undefined) {
      throw new MctpError('ENODEV', `no device ${wantedText(wanted)} on ${this.urls.join(' ')}; there is ${there}`);
    }
    throw new MctpError('EUSAGE', `${fit.length} devices fit ${wantedText(wanted)}: say which: ${there}`);
  }

  async close(): Promise<void> {
    this.#role.close();
    await this.mctp.close();
    for (const end of this.#ends) await end();
  }

  async #linksOf(url: string): Promise<readonly Link[]> {
    const { scheme } = parseLinkUrl(url);
    if (scheme === 'kernel') {
      throw new MctpError('EUSAGE', `${url}: tests have a stack of their own and take links, not the kernel's stack`);
    }
    if (scheme !== 'bench') return [await createLink(url, { clock: systemClock })];
    const { bench, links } = await openBenchLinks(url, { clock: systemClock });
    this.#ends.push(() => bench.close());
    return links;
  }

  async #add(link: Link): Promise<void> {
    this.mctp.addLink(link);
    this.mctp.addAddress(OWN_EID, link.name);
    await this.mctp.openLink(link.name);
  }

  /** Link after link: then every run gives the same EIDs to the same devices. */
  async #search(): Promise<void> {
    for (const { name } of this.mctp.links()) await this.owner.discover({ links: [name] });
  }
}

/** "EID 9 at i2c:pico/0x1d (uuid ...)" */
function deviceText({ eid, link, physicalAddress, uuid }: EndpointInfo): string {
  return `EID ${eid} at ${placeName(link, physicalAddress)}${uuid === undefined ? '' : ` (UUID ${uuid})`}`;
}

function wantedText({ uuid, eid, place }: WantedDevice): string {
  const parts = [
    ...(uuid === undefined ? [] : [`with the UUID ${uuid}`]),
    ...(eid === undefined ? [] : [`with EID ${eid}`]),
    ...(place === undefined ? [] : [`at ${place}`]),
  ];
  return parts.length === 0 ? 'at all' : parts.join(' ');
}

function fits({ uuid, eid, link, physicalAddress, bridge }: EndpointInfo, wanted: WantedDevice): boolean {
  if (wanted.uuid !== undefined && uuid?.toLowerCase() !== wanted.uuid.toLowerCase()) return false;
  if (wanted.eid !== undefined && eid !== wanted.eid) return false;
  // Behind a bridge there is no place.
  return wanted.place === undefined || (bridge === undefined && placeName(link, physicalAddress) === wanted.place);
}
