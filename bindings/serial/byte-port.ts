/** What a serial link needs of a UART, real or virtual: bytes in order, both ways. */

import type { MctpError } from '../../stack/errors.js';

/** What a port calls in the link, between `open` and the end of `close`. */
export interface BytePortHost {
  /** Bytes that arrived, chunk[start, end); the range is only valid during the call. */
  data(chunk: Uint8Array, start: number, end: number): void;
  /** The write that returned false is done, and the buffer the link's again. Never called from inside `write`. */
  written(): void;
  /** The device is gone (unplugged, hung up); `open` may be tried again. A write under way is lost. */
  closed(reason: MctpError): void;
}

export interface BytePort {
  /** A path or a short name for messages. */
  readonly name: string;
  /**
   * What was in the line's input buffer before is thrown away.
   * @throws MctpError ENODEV, EACCES, EBUSY, ENOPACKAGE, EINVAL, EIO
   */
  open(host: BytePortHost): Promise<void>;
  /**
   * Take all of buffer[start, end). True: done with the buffer. False: it stays borrowed until `written`; no other
   * write comes before.
   */
  write(buffer: Uint8Array, start: number, end: number): boolean;
  /** Release the device; harmless when it is not open. */
  close(): Promise<void>;
  /** What a user should know about this device, one sentence each. */
  hints?(): readonly string[];
}
