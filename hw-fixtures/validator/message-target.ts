/**
 * A device that is reached by whole messages only, on the sockets of whatever transport: what passes is kept as one packet
 * for each message, as it would be on a link which carries them whole.
 */

import type { Clock } from '../../stack/clock.js';
import { DEFAULT_NETWORK, EID_NULL } from '../../stack/ids.js';
import type { PhysicalAddress } from '../../stack/link.js';
import { BASELINE_TRANSMISSION_UNIT, FLAG_EOM, FLAG_SOM, FLAG_TO } from '../../stack/packet.js';
import { placeName } from '../../stack/place.js';
import type { MctpMessage, MctpSocket, Transport } from '../../stack/transport.js';
import type { PassedPacket, Target } from './target.js';

export interface MessagePlace {
  /** 8..254; 0 while it has none. */
  readonly eid: number;
  /** Default 1. */
  readonly network?: number | undefined;
  /** With `physicalAddress`, for extended addressing; default `''`: the transport has none. */
  readonly link?: string | undefined;
  readonly physicalAddress?: PhysicalAddress | undefined;
  /** Ours, on its network; 0 when it is not known. */
  readonly ownEid?: number | undefined;
}

/** DSP0239: which medium it is, nobody has said. */
const BINDING_UNKNOWN = 0;
const IC = 0x80;

export function messageTarget(transport: Transport, clock: Clock, place: MessagePlace): Target {
  const { eid, network = DEFAULT_NETWORK, link = '', physicalAddress, ownEid = EID_NULL } = place;
  const listeners = new Set<(packet: PassedPacket) => void>();
  const where = link === '' ? `network ${network}` : placeName(link, physicalAddress ?? '');
  const hear: Hear = (direction, flags, type, payload) => {
    const [dest, src] = direction === 'sent' ? [eid, ownEid] : [ownEid, eid];
    const bytes = Uint8Array.of(1, dest, src, FLAG_SOM | FLAG_EOM | flags, type, ...payload);
    for (const listener of listeners) listener({ direction, at: clock.now(), bytes, fault: undefined });
  };
  return {
    eid,
    network,
    link,
    physicalAddress,
    ownEid,
    clock,
    name: eid === EID_NULL ? where : `EID ${eid} (${where})`,
    transport: {
      socket: () => heard(transport.socket(), hear),
      peerKey: (to) => transport.peerKey(to),
      carrier: (to) => ({ transport, to }),
    },
    binding: BINDING_UNKNOWN,
    maxUnit: BASELINE_TRANSMISSION_UNIT,
    record: async (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The flags are TO and the tag; the type has the IC bit. */
type Hear = (direction: PassedPacket['direction'], flags: number, type: number, payload: Uint8Array) => void;

const typeByte = (type = 0, integrityCheck = false): number => type | (integrityCheck ? IC : 0);

/** The same socket, of which every message is heard. */
function heard(socket: MctpSocket, hear: Hear): MctpSocket {
  const came = <T extends MctpMessage>(message: T): T => {
    const { tagOwner, tag, type, integrityCheck, payload } = message;
    hear('received', (tagOwner ? FLAG_TO : 0) | tag, typeByte(type, integrityCheck), payload);
    return message;
  };
  return {
    bind: (address) => socket.bind(address),
    connect: (peer) => socket.connect(peer),
    send: (to, payload, options = {}) => {
      hear('sent', FLAG_TO, typeByte(options.type, options.integrityCheck), payload);
      return socket.send(to, payload, options);
    },
    reply: (to, payload, options = {}) => {
      hear('sent', to.tag, typeByte(to.type, options.integrityCheck), payload);
      return socket.reply(to, payload, options);
    },
    request: async (to, payload, options = {}) => {
      hear('sent', FLAG_TO, typeByte(options.type, options.integrityCheck), payload);
      return came(await socket.request(to, payload, options));
    },
    receive: async (options) => came(await socket.receive(options)),
    onMessage: (handler) => socket.onMessage(handler && ((message) => handler(came(message)))),
    allocateTag: (peer) => socket.allocateTag(peer),
    releaseTag: (tag) => socket.releaseTag(tag),
    get counters() {
      return socket.counters;
    },
    close: () => socket.close(),
    async *[Symbol.asyncIterator]() {
      for await (const message of socket) yield came(message);
    },
  };
}
