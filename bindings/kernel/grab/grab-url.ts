/** `kernel:mctpi2c0?grab=1&probe=0x1d`: a link of the kernel's as one of ours. */

import type { Clock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { type LinkUrl, listOf, readOptions, wholeNumber, yesOrNo } from '../../link-url.js';
import { loadLibC } from '../libc.js';
import { GrabbedLink } from './grabbed-link.js';

const OPTIONS = { grab: yesOrNo, probe: listOf(wholeNumber(0x08, 0x77)) };

/** @throws MctpError EUSAGE, ENODEV, ENOTSUP, ENOPACKAGE */
export async function grabbedLink(url: LinkUrl, clock: Clock): Promise<GrabbedLink> {
  const { probe } = readOptions(url, OPTIONS);
  if (url.place === '') throw new MctpError('EUSAGE', `${url.text}: which link? Write kernel:mctpi2c0?grab=1`);
  const libc = await loadLibC();
  return new GrabbedLink({ libc, clock, interface: url.place, ...(probe !== undefined && { probe }) });
}
