/** All kinds of links, by the scheme of their URL. A binding's code is loaded when its first link is made. */

import { MctpError } from '../stack/errors.js';
import type { Link } from '../stack/link.js';
import type { LinkContext } from './link-context.js';
import { type LinkUrl, parseLinkUrl } from './link-url.js';
import { systemClock } from './system-clock.js';

export interface LinkKind {
  /** For lists and messages. */
  readonly example: string;
  /** What it is, in a few words: "serial line (DSP0253)". */
  readonly title?: string;
  /** The layer by which tools decode what is recorded on its wire; default: MCTP packets. */
  readonly layer?: string;
  /** Make the link, not yet open. @throws MctpError EUSAGE by rejection */
  create(url: LinkUrl, context: LinkContext): Promise<Link>;
}

const kinds = new Map<string, LinkKind>(
  Object.entries({
    serial: {
      example: 'serial:/dev/ttyUSB0?baud=115200',
      title: 'serial line (DSP0253)',
      layer: 'serial',
      create: async (url, context) => (await import('./serial/serial-url.js')).serialLink(url, context),
    },
    i2c: {
      example: 'i2c:1?address=0x10',
      title: 'SMBus/I2C (DSP0237)',
      layer: 'smbus',
      create: async (url, context) => (await import('./smbus/smbus-url.js')).i2cLink(url, context),
    },
    usb: {
      example: 'usb:1209:0001',
      title: 'USB, host side (DSP0283)',
      layer: 'usb',
      create: async (url, context) => (await import('./usb/host/usb-url.js')).usbLink(url, context),
    },
    'usb-gadget': {
      example: 'usb-gadget:?serial=42',
      title: 'USB, device side (DSP0283)',
      layer: 'usb',
      create: async (url, context) => (await import('./usb/gadget/gadget-url.js')).usbGadgetLink(url, context),
    },
    cable: {
      example: 'cable:bench.local:6287?key=desk.key&allow=control,pldm',
      title: 'a cable to another machine, over TLS',
      create: async (url, context) => (await import('./cable/cable-url.js')).cableLink(url, context),
    },
  } satisfies Record<string, LinkKind>),
);

/** URLs of the command which are not one link: what has them in a program. */
const OPENED_OTHERWISE: ReadonlyMap<string, string> = new Map([
  ['kernel', 'a transport: openTransport of mctpkit/bindings'],
  ['shared', 'a transport: openTransport of mctpkit/bindings'],
  ['bench', 'several links: openBenchLinks of mctpkit/fixtures'],
]);

/** The known schemes with an example each. */
export function linkKinds(): ReadonlyMap<string, LinkKind> {
  return kinds;
}

/** Add a kind from outside: a fixture, a binding of the user's own. Returns how to take it back. @throws MctpError EEXIST */
export function registerLinkKind(scheme: string, kind: LinkKind): () => void {
  if (kinds.has(scheme)) throw new MctpError('EEXIST', `there is a link kind "${scheme}" already`);
  kinds.set(scheme, kind);
  return () => {
    if (kinds.get(scheme) === kind) kinds.delete(scheme);
  };
}

/**
 * The link a URL describes, not yet open.
 * @throws MctpError EUSAGE: what is wrong with the URL, and what would be right
 */
export async function createLink(text: string, context: LinkContext = { clock: systemClock }): Promise<Link> {
  const url = parseLinkUrl(text);
  const kind = kinds.get(url.scheme);
  if (kind === undefined) {
    const instead = OPENED_OTHERWISE.get(url.scheme);
    const help = instead === undefined ? `known are ${[...kinds.keys()].join(', ')}` : `in a program it is ${instead}`;
    throw new MctpError('EUSAGE', `no link kind "${url.scheme}" (${text}): ${help}`);
  }
  return kind.create(url, context);
}
