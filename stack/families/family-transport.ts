/**
 * Several transports as one: the address of a message says which of them carries it. Networks of the first family keep
 * their numbers; those of the others have numbers of their own outside, so that a network tells the family, too.
 */

import type { Clock } from '../clock.js';
import { MctpError } from '../errors.js';
import { NET_ANY } from '../ids.js';
import { DEFAULT_LIMITS, type Limits } from '../limits.js';
import { type Logger, SILENT } from '../logger.js';
import { type Destination, Resolver } from '../names/resolver.js';
import { addressText } from '../place.js';
import type { BaseSocketHost } from '../socket/base-socket.js';
import type { Carrier, MctpAddress, MctpSocket, Transport } from '../transport.js';
import { inTurn } from '../util/in-turn.js';
import { Family, type FamilyOptions, familyIndex, MOST_FAMILIES } from './family.js';
import { FamilySocket } from './family-socket.js';
import type { FamilyTrace } from './family-trace.js';

export interface FamilyTransportOptions {
  readonly clock: Clock;
  /** The first keeps the numbers of its networks. 1 to 255. */
  readonly families: readonly FamilyOptions[];
  /** Which family an address without network and link means. Default: EDESTADDRREQ where there are several. */
  readonly unspecified?: string;
  /** Names and addresses; default: a table of its own. */
  readonly resolver?: Resolver;
  readonly limits?: Partial<BaseSocketHost['limits']>;
  readonly logger?: Logger;
  /** Each translation and decision. */
  readonly onTrace?: (trace: FamilyTrace) => void;
}

export class FamilyTransport implements Transport, BaseSocketHost {
  readonly clock: Clock;
  readonly limits: Pick<Limits, 'messageBytes' | 'socketMessages' | 'socketBytes' | 'waiters'>;
  /** Add names to it, and modules. */
  readonly resolver: Resolver;
  readonly families: readonly Family[];
  readonly #unspecified: Family | undefined;
  readonly #logger: Logger;
  readonly #onTrace: ((trace: FamilyTrace) => void) | undefined;
  readonly #sockets = new Set<FamilySocket>();
  #closed = false;

  /** @throws MctpError EINVAL: no family, too many, or two with one name */
  constructor(options: FamilyTransportOptions) {
    const { families, unspecified } = options;
    if (families.length === 0 || families.length > MOST_FAMILIES) {
      throw new MctpError('EINVAL', `${families.length} families: give 1 to ${MOST_FAMILIES}`);
    }
    this.families = families.map((one, index) => new Family(one, index));
    const names = families.map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new MctpError('EINVAL', `there are two families ${twice}`);
    this.clock = options.clock;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#logger = options.logger ?? SILENT;
    this.#onTrace = options.onTrace;
    const [only] = this.families;
    this.#unspecified = unspecified !== undefined ? this.family(unspecified) : names.length === 1 ? only : undefined;
    this.resolver = options.resolver ?? new Resolver();
    for (const family of this.families) {
      this.resolver.use({
        name: family.name,
        read: (text) => family.read(text),
        destinations: (address) => family.destinations(address),
      });
    }
    if (this.#onTrace !== undefined) this.resolver.onStep = (step) => this.trace({ what: 'translated', ...step });
  }

  /** @throws MctpError EINVAL: there is none with this name */
  family(name: string): Family {
    const found = this.families.find((family) => family.name === name);
    if (found !== undefined) return found;
    const known = this.families.map((family) => family.name).join(', ');
    throw new MctpError('EINVAL', `there is no family ${name}: it is one of ${known}`);
  }

  /** `names`: only these families, for what it is bound to and for what it sends. Default all. @throws MctpError EINVAL */
  socket(names?: readonly string[]): MctpSocket {
    if (this.#closed) throw new MctpError('ENOTCONN', 'the transport is closed');
    const chosen = names === undefined ? this.families : names.map((name) => this.family(name));
    const socket = new FamilySocket(this, chosen);
    this.#sockets.add(socket);
    return socket;
  }

  /** Where a text means a message to go: a name, an address, or one with its family. @throws MctpError as `Resolver.resolve` */
  resolve(text: string): Promise<Destination> {
    return this.resolver.resolve(text);
  }

  peerKey(to: MctpAddress): string {
    return this.familyOf(to).peerKey(to);
  }

  carrier(to: MctpAddress): Carrier {
    const family = this.familyOf(to);
    return { transport: family.transport, to: family.inner(to) };
  }

  /** Its sockets, then what the families are to end. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const socket of [...this.#sockets]) socket.close();
    await inTurn(this.families.map((family) => () => family.end()));
  }

  // For its sockets

  /** @throws MctpError EDESTADDRREQ: the address does not say which; ENODEV: a link of none; EINVAL: of two */
  familyOf(to: MctpAddress): Family {
    try {
      return this.#familyOf(to);
    } catch (error) {
      if (error instanceof MctpError) this.trace({ what: 'refused', to, error });
      throw error;
    }
  }

  /** Which family a network is of. Numbers that no family has are the first one's to judge. */
  familyOfNetwork(network: number): Family {
    return this.families[familyIndex(network)] ?? this.families[0]!;
  }

  socketClosed(socket: FamilySocket): void {
    this.#sockets.delete(socket);
  }

  get traces(): boolean {
    return this.#onTrace !== undefined;
  }

  trace(trace: FamilyTrace): void {
    this.#onTrace?.(trace);
  }

  handlerFailed(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#logger.error(`a message handler threw: ${text}`);
  }

  #familyOf(to: MctpAddress): Family {
    const { link, network = NET_ANY } = to;
    const byNetwork = network === NET_ANY ? undefined : this.familyOfNetwork(network);
    if (link === undefined) {
      const family = byNetwork ?? this.#unspecified;
      if (family !== undefined) return family;
      const candidates = this.families.map((one) => one.say({ eid: to.eid })).join(', ');
      throw new MctpError(
        'EDESTADDRREQ',
        `${addressText(to)} does not say in which family: write one of ${candidates}`,
      );
    }
    const found = this.families.filter((one) => one.fits(link) !== undefined);
    found.sort((a, b) => b.fits(link)! - a.fits(link)!);
    const [best] = found;
    const family = found.find((one) => one === byNetwork && one.fits(link) === best!.fits(link)) ?? best;
    if (family === undefined) throw new MctpError('ENODEV', `there is no link ${link}`);
    if (byNetwork !== undefined && byNetwork !== family) {
      throw new MctpError('EINVAL', `link ${link} is of ${family.name}, network ${network} of ${byNetwork.name}`);
    }
    return family;
  }
}
