/** Which adapter an I2C URL means: `pico`, `tty:/dev/ttyACM0`, `exec:program`, `unix:/run/adapter`. */

import { MctpError } from '../../../stack/errors.js';
import type { BytePort } from '../../serial/byte-port.js';
import { UartPort } from '../../serial/tty-port.js';
import { type FindOptions, findAdapter } from './find-adapters.js';
import { programPort } from './program-port.js';
import { socketPort } from './socket-port.js';

export interface AdapterPlace {
  /** The stream, not yet open. Looked for each time: an adapter may come back under another path. */
  stream(): Promise<BytePort>;
}

/** Is the place that of an adapter, and not a bus of this machine? */
export function isAdapterPlace(place: string): boolean {
  return place === 'pico' || /^(tty|exec|unix):/.test(place);
}

/** @throws MctpError EUSAGE */
export function adapterPlace(place: string, serial?: string, options: FindOptions = {}): AdapterPlace {
  if (place === 'pico') {
    return { stream: async () => new UartPort({ path: (await findAdapter(serial, options)).path }) };
  }
  if (serial !== undefined) throw new MctpError('EUSAGE', `i2c:${place}: serial= is for i2c:pico only`);
  const [, kind, rest = ''] = /^(tty|exec|unix):(.*)$/s.exec(place) ?? [];
  if (kind === undefined || rest === '') {
    throw new MctpError(
      'EUSAGE',
      `i2c:${place}: write i2c:pico, i2c:tty:/dev/ttyACM0, i2c:exec:program or i2c:unix:/path`,
    );
  }
  if (kind === 'tty') return { stream: async () => new UartPort({ path: rest }) };
  if (kind === 'exec') return { stream: async () => programPort(rest) };
  return { stream: async () => socketPort(rest) };
}
