/** The bus-level door (docs/architecture.md, Doors): what SMBus framing needs of an I2C bus, whatever reaches it. */

import { MctpError, type MctpErrorOptions } from '../../stack/errors.js';

/** Nobody acknowledged: the address (nobody there, or not now), or a byte behind it (out of buffers, DSP0237). */
export class NackError extends MctpError {
  override readonly name = 'NackError';

  constructor(
    readonly phase: 'address' | 'data',
    message: string,
    options: MctpErrorOptions = {},
  ) {
    super('ENACK', message, options);
  }
}

/** What a port calls in the link, between `open` and the end of `close`. */
export interface I2cPortHost {
  /**
   * Some controller wrote buffer[start, end), without the address byte, to our 7-bit address. The range is only valid
   * during the call.
   */
  received(buffer: Uint8Array, start: number, end: number, address: number): void;
  /**
   * The oldest write under way is done or has failed: NackError (ENACK), EARBITRATION, EBUSSTUCK, ETIMEDOUT, EIO,
   * ENODEV... EAGAIN: it was not tried, as one before it had failed. Never called from inside `write`.
   */
  written(error?: MctpError): void;
  /** The bus went away (a write under way is lost), or is back. */
  state(up: boolean, reason?: MctpError): void;
  /** Messages for us were lost below: a word for logs. */
  fault(what: string): void;
}

export interface I2cCapabilities {
  /** Can write to others. */
  readonly controller: boolean;
  /** Can be written to at an address of its own. */
  readonly target: boolean;
}

/** What goes wrong on purpose in the next writes to us, or (loseArbitration) of ours: for tests of others. */
export interface BusFault {
  readonly kind: 'refuseAddress' | 'refuseByte' | 'stretch' | 'holdData' | 'loseArbitration';
  /** Writes. */
  readonly count: number;
  /** refuseByte: which byte behind the address, from 1; default 3. */
  readonly byte?: number;
  /** stretch, holdData: for how long each time; default 10. */
  readonly ms?: number;
}

export interface I2cPort {
  /** The bus as the user calls it: `1`. */
  readonly name: string;
  /** What the bus can do, known once it is open. */
  readonly capabilities: I2cCapabilities;
  /** One line about what the adapter offers, for people; known once it is open. */
  readonly functionality: string;
  /** Longest write, address byte excluded; at least 72 for baseline packets, 258 for all. */
  readonly maxWrite: number;
  /**
   * Start, with our own 7-bit address as a target.
   * @throws MctpError ENODEV, EACCES, EBUSY, ENOPACKAGE
   */
  open(host: I2cPortHost, ownAddress: number): Promise<void>;
  /**
   * Writes that may be under way, known once it is open; default 1. A port which takes more carries them out in order,
   * and tries none of them behind one that failed: each gets its `written`, and the next `write` is tried again.
   */
  readonly writesInFlight?: number;
  /** Write buffer[start, end) to the 7-bit address; borrowed until its `written`. */
  write(address: number, buffer: Uint8Array, start: number, end: number): void;
  /** Release the bus; waits for a write under way. Harmless when it is not open. */
  close(): Promise<void>;
  /** Which of the addresses acknowledge. Only where the bus can ask without disturbing devices much. */
  scan?(addresses: Iterable<number>): Promise<number[]>;
  /** Do something wrong on purpose. Only where the bus can. @throws MctpError ENOTSUP, ENETDOWN */
  misbehave?(fault: BusFault): Promise<void>;
  /** What a user should know: how to make this bus receive, for instance. */
  hints?(): readonly string[];
}
