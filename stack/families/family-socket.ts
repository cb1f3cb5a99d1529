/** A socket on several transports: sends by the one that the address names, receives from all that it is bound in. */

import { MctpError } from '../errors.js';
import { NET_ANY } from '../ids.js';
import { TYPE_IC, TYPE_MASK } from '../packet.js';
import { BaseSocket, type BaseSocketHost, type HeldTag, type ReplyOptions } from '../socket/base-socket.js';
import type { AllocatedTag, MctpAddress, MctpMessage, MctpSocket, RequestOptions, SendOptions } from '../transport.js';
import { type Family, innerNetwork } from './family.js';
import type { FamilyTrace } from './family-trace.js';

export interface FamilySocketHost extends BaseSocketHost {
  /** @throws MctpError EDESTADDRREQ, ENODEV, EINVAL */
  familyOf(to: MctpAddress): Family;
  familyOfNetwork(network: number): Family;
  socketClosed(socket: FamilySocket): void;
  /** Somebody hears traces. */
  readonly traces: boolean;
  trace(trace: FamilyTrace): void;
}

/** A tag of a socket inside: of that one, also when the family gets another because the socket is bound. */
interface FamilyTag extends HeldTag {
  readonly family: Family;
  readonly socket: MctpSocket;
  readonly inner: AllocatedTag;
}

export class FamilySocket extends BaseSocket<FamilyTag> {
  /** The one by which messages of a family leave; made when the family is first used. */
  readonly #inner = new Map<Family, MctpSocket>();
  /** Those too which were used before the socket was bound. */
  readonly #all = new Set<MctpSocket>();
  #peer: { readonly eid: number; readonly network: number; readonly type: number } | undefined;

  constructor(
    private readonly host: FamilySocketHost,
    private readonly families: readonly Family[],
  ) {
    super(host);
  }

  protected override bindTo(type: number, network: number, eid: number): void {
    const peer = this.#peer;
    if (peer !== undefined && peer.type !== type) {
      throw new MctpError('EINVAL', 'the socket is connected for another message type');
    }
    const wanted = network === NET_ANY ? (peer?.network ?? NET_ANY) : network;
    const chosen = wanted === NET_ANY ? this.families : [this.#chosen(this.host.familyOfNetwork(wanted))];
    const bound = new Map<Family, MctpSocket>();
    let notOurs: unknown;
    try {
      for (const family of chosen) {
        const socket = family.transport.socket();
        bound.set(family, socket);
        if (peer !== undefined) socket.connect({ ...peer, network: innerNetwork(peer.network) });
        try {
          socket.bind({ type, network: innerNetwork(network), eid });
        } catch (error) {
          // One of our EIDs is that of one family mostly.
          if (!MctpError.is(error, 'EADDRNOTAVAIL')) throw error;
          notOurs = error;
          socket.close();
          bound.delete(family);
        }
      }
      if (bound.size === 0) throw notOurs;
    } catch (error) {
      // In all of them, or in none.
      for (const socket of bound.values()) socket.close();
      throw error;
    }
    for (const [family, socket] of bound) {
      this.#take(family, socket);
      if (this.host.traces) this.host.trace({ what: 'bound', family: family.name, type, network });
    }
  }

  protected override connectTo(eid: number, network: number, type: number): void {
    if (this.#peer !== undefined) throw new MctpError('EADDRINUSE', 'the socket is bound or connected already');
    if (network !== NET_ANY) this.#chosen(this.host.familyOfNetwork(network));
    this.#peer = { eid, network, type };
  }

  protected override sendMessage(
    to: MctpAddress,
    typeByte: number,
    payload: Uint8Array,
    options: SendOptions,
  ): Promise<void> {
    const family = this.#familyOf(to);
    const inner = family.inner(to);
    const held = this.#held(options.tag, family);
    this.#tell('sent', family, to, inner, typeByte);
    const sent = (held?.socket ?? this.#socket(family)).send(inner, payload, innerOptions(options, typeByte, held));
    return this.#followed(sent, family, to);
  }

  protected override sendReply(
    to: MctpMessage,
    typeByte: number,
    payload: Uint8Array,
    { signal }: ReplyOptions,
  ): Promise<void> {
    const family = this.#chosen(this.host.familyOfNetwork(to.network));
    const address = { eid: to.source, network: to.network };
    this.#tell('sent', family, address, family.inner(address), typeByte);
    const replied = this.#socket(family).reply(family.innerMessage(to), payload, {
      integrityCheck: (typeByte & TYPE_IC) !== 0,
      ...(signal !== undefined && { signal }),
    });
    return this.#followed(replied, family, address);
  }

  protected override sendRequest(
    to: MctpAddress,
    typeByte: number,
    payload: Uint8Array,
    options: RequestOptions,
  ): Promise<MctpMessage> {
    const family = this.#familyOf(to);
    const inner = family.inner(to);
    const held = this.#held(options.tag, family);
    const { accept } = options;
    this.#tell('asked', family, to, inner, typeByte);
    const asked = (held?.socket ?? this.#socket(family)).request(inner, payload, {
      ...innerOptions(options, typeByte, held),
      ...(accept !== undefined && { accept: (message: MctpMessage) => accept(family.outerMessage(message)) }),
    });
    // Released, the tag inside cancels it.
    if (held !== undefined) held.request = { cancel: () => {} };
    return this.#answered(this.#followed(asked, family, to), family, to, held);
  }

