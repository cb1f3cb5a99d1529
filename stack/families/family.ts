/** A family: a transport among others behind one socket, and how its networks and links are called there. */

import { MctpError } from '../errors.js';
import { DEFAULT_NETWORK, NET_ANY } from '../ids.js';
import { type Address, readFamilyEid } from '../names/address-text.js';
import type { Destination } from '../names/resolver.js';
import { placeName } from '../place.js';
import type { MctpAddress, MctpMessage, Transport } from '../transport.js';
import type { MaybePromise } from '../util/async.js';

export interface FamilyOptions {
  /** For people and for binding: `own`, `kernel`, `shared:lab`. */
  readonly name: string;
  readonly transport: Transport;
  /** In front of the names of its links, where they could be mistaken for those of another family. Default none. */
  readonly linkPrefix?: string;
  /** What an address means here, in the numbers of the family itself. Default: nothing is looked up. */
  readonly find?: (address: Address) => MaybePromise<readonly MctpAddress[]>;
  /** Does a link with this name belong to the family? `name` is without the prefix. Default: every name with the prefix. */
  readonly hasLink?: (name: string) => boolean;
  /** Called when the transport in front is closed: the family is its alone. */
  readonly end?: () => MaybePromise<unknown>;
}

/** Networks of the first family keep their numbers; those of the next have its number above. */
const NETWORK_BITS = 24;
const NETWORKS = 1 << NETWORK_BITS;
export const MOST_FAMILIES = 255;

export class Family {
  readonly name: string;
  readonly transport: Transport;
  readonly #options: FamilyOptions;
  readonly #prefix: string;

  constructor(
    options: FamilyOptions,
    readonly index: number,
  ) {
    this.#options = options;
    this.#prefix = options.linkPrefix ?? '';
    this.name = options.name;
    this.transport = options.transport;
  }

  /** The number that a network of the family has outside. @throws MctpError EINVAL for numbers above 16777215 */
  outerNetwork(network: number): number {
    if (network < NETWORKS) return this.index * NETWORKS + network;
    throw new MctpError(
      'EINVAL',
      `network ${network} of ${this.name} cannot be told: its number is above ${NETWORKS - 1}`,
    );
  }

  outerLink(link: string): string {
    return `${this.#prefix}${link}`;
  }

  /** How well a link's name fits: the length of the prefix. Undefined: it is none of the family. */
  fits(outer: string): number | undefined {
    if (!outer.startsWith(this.#prefix)) return undefined;
    const mine = this.#options.hasLink?.(outer.slice(this.#prefix.length)) ?? true;
    return mine ? this.#prefix.length : undefined;
  }

  async end(): Promise<void> {
    await this.#options.end?.();
  }

  /** As the family itself knows it. */
  inner(to: MctpAddress): MctpAddress {
    const { eid, network, link, physicalAddress } = to;
    return {
      eid,
      ...(network !== undefined && { network: innerNetwork(network) }),
      ...(link !== undefined && { link: link.slice(this.#prefix.length) }),
      ...(physicalAddress !== undefined && { physicalAddress }),
    };
  }

  outer(to: MctpAddress): MctpAddress {
    const { network, link } = to;
    return {
      ...to,
      ...(network !== undefined && { network: this.outerNetwork(network) }),
      ...(link !== undefined && { link: this.outerLink(link) }),
    };
  }

  /** A message as it is told outside; the first family's are as they are. @throws MctpError EINVAL as `outerNetwork` */
  outerMessage(message: MctpMessage): MctpMessage {
    if (this.index === 0 && this.#prefix === '') return message;
    const network = this.outerNetwork(message.network) as MctpMessage['network'];
    return { ...message, network, link: this.outerLink(message.link) };
  }

  innerMessage(message: MctpMessage): MctpMessage {
    if (this.index === 0 && this.#prefix === '') return message;
    const network = innerNetwork(message.network) as MctpMessage['network'];
    return { ...message, network, link: message.link.slice(this.#prefix.length) };
  }

  peerKey(to: MctpAddress): string {
    const key = this.transport.peerKey(this.inner(to));
    return this.index === 0 ? key : `${this.name} ${key}`;
  }

  /** `own:9`, `kernel:2:9`, `shared:lab/9`. @throws MctpError EUSAGE */
  read(text: string): Address | undefined {
    return text.startsWith(this.#written) ? readFamilyEid(text.slice(this.#written.length), this.name) : undefined;
  }

  /** Where messages to an address can be sent. */
  async destinations(address: Address): Promise<Destination[]> {
    if (address.kind === 'eid' && (address.family ?? this.name) !== this.name) return [];
    if (address.kind === 'physical' && !address.link.startsWith(this.#prefix)) return [];
    const inner = address.kind === 'physical' ? { ...address, link: address.link.slice(this.#prefix.length) } : address;
    const found = (await this.#options.find?.(inner)) ?? [];
    return found.map((to) => ({ to: this.outer(to), family: this.name, text: this.say(to) }));
  }

  /** As somebody would write an address of the family, to mean it alone. */
  say({ eid, network = DEFAULT_NETWORK, link, physicalAddress }: MctpAddress): string {
    if (link !== undefined) return placeName(this.outerLink(link), physicalAddress);
    return `${this.#written}${network === DEFAULT_NETWORK ? eid : `${network}:${eid}`}`;
  }

  /** In front of an EID. */
  get #written(): string {
    return `${this.name}${this.name.includes(':') ? '/' : ':'}`;
  }
}

/** Which of the families a network belongs to, by its number outside. */
export function familyIndex(network: number): number {
  return Math.floor(network / NETWORKS);
}

export function innerNetwork(network: number): number {
  return network === NET_ANY ? NET_ANY : network % NETWORKS;
}
