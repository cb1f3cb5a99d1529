/**
 * Reading an open UART of the `serialport` package. Not by its stream: when a device is unplugged, reads return nothing
 * at once, and the stream reads again and again forever, with the processor at its limit and without a word.
 */

import { readSync } from 'node:fs';

/** The package's open port; `fd` and `poller` exist where a port is a file. */
export interface UartDevice {
  readonly isOpen: boolean;
  readonly fd?: number | null;
  readonly poller?: { once(event: 'readable', callback: (error: unknown) => void): unknown };
  read(buffer: Buffer, offset: number, length: number): Promise<{ readonly bytesRead: number }>;
  /** All of the buffer. */
  write(buffer: Buffer): Promise<void>;
  /** Throw away what was received and not read. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

export interface UartReaderHost {
  /** chunk[start, end), valid during the call. */
  data(chunk: Uint8Array, start: number, end: number): void;
  /** No more will come: the device is gone or was closed. */
  ended(cause: unknown): void;
}

const CHUNK_BYTES = 16384;

/** Hand everything that arrives to the host, until the device is closed or gone. One buffer serves all reads. */
export function readFrom(device: UartDevice, host: UartReaderHost): void {
  const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  if (device.poller === undefined) void readByPromise(device, buffer, host);
  else readWhenReadable(device, buffer, host);
}

/** The descriptor does not block, so a read on the main thread is the shortest way once there is something. */
function readWhenReadable(device: UartDevice, buffer: Buffer, host: UartReaderHost): void {
  device.poller!.once('readable', (error) => {
    if (error) {
      host.ended(error);
      return;
    }
    if (!device.isOpen) return;
    let length: number;
    try {
      length = readSync(device.fd!, buffer, 0, buffer.length, null);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EAGAIN' || code === 'EINTR') readWhenReadable(device, buffer, host);
      else host.ended(cause);
      return;
    }
    if (length === 0) {
      host.ended(new Error('the line hung up'));
      return;
    }
    host.data(buffer, 0, length);
    if (device.isOpen) readWhenReadable(device, buffer, host);
  });
}

async function readByPromise(device: UartDevice, buffer: Buffer, host: UartReaderHost): Promise<void> {
  try {
    while (device.isOpen) {
      const { bytesRead } = await device.read(buffer, 0, buffer.length);
      host.data(buffer, 0, bytesRead);
    }
  } catch (cause) {
    host.ended(cause);
  }
}
