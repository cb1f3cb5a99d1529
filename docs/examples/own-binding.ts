/** A binding of your own: MCTP packets as datagrams. own-binding.test.ts beside it proves that it is a link. */

import { type Clock, type Link, type LinkHost, MctpError, type PhysicalAddress, TRANSMIT } from 'mctpkit';

/** What carries the datagrams: a UDP socket, a WebSocket, a test's memory. */
export interface DatagramPort {
  open(receive: (datagram: Uint8Array) => void): Promise<void>;
  send(datagram: Uint8Array): void;
  close(): Promise<void>;
}

const HEADER_SIZE = 4;
/** A vendor-defined binding (DSP0239), and no medium that the standard knows. */
const BINDING_VENDOR = 0xff;
const MEDIUM_UNSPECIFIED = 0x00;

export class DatagramLink implements Link {
  readonly binding = BINDING_VENDOR;
  readonly medium = MEDIUM_UNSPECIFIED;
  readonly transmissionUnit = { default: 64, max: 256 };
  /** Point to point: nobody has an address. */
  readonly addressSize = 0;
  readonly ownAddress = '';
  readonly window = 1;
  readonly counters = { rxPackets: 0, rxBytes: 0, rxFaults: 0, txPackets: 0, txBytes: 0 };
  #host: LinkHost | undefined;
  #isOpen = false;
  /** The last opening or closing, whatever became of it. */
  #last: Promise<void> = Promise.resolve();
  /** Slots of packets that cannot be sent: the stack hears of them in the next turn of the clock. */
  readonly #refused = new Map<number, MctpError>();

  constructor(
    readonly name: string,
    private readonly port: DatagramPort,
    private readonly clock: Clock,
  ) {}

  attach(host: LinkHost): void {
    this.#host = host;
  }

  open(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isOpen) return;
      await this.port.open((datagram) => this.#receive(datagram));
      this.#isOpen = true;
      this.#host?.state(true);
    });
  }

  transmit(buffer: Uint8Array, start: number, end: number, _to: PhysicalAddress, slot: number) {
    const size = end - start;
    if (!this.#isOpen) return this.#refuse(slot, new MctpError('ENETDOWN', `${this.name} is not open`));
    if (size <= HEADER_SIZE || size > HEADER_SIZE + this.transmissionUnit.max) {
      return this.#refuse(slot, new MctpError('EMSGSIZE', `${size} bytes are not a packet that ${this.name} can send`));
    }
    // The buffer is the stack's again when this returns: send a copy.
    this.port.send(buffer.slice(start, end));
    this.counters.txPackets++;
    this.counters.txBytes += size;
    return TRANSMIT.sent;
  }

  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#giveBack();
      if (!this.#isOpen) return;
      this.#isOpen = false;
      await this.port.close();
    });
  }

  probeAddresses(): Iterable<PhysicalAddress> {
    return [''];
  }

  addressToWire(): Uint8Array {
    return new Uint8Array(0);
  }

  addressFromWire(bytes: Uint8Array): PhysicalAddress | undefined {
    return bytes.length === 0 ? '' : undefined;
  }

  /** Bad input is counted and dropped; it never throws. */
  #receive(datagram: Uint8Array): void {
    if (!this.#isOpen) return;
    const size = datagram.length;
    if (size <= HEADER_SIZE || size > HEADER_SIZE + this.transmissionUnit.max) {
      this.counters.rxFaults++;
      this.#host?.fault('bad length', datagram, 0, size);
      return;
    }
    this.counters.rxPackets++;
    this.counters.rxBytes += size;
    this.#host?.receive(datagram, 0, size, '');
  }

  /** One after the other: the port is not opened while it is being opened, or closed. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  /** `transmitted` is never called from inside `transmit`. */
  #refuse(slot: number, error: MctpError) {
    if (this.#refused.size === 0) this.clock.schedule(0, () => this.#giveBack());
    this.#refused.set(slot, error);
    return TRANSMIT.pending;
  }

  #giveBack(): void {
    for (const [slot, error] of [...this.#refused]) {
      this.#refused.delete(slot);
      this.#host?.transmitted(slot, error);
    }
  }
}
