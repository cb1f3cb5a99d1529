/** What a USB link needs of its side of the cable, host or device, real or virtual: bulk transfers, both ways. */

import type { MctpError } from '../../stack/errors.js';

/** What a port calls in the link, between `open` and the end of `close`. */
export interface TransferPortHost {
  /** A transfer that arrived, buffer[start, end), at most 512 bytes; the range is only valid during the call. */
  received(buffer: Uint8Array, start: number, end: number): void;
  /** The write is done, or failed for `error`, and the buffer is the link's again. Never called from inside `write`. */
  written(error?: MctpError): void;
  /** A transfer to us was lost below the units: a word for taps and logs, e.g. "stalled". */
  fault(what: string): void;
  /** The other side went (unplugged from us, suspended) or came back; the port stays open. A write under way is lost. */
  state(up: boolean, reason?: MctpError): void;
  /** The device is gone; `open` may be tried again. A write under way is lost. */
  closed(reason: MctpError): void;
}

export interface TransferPort {
  /** A serial number, a bus path or a short name, for messages. */
  readonly name: string;
  /** @throws MctpError ENODEV, EACCES, EBUSY, ENOPACKAGE, EINVAL, EIO */
  open(host: TransferPortHost): Promise<void>;
  /** Send buffer[start, end), 1 to 512 bytes, as one transfer. It stays borrowed until `written`; one at a time. */
  write(buffer: Uint8Array, start: number, end: number): void;
  /** Release the device; harmless when it is not open. */
  close(): Promise<void>;
  /** What a user should know about this device, one sentence each. */
  hints?(): readonly string[];
}
