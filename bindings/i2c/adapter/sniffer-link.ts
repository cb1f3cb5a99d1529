/** A link which only listens: packets of others on an I2C bus, as an adapter's analyser sees them. It never sends. */

import type { Clock, Timer } from '../../../stack/clock.js';
import { CodecError, decode, type Fields } from '../../../stack/codec/index.js';
import { MctpError } from '../../../stack/errors.js';
import { BINDING } from '../../../stack/ids.js';
import type { Link, LinkHost, PhysicalAddress, TransmitResult } from '../../../stack/link.js';
import { Refusals } from '../../refusals.js';
import type { BytePort } from '../../serial/byte-port.js';
import { addressName } from '../../smbus/addresses.js';
import { SmbusReceiver, smbusReceiveCounters } from '../../smbus/smbus-framing.js';
import { AdapterConnection } from './adapter-connection.js';
import { BOTH_HIGH, CAN, REQUEST, SNIFFED, sniffedEvent } from './messages.js';

export interface SnifferLinkOptions {
  /** `i2c:pico?mode=sniff` */
  readonly name: string;
  readonly clock: Clock;
  /** As for an AdapterPort. */
  readonly stream: () => BytePort | Promise<BytePort>;
}

const MEDIUM_100_KHZ = 0x02;
const REOPEN_MS = 500;
/** A pause that is worth a word, µs: a device that stretches the clock. */
const LONG_PAUSE_US = 1000;

type Sniffed = Fields<typeof sniffedEvent>;

export class SnifferLink implements Link {
  readonly name: string;
  readonly binding = BINDING.smbus;
  readonly medium = MEDIUM_100_KHZ;
  readonly transmissionUnit = { default: 64, max: 250 };
  readonly addressSize = 1;
  /** None of a device. */
  readonly ownAddress: PhysicalAddress = '00';
  readonly window = 1;
  readonly counters = {
    ...smbusReceiveCounters(),
    /** Transfers seen, of MCTP or not. */
    rxTransfers: 0,
    /** Transfers which the adapter had no room for, or whose bits came too fast. */
    rxLost: 0,
    rxNotAcknowledged: 0,
    rxReads: 0,
    txRefused: 0,
    downs: 0,
  };
  readonly #options: SnifferLinkOptions;
  readonly #refusals: Refusals;
  /** By destination: PEC and byte count are checked as its device does. */
  readonly #receivers = new Map<number, SmbusReceiver>();
  #host: LinkHost | undefined;
  #connection: AdapterConnection | undefined;
  #wanted = false;
  #opening: Promise<void> | undefined;
  #timer: Timer | undefined;
  #lost = 0;
  /** Of the transfer under way through a receiver: a word about a packet that is right. */
  #remark: string | undefined;

  constructor(options: SnifferLinkOptions) {
    this.name = options.name;
    this.#options = options;
    this.#refusals = new Refusals(options.clock);
  }

  attach(host: LinkHost): void {
    this.#host = host;
    this.#refusals.attach(host);
  }

