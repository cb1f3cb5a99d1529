/** `serial:/dev/ttyUSB0?baud=115200` */

import { MctpError } from '../../stack/errors.js';
import type { Link } from '../../stack/link.js';
import type { LinkContext } from '../link-context.js';
import { type LinkUrl, oneOf, readOptions, wholeNumber, yesOrNo } from '../link-url.js';
import { SerialLink } from './serial-link.js';
import { UartPort } from './tty-port.js';

const OPTIONS = {
  baud: wholeNumber(50, 12_000_000),
  rtscts: yesOrNo,
  lock: yesOrNo,
  /** Payload bytes per packet sent. */
  unit: wholeNumber(64, 251),
  fcs: oneOf('require', 'any'),
  /** ms of silence that end a frame. */
  gap: wholeNumber(1, 60_000),
};

const IDLE_GAP_MS = 100;
/** Start bit, eight data bits, stop bit. */
const BITS_PER_BYTE = 10;

export function serialLink(url: LinkUrl, { clock }: LinkContext): Link {
  const options = readOptions(url, OPTIONS);
  if (url.place === '') throw new MctpError('EUSAGE', `${url.text}: name the device, as in serial:/dev/ttyUSB0`);
  const baud = options.baud ?? 115200;
  const tenBytesMs = (10 * BITS_PER_BYTE * 1000) / baud;
  return new SerialLink({
    clock,
    name: `serial:${url.place}`,
    port: new UartPort({
      path: url.place,
      baudRate: baud,
      ...(options.rtscts !== undefined && { rtscts: options.rtscts }),
      ...(options.lock !== undefined && { lock: options.lock }),
    }),
    idleGapMs: options.gap ?? Math.max(IDLE_GAP_MS, tenBytesMs),
    ...(options.unit !== undefined && { transmissionUnit: options.unit }),
    ...(options.fcs !== undefined && { fcs: options.fcs }),
  });
}