  protected override holdTag(peer: MctpAddress): FamilyTag {
    const family = this.#familyOf(peer);
    const socket = this.#socket(family);
    const inner = socket.allocateTag(family.inner(peer));
    return {
      family,
      socket,
      inner,
      request: undefined,
      // The kernel says which it is when it is first used.
      get value() {
        return inner.value;
      },
    };
  }

  protected override dropTag({ socket, inner }: FamilyTag): void {
    socket.releaseTag(inner);
  }

  protected override shutDown(): void {
    for (const socket of this.#all) socket.close();
    this.host.socketClosed(this);
  }

  /** A socket for one family needs no network to know which. */
  #familyOf(to: MctpAddress): Family {
    const [only, ...others] = this.families;
    const isBare = to.link === undefined && (to.network ?? NET_ANY) === NET_ANY;
    return isBare && others.length === 0 ? only! : this.#chosen(this.host.familyOf(to));
  }

  /** @throws MctpError EHOSTUNREACH: the socket is for other families */
  #chosen(family: Family): Family {
    if (this.families.includes(family)) return family;
    const names = this.families.map(({ name }) => name).join(', ');
    throw new MctpError('EHOSTUNREACH', `the socket is for ${names} alone, and not for ${family.name}`);
  }

  #held(tag: AllocatedTag | undefined, family: Family): FamilyTag | undefined {
    return tag === undefined ? undefined : this.ownTag(tag, (held) => held.family === family, family.name);
  }

  #socket(family: Family): MctpSocket {
    return this.#inner.get(family) ?? this.#take(family, family.transport.socket());
  }

  #take(family: Family, socket: MctpSocket): MctpSocket {
    this.#inner.set(family, socket);
    this.#all.add(socket);
    socket.onMessage((message) => this.#arrived(family, message));
    return socket;
  }

  #arrived(family: Family, message: MctpMessage): void {
    let told: MctpMessage;
    try {
      told = family.outerMessage(message);
    } catch (error) {
      this.counters.rxDropped++;
      this.host.trace({ what: 'dropped', family: family.name, error: error as MctpError });
      return;
    }
    if (this.host.traces) {
      const { source: eid, network, type } = told;
      this.host.trace({ what: 'received', family: family.name, from: { eid, network }, type });
    }
    this.deliver(told);
  }

  #tell(what: 'sent' | 'asked', family: Family, to: MctpAddress, inner: MctpAddress, typeByte: number): void {
    if (this.host.traces) this.host.trace({ what, family: family.name, type: typeByte & TYPE_MASK, to, inner });
  }

  /** What became of it is counted and traced. */
  async #followed<T>(work: Promise<T>, family: Family, to: MctpAddress): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (this.host.traces) this.host.trace({ what: 'failed', family: family.name, to, error: error as MctpError });
      throw error;
    } finally {
      this.#count();
    }
  }

  async #answered(
    asked: Promise<MctpMessage>,
    family: Family,
    to: MctpAddress,
    held: FamilyTag | undefined,
  ): Promise<MctpMessage> {
    try {
      const answer = family.outerMessage(await asked);
      this.countReceived(answer);
      if (this.host.traces) this.host.trace({ what: 'answered', family: family.name, to, type: answer.type });
      return answer;
    } finally {
      if (held !== undefined) held.request = undefined;
    }
  }

  /** What the sockets inside have sent. */
  #count(): void {
    const sums = { txMessages: 0, txBytes: 0, timeouts: 0, retries: 0 };
    for (const { counters } of this.#all) {
      for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += counters[name];
    }
    Object.assign(this.counters, sums);
  }
}

/** The type is what the socket outside is bound to, and the tag is the one inside. */
function innerOptions<T extends SendOptions>(options: T, typeByte: number, held: FamilyTag | undefined): T {
  const { tag: _tag, ...others } = options;
  return {
    ...others,
    type: typeByte & TYPE_MASK,
    integrityCheck: (typeByte & TYPE_IC) !== 0,
    ...(held !== undefined && { tag: held.inner }),
  } as T;
}