  /** @throws MctpError as those of an adapter; ENOTSUP when it has no analyser */
  async open(): Promise<void> {
    if (this.#wanted) return;
    this.#wanted = true;
    try {
      await this.#connect();
    } catch (error) {
      this.#wanted = false;
      throw error;
    }
  }

  transmit(_buffer: Uint8Array, _start: number, _end: number, _to: PhysicalAddress, slot: number): TransmitResult {
    this.counters.txRefused++;
    return this.#refusals.add(slot, new MctpError('ENETDOWN', `${this.name} only listens`));
  }

  async close(): Promise<void> {
    this.#wanted = false;
    this.#refusals.close();
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#opening?.catch(() => {});
    const connection = this.#connection;
    this.#connection = undefined;
    await connection?.close();
  }

  *probeAddresses(): Iterable<PhysicalAddress> {}

  addressToWire(address: PhysicalAddress): Uint8Array {
    return Uint8Array.of(Number.parseInt(address, 16) << 1);
  }

  addressFromWire(bytes: Uint8Array): PhysicalAddress | undefined {
    return bytes.length === 1 && (bytes[0]! & 1) === 0 ? addressName(bytes[0]! >> 1) : undefined;
  }

  #connect(): Promise<void> {
    this.#opening = this.#tryConnect().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #tryConnect(): Promise<void> {
    const { clock, stream } = this.#options;
    const connection: AdapterConnection = new AdapterConnection({
      port: await stream(),
      clock,
      events: {
        sniffed: (buffer, start, end) => this.#sniffed(buffer, start, end),
        lines: (levels) => {
          if (levels !== BOTH_HIGH) this.#fault(`the bus is stuck: ${(levels & 1) === 0 ? 'clock' : 'data'} held low`);
        },
        missed: (count) => this.#countLost(count),
        ended: (reason) => this.#ended(connection, reason),
      },
    });
    const { capabilities } = await connection.open();
    try {
      if ((capabilities & CAN.sniff) === 0) throw new MctpError('ENOTSUP', `${this.name}: the adapter has no analyser`);
      await connection.request(REQUEST.sniff, Uint8Array.of(1));
      if (!this.#wanted) throw new MctpError('ECANCELED', `${this.name} was closed`);
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.#connection = connection;
    this.#lost = 0;
    this.#host?.state(true);
  }

  #ended(connection: AdapterConnection, reason: MctpError): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.counters.downs++;
    this.#refusals.flush();
    this.#host?.state(false, reason);
    this.#reopenLater();
  }

  #reopenLater(): void {
    if (!this.#wanted) return;
    this.#timer = this.#options.clock.schedule(REOPEN_MS, () => {
      this.#timer = undefined;
      this.#connect().catch(() => this.#reopenLater());
    });
  }

  #sniffed(buffer: Uint8Array, start: number, end: number): void {
    let event: Sniffed;
    try {
      event = decode(sniffedEvent, buffer, { start, end });
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      this.#fault(`the adapter told nonsense: ${error.message}`);
      return;
    }
    this.#countLost((event.lost - this.#lost) >>> 0);
    this.#lost = event.lost;
    this.counters.rxTransfers++;
    const { bytes } = event;
    if (bytes.length === 0) return;
    if ((bytes[0]! & 1) === 1) {
      this.counters.rxReads++; // MCTP never reads
      return;
    }
    const why = this.#trouble(event);
    const to = addressName(bytes[0]! >> 1);
    if (why !== undefined) {
      this.#fault(`${why}, in a write to 0x${to}`, bytes, 1, bytes.length);
      return;
    }
    this.#remark =
      event.longestPause > LONG_PAUSE_US
        ? `the clock was stretched for ${(event.longestPause / 1000).toFixed(1)} ms, in a write to 0x${to}`
        : undefined;
    this.#receiver(bytes[0]! >> 1).frame(bytes, 1, bytes.length, bytes[0]! >> 1);
  }

  /** What keeps the transfer from being a packet. */
  #trouble({ bytes, refused, flags }: Sniffed): string | undefined {
    if ((flags & SNIFFED.overrun) !== 0) {
      this.#countLost(1);
      return 'the analyser lost bits';
    }
    const at = bytes.findIndex((_byte, index) => (refused[index >> 3]! & (1 << (index & 7))) !== 0);
    if (at >= 0) this.counters.rxNotAcknowledged++;
    if (at === 0) return 'the address was not acknowledged';
    if (at > 0) return `byte ${at} was not acknowledged`;
    if ((flags & SNIFFED.incomplete) !== 0) return 'it ended inside a byte';
    return (flags & SNIFFED.cut) === 0 ? undefined : 'too long for the analyser';
  }

  #receiver(destination: number): SmbusReceiver {
    let receiver = this.#receivers.get(destination);
    if (receiver === undefined) {
      receiver = new SmbusReceiver(
        {
          packet: (buffer, start, end, source) => {
            // A remark travels as a fault does: the packet is in its frame.
            if (this.#remark !== undefined) this.#fault(this.#remark, buffer, start, end);
            else this.#host?.receive(buffer, start, end, addressName(source));
          },
          fault: (what, buffer, start, end) =>
            this.#fault(`${what}, in a write to 0x${addressName(destination)}`, buffer, start, end),
        },
        { ownAddress: destination, counters: this.counters },
      );
      this.#receivers.set(destination, receiver);
    }
    return receiver;
  }

  #countLost(count: number): void {
    if (count === 0) return;
    this.counters.rxLost += count;
    this.#fault(`${count} transfers were lost`);
  }

  #fault(what: string, buffer?: Uint8Array, start?: number, end?: number): void {
    this.#host?.fault(what, buffer, start, end);
  }
}
