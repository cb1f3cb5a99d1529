/**
 * A file of a device, sent to a page as it is read: within bounds of size, time and number, and closed at the device however
 * it ends. What a device has is never shown as a page of ours: it is bytes to be kept.
 */

import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../stack/clock.js';
import { MctpError } from '../../stack/errors.js';
import { refusal } from '../command-error.js';
import { harmlessFileName } from '../file/local-file.js';

/** A file which can be read; it is open only while it is. */
export interface DeviceFile {
  /** As the device calls it. */
  readonly name: string;
  readonly path: string;
  readonly identifier: number;
  /** Reading takes away what is read. */
  readonly isFifo: boolean;
  /** @throws CommandError, MctpError, CompletionCodeError */
  parts(range: { offset: number; length: number; signal: AbortSignal }): AsyncGenerator<Uint8Array, void, undefined>;
  /** It broke off after its beginning was sent: nothing but this can say so. */
  brokeOff(bytes: number, why: string): void;
}

const MOST_BYTES = 64 * 1024 * 1024;
const LONGEST_MS = 15 * 60_000;
/** At a time, of all devices; of one device one. */
const MOST_AT_ONCE = 4;

export class FileDownloads {
  readonly #devices = new Set<string>();

  constructor(private readonly clock: Clock) {}

  /**
   * `offset=`, `length=` of the query: bytes; without a length, all of it.
   * @throws CommandError, MctpError, CompletionCodeError: before anything was sent
   */
  async send(device: string, file: DeviceFile, query: URLSearchParams, response: ServerResponse): Promise<void> {
    const offset = countIn(query, 'offset') ?? 0;
    const wanted = countIn(query, 'length');
    if ((wanted ?? 0) > MOST_BYTES) throw refusal(`at most ${MOST_BYTES} bytes are read at a time: use mctpkit file`);
    if (this.#devices.has(device)) throw new MctpError('EBUSY', 'another file of the device is being read');
    if (this.#devices.size >= MOST_AT_ONCE)
      throw new MctpError('EBUSY', `${MOST_AT_ONCE} files are being read already`);
    this.#devices.add(device);
    const stop = new AbortController();
    const tooLong = `it took longer than ${LONGEST_MS / 60_000} minutes`;
    const timer = this.clock.schedule(LONGEST_MS, () => stop.abort(new MctpError('ETIMEDOUT', tooLong)));
    // The page went away, or does not want it any more.
    const leave = (): void => stop.abort(new MctpError('ECANCELED', 'the page does not want it any more'));
    response.once('close', leave);
    let sent = 0;
    // One byte more than the bound tells a file which is too long from one which just fits.
    const length = wanted ?? MOST_BYTES + 1;
    const parts = file.parts({ offset, length, signal: stop.signal });
    try {
      let part = await parts.next();
      response.writeHead(200, headersOf(file));
      for (; part.done !== true; part = await parts.next()) {
        sent += part.value.length;
        if (sent > MOST_BYTES) throw refusal(`it is longer than ${MOST_BYTES} bytes: use mctpkit file`);
        if (!response.write(part.value)) await once(response, 'drain', { signal: stop.signal });
      }
      response.end();
    } catch (error) {
      const why = stop.signal.aborted ? (stop.signal.reason as Error) : (error as Error);
      if (response.headersSent && !MctpError.is(why, 'ECANCELED')) file.brokeOff(sent, why.message);
      throw why;
    } finally {
      timer.cancel();
      response.off('close', leave);
      this.#devices.delete(device);
      await parts.return();
    }
  }
}

function headersOf({ name, identifier }: DeviceFile): Record<string, string> {
  const safe = harmlessFileName(name) || `file-${identifier}`;
  const encoded = encodeURIComponent(safe).replace(/['()*!]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
  const ascii = safe.replace(/[^\w.-]/g, '_');
  return {
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`,
    'Cache-Control': 'no-store',
  };
}

/** @throws CommandError */
function countIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  if (!/^\d{1,10}$/.test(text)) throw refusal(`${name} is a number of bytes`);
  return Number(text);
}
