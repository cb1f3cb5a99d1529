/**
 * The message-level door (docs/architecture.md, Doors). Everything above the transport sees only this: our own stack, the Linux
 * kernel's AF_MCTP sockets and others stand behind it. The semantics are those of Linux's MCTP sockets.
 */

import type { Eid, NetworkId } from './ids.js';
import type { PhysicalAddress } from './link.js';
import type { MaybePromise } from './util/async.js';

/**
 * Where a message goes. Plain: an EID on a network, by the route table. Extended: `link` and `physicalAddress` name the
 * device itself, `eid` (0 for "whoever is there") only fills the header.
 */
export interface MctpAddress {
  /** 8..254; 0 with a physical address; 255 (broadcast) with a link. */
  readonly eid: number;
  /** Default: the transport's default network, or that of the link. */
  readonly network?: number;
  /** Name of the link, for extended addressing. */
  readonly link?: string;
  /** On that link; default `''` (point to point). */
  readonly physicalAddress?: PhysicalAddress;
}

/** A whole message as it arrived. */
export interface MctpMessage {
  readonly network: NetworkId;
  /** 0 when the sender has no EID. */
  readonly source: number;
  /** As in the header: our EID, 0 when physically addressed, 255 when broadcast. */
  readonly destination: number;
  /** 0..127 */
  readonly type: number;
  /** The IC bit: a message integrity check ends the payload. */
  readonly integrityCheck: boolean;
  /** 0..7 */
  readonly tag: number;
  /** True for requests and datagrams, false for responses. */
  readonly tagOwner: boolean;
  /** The link it came in on. */
  readonly link: string;
  readonly physicalAddress: PhysicalAddress;
  /** Without the type byte. The receiver's own to keep. */
  readonly payload: Uint8Array;
}

export interface BindAddress {
  /** 0..127 */
  readonly type: number;
  /** Default NET_ANY (0). */
  readonly network?: number;
  /** One of our EIDs; default EID_ANY (0xff). Only EID_ANY receives physically addressed and broadcast messages. */
  readonly eid?: number;
}

/** A tag held by `allocateTag` until `releaseTag` (Linux: SIOCMCTPALLOCTAG). */
export interface AllocatedTag {
  readonly peer: MctpAddress;
  /** 0..7 */
  readonly value: number;
}

export interface SendOptions {
  /** 0..127; default: the type the socket is bound to. */
  readonly type?: number;
  /** Set the IC bit. */
  readonly integrityCheck?: boolean;
  /** Send on a tag of `allocateTag` instead of an automatic one. */
  readonly tag?: AllocatedTag;
  /** False: a datagram; its automatic tag is free as soon as it is sent. Default true: the tag waits for a reply. */
  readonly reply?: boolean;
  /** Fail with EBUSY or EAGAIN instead of waiting for a tag or for room. */
  readonly noWait?: boolean;
  readonly signal?: AbortSignal;
}

export interface RequestOptions extends Omit<SendOptions, 'reply'> {
  /** From the moment the request is on the wire, per try; ms, default 1000. */
  readonly timeoutMs?: number;
  /** Tries after the first, the same bytes on the same tag; default 0. */
  readonly retries?: number;
  /**
   * Is this the answer? False: count it, drop it, go on waiting. A number: not yet, wait that many ms more (the peer
   * said it needs time). A promise: that is known later; until then the time goes on. Default: every message on the tag is.
   */
  readonly accept?: (message: MctpMessage) => MaybePromise<boolean | number>;
  /** Carried out twice it does no harm: where a device has several ways, it may be asked again by another one. */
  readonly idempotent?: boolean;
  /** Called when the request may have reached the peer as a whole; never called: it has not. May be called again. */
  readonly onLeft?: () => void;
  /** However often `accept` asks for more time, the end comes after this; ms, default 60000. */
  readonly totalTimeoutMs?: number;
  /** Told before each try after the first. Must not throw. */
  readonly onRetry?: () => void;
}

