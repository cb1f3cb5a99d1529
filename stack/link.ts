/** The packet-level door (docs/architecture.md, Doors): what every binding is to the stack, and what the stack is to it. */

import type { MctpError } from './errors.js';

/**
 * A physical address as lower-case hex of the link's own bytes, without any protocol shift: `1d` for the SMBus device
 * 0x1D, `''` on a point-to-point link. Links hand out one string object per address, so that comparing is cheap.
 */
export type PhysicalAddress = string;

/** What became of a packet given to `Link.transmit`. */
export const TRANSMIT = {
  /** Taken and copied, or already on the wire: the buffer is the caller's again. */
  sent: 0,
  /** Taken; the buffer stays borrowed until `LinkHost.transmitted(slot)`. */
  pending: 1,
  /** Not taken for lack of room; `LinkHost.ready()` follows when there is some. */
  busy: 2,
} as const;
export type TransmitResult = (typeof TRANSMIT)[keyof typeof TRANSMIT];

/** What a link calls in the stack. Only valid between `attach` and the end of `close`. None of it throws. */
export interface LinkHost {
  /**
   * One packet, header included, in buffer[start, end). The range is only valid during the call.
   * Called only for packets whose framing and link-level integrity were right; the others are the link's to count.
   * Never called from inside `transmit`, nor from inside another `receive` of the same link.
   */
  receive(buffer: Uint8Array, start: number, end: number, from: PhysicalAddress): void;
  /** A packet that was `pending` is done: on the wire, or given up for `error`. Never called from inside `transmit`. */
  transmitted(slot: number, error?: MctpError): void;
  /** There is room again after `busy`. Never called from inside `transmit`. */
  ready(): void;
  /**
   * The link came up, or went down for `reason`. Every pending slot has been given back before a link goes down.
   * `close` is not a going down: it does not call this.
   */
  state(up: boolean, reason?: MctpError): void;
  /** A frame was dropped below the packet layer: a word for taps and logs, e.g. "bad FCS". The range is optional. */
  fault(what: string, buffer?: Uint8Array, start?: number, end?: number): void;
}

/** Limits of a link's transmission unit: payload bytes of a packet, without the 4-byte header. */
export interface TransmissionUnitLimits {
  /** Used when nobody asked for more; 64 unless the medium says otherwise. */
  readonly default: number;
  readonly max: number;
}

/**
 * The bytes below the packets, for tests of the other side: a frame is what one transfer has on the wire, right or wrong.
 * SMBus: a write, from the address byte (7-bit address shifted left) to the PEC. Serial: any bytes, flags included.
 * USB: a bulk transfer.
 */
export interface FrameDoor {
  /**
   * Send a frame as it is. Resolves when the link has it on its way, on SMBus when it has been written.
   * @throws MctpError EINVAL, EMSGSIZE (no frame of this medium), ENETDOWN, ENOBUFS, ENACK
   */
  send(frame: Uint8Array): Promise<void>;
  /**
   * Hear copies of the frames that come, right or wrong; on a serial line the bytes as they come, cut anywhere. Returns
   * how to stop. While nobody hears, the link makes no copies.
   */
  hear(listener: (frame: Uint8Array) => void): () => void;
}

/** One of several ways which a link has to the same other end. */
export interface LinkPath {
  readonly name: string;
  /** `joined`: it is in, and does not carry packets yet. */
  readonly state: 'joining' | 'joined' | 'up' | 'closed';
  /** It carries packets only while no other is up. */
  readonly backup: boolean;
  /** ms; undefined: not measured. */
  readonly roundTripMs: number | undefined;
  readonly txPackets: number;
  readonly rxPackets: number;
}

export interface Link {
  /** The URL or a short name, unique within a stack: `serial:/dev/ttyUSB0`. */
  readonly name: string;
  /** DSP0239 transport binding ID. */
  readonly binding: number;
  /** DSP0239 physical medium ID. */
  readonly medium: number;
  readonly transmissionUnit: TransmissionUnitLimits;
  /** Bytes of a physical address on this link: 0 when it is point to point. */
  readonly addressSize: number;
  /** Our own physical address on the link; `''` when it is point to point. */
  readonly ownAddress: PhysicalAddress;
  /** Packets the link takes to different addresses before one is done; 1 when it works strictly in order. */
  readonly window: number;
  /** What the link counted, by name. Live: read it again for later values. */
  readonly counters: Readonly<Record<string, number>>;

  /** Called once by the stack before `open`. */
  attach(host: LinkHost): void;
  /**
   * Start. Resolves when the link is up (it has called `state(true)`).
   * @throws MctpError ENODEV, EACCES, EBUSY, ENOPACKAGE, EINVAL
   */
  open(): Promise<void>;
  /**
   * Send the packet in buffer[start, end) to the physical address. The bytes must not change, nor the range be kept,
   * beyond what the result says. `slot` is echoed in `transmitted`. A packet the link cannot send is `pending` too, and
   * comes back with the error: EMSGSIZE (its size), ENETDOWN (link down), ENACK (nobody there), EINVAL (no address).
   */
  transmit(buffer: Uint8Array, start: number, end: number, to: PhysicalAddress, slot: number): TransmitResult;
  /**
   * Called after one or more packets were given to `transmit`, when there are no more at the moment. A link that delivers
   * without delay, or that collects packets to write them at once, does so now.
   */
  flush?(): void;
  /** Stop: give back every pending slot with ECANCELED, release the device, no call to the host afterwards. */
  close(): Promise<void>;

  /** Addresses worth asking for endpoints, when the link knows any: `['']` when point to point. */
  probeAddresses(): Iterable<PhysicalAddress>;
  /** The address as control messages carry it (DSP0237 §6.8: the 7-bit address shifted left); its bytes. */
  addressToWire(address: PhysicalAddress): Uint8Array;
  /** The inverse; undefined when the bytes are not an address of this medium. */
  addressFromWire(bytes: Uint8Array): PhysicalAddress | undefined;
  /** What a user should know about this link at this moment, one sentence each: a slow setting, a missing ability. */
  hints?(): readonly string[];
  /** Where the link can send any frame. */
  readonly frames?: FrameDoor | undefined;
  /** The ways below it, of a link which has several: a cable. Live, as `counters`. */
  readonly paths?: readonly LinkPath[] | undefined;
  /** What we sent came back to us, so that nobody can be told from ourselves: a point-to-point line that is joined. */
  readonly echoes?: boolean;
}
