/** `kernel:` (all its links) and `kernel:mctpi2c0?probe=0x1d,0x50` */

import { MctpError } from '../../stack/errors.js';
import type { LinkUrl } from '../link-url.js';
import { listOf, readOptions, wholeNumber, yesOrNo } from '../link-url.js';
import { addressName } from '../smbus/addresses.js';
import { KernelMctp } from './kernel.js';
import { findMctpd } from './mctpd.js';

const OPTIONS = {
  /** Physical addresses of devices on the link: others are not asked. */
  probe: listOf(wholeNumber(0x08, 0x77)),
  /** Change nothing: no EIDs, routes, neighbours. Default: as if 1 where mctpd runs. */
  look: yesOrNo,
};

export interface KernelFromUrl {
  readonly kernel: KernelMctp;
  /** Names of the links that are meant; at least one. */
  readonly links: readonly string[];
}

/** @throws MctpError EUSAGE, ENODEV, EAFNOSUPPORT, ENOPACKAGE, EACCES */
export async function openKernelUrl(url: LinkUrl): Promise<KernelFromUrl> {
  const options = readOptions(url, OPTIONS);
  if (options.probe !== undefined && url.place === '') {
    throw new MctpError('EUSAGE', `${url.text}: probe is for one link: write kernel:mctpi2c0?probe=...`);
  }
  const readOnly = options.look ?? (await findMctpd()) !== undefined;
  const probe = options.probe === undefined ? {} : { [url.place]: options.probe.map(addressName) };
  const kernel = await KernelMctp.open({ readOnly, probe });
  try {
    const links = url.place === '' ? realLinks(kernel) : [kernel.tables.link(url.place).title];
    if (links.length === 0) {
      throw new MctpError(
        'ENODEV',
        'the kernel has no MCTP link: bind a driver (mctp-i2c-interface) or make one with mctpkit join',
      );
    }
    return { kernel, links };
  } catch (error) {
    kernel.close();
    throw error;
  }
}

function realLinks(kernel: KernelMctp): string[] {
  return kernel.tables
    .links()
    .filter((link) => !link.loopback)
    .map((link) => link.title);
}