export interface ReceiveOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface SocketCounters {
  readonly rxMessages: number;
  readonly rxBytes: number;
  readonly txMessages: number;
  readonly txBytes: number;
  /** Messages lost because the receive queue was full. */
  readonly rxDropped: number;
  /** Requests that ended in ETIMEDOUT. */
  readonly timeouts: number;
  readonly retries: number;
}

export interface MctpSocket extends AsyncIterable<MctpMessage> {
  /**
   * Receive requests and datagrams (TO = 1) of a type.
   * @throws MctpError EADDRINUSE, EINVAL, ENOTCONN
   */
  bind(address: BindAddress): void;
  /**
   * Before bind: receive only from this peer.
   * @throws MctpError EADDRINUSE when bound or connected already, ENOTSUP where the transport lacks it
   */
  connect(peer: { readonly eid: number; readonly network?: number; readonly type: number }): void;
  /**
   * Send one message with TO = 1. Resolves when its last packet is with the link.
   * @throws MctpError EHOSTUNREACH, EMSGSIZE, EBUSY, EAGAIN, ENOBUFS, ENETDOWN, ENACK, ECANCELED, ... (by rejection)
   */
  send(to: MctpAddress, payload: Uint8Array, options?: SendOptions): Promise<void>;
  /** Answer a received message: by the path it came on, with its tag, TO = 0. */
  reply(to: MctpMessage, payload: Uint8Array, options?: Pick<SendOptions, 'integrityCheck' | 'signal'>): Promise<void>;
  /**
   * Send and wait for the answer on the tag. The payload must not change before the promise settles.
   * @throws MctpError ETIMEDOUT and all of `send`
   */
  request(to: MctpAddress, payload: Uint8Array, options?: RequestOptions): Promise<MctpMessage>;
  /** The next message of this socket's queue. @throws MctpError ETIMEDOUT, ECANCELED, ENOTCONN */
  receive(options?: ReceiveOptions): Promise<MctpMessage>;
  /** Hand messages to a callback instead of the queue; undefined goes back to the queue. */
  onMessage(handler: ((message: MctpMessage) => void) | undefined): void;
  /** @throws MctpError EBUSY when all eight are in use */
  allocateTag(peer: MctpAddress): AllocatedTag;
  /** @throws MctpError ENOENT when the tag is not this socket's */
  releaseTag(tag: AllocatedTag): void;
  readonly counters: SocketCounters;
  /** Cancel what is pending (ECANCELED), free tags and the binding. */
  close(): void;
}

export interface Transport {
  /** @throws MctpError EAFNOSUPPORT, EACCES where sockets need more than a table entry */
  socket(): MctpSocket;
  /** One text per device: every spelling of its address (EID, with network, with link and place) gives the same. */
  peerKey(to: MctpAddress): string;
  /**
   * Of a transport in front of another one: that one, and the address as it is there. All requesters of a device share its
   * instance ids where their messages meet. Default: this transport is in front of none.
   */
  carrier?(to: MctpAddress): Carrier;
}

/** Which transport carries a message, and where to. */
export interface Carrier {
  readonly transport: Transport;
  readonly to: MctpAddress;
}

/** A local address on the network; typed results of table look-ups. */
export interface AddressEntry {
  readonly network: NetworkId;
  readonly eid: Eid;
  readonly link: string;
}

/** EIDs start..end are behind `link`, directly or by the gateway. */
export interface RouteEntry {
  readonly network: NetworkId;
  readonly start: Eid;
  readonly end: Eid;
  readonly link: string;
  /** EID of the bridge to send to. */
  readonly gateway?: Eid;
  /** Payload bytes per packet on this path; default that of the link. */
  readonly transmissionUnit?: number;
}

export interface NeighbourEntry {
  readonly network: NetworkId;
  readonly eid: Eid;
  readonly link: string;
  readonly physicalAddress: PhysicalAddress;
}
