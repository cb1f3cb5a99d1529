/** Talking with an adapter itself, not with the bus behind it. */

import { AdapterConnection, type AdapterIdentity } from '../../bindings/i2c/adapter/adapter-connection.js';
import { adapterPlace, isAdapterPlace } from '../../bindings/i2c/adapter/adapter-place.js';
import { CAN } from '../../bindings/i2c/adapter/messages.js';
import { parseLinkUrl } from '../../bindings/link-url.js';
import type { Clock } from '../../stack/clock.js';
import { usageError } from '../command-error.js';

/** Use the adapter of a link URL, for as long as `use` runs. @throws CommandError (usage), MctpError */
export async function withAdapter<T>(
  url: string,
  clock: Clock,
  use: (connection: AdapterConnection, identity: AdapterIdentity) => Promise<T>,
): Promise<T> {
  const { scheme, place, options } = parseLinkUrl(url);
  if (scheme !== 'i2c' || !isAdapterPlace(place)) {
    throw usageError(`${url} is not an adapter: name one, as in i2c:pico, i2c:tty:/dev/ttyACM0 or usb:`);
  }
  const serial = options.find(([name]) => name === 'serial')?.[1];
  const connection = new AdapterConnection({
    port: await adapterPlace(place, serial).stream(),
    clock,
    events: { ended: () => {} },
  });
  const identity = await connection.open();
  try {
    return await use(connection, identity);
  } finally {
    await connection.close();
  }
}

/** What it can do, in words for `i2c` and `adapter`. */
export function abilityWords(capabilities: number): string {
  const words: readonly (readonly [number, string])[] = [
    [CAN.control, 'sends'],
    [CAN.beTarget, 'receives'],
    [CAN.sniff, 'analyses'],
    [CAN.fault, 'makes faults'],
  ];
  return words
    .filter(([bit]) => (capabilities & bit) !== 0)
    .map(([, word]) => word)
    .join(', ');
}
