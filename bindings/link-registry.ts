/** All kinds of links, by the scheme of their URL. A binding's code is loaded when its first link is made. */

import { MctpError } from '../stack/errors.js';
import type { Link } from '../stack/link.js';
import type { LinkContext } from './link-context.js';
import { type LinkUrl, parseLinkUrl } from './link-url.js';
import { systemClock } from './system-clock.js';

export interface LinkKind {
  /** For lists and messages. */
  readonly example: string;
  /** Make the link, not yet open. @throws MctpError EUSAGE by rejection */
  create(url: LinkUrl, context: LinkContext): Promise<Link>;
}

const kinds = new Map<string, LinkKind>(
  Object.entries({
    serial: {
      example: 'serial:/dev/ttyUSB0?baud=115200',
      create: async (url, context) => (await import('./serial/serial-url.js')).serialLink(url, context),
    },
    i2c: {
      example: 'i2c:1?address=0x10',
      create: async (url, context) => (await import('./smbus/smbus-url.js')).i2cLink(url, context),
    },
  } satisfies Record<string, LinkKind>),
);

/** The known schemes with an example each. */
export function linkKinds(): ReadonlyMap<string, LinkKind> {
  return kinds;
}

/** Add a kind from outside: a fixture, a binding of the user's own. @throws MctpError EEXIST */
export function registerLinkKind(scheme: string, kind: LinkKind): void {
  if (kinds.has(scheme)) throw new MctpError('EEXIST', `there is a link kind "${scheme}" already`);
  kinds.set(scheme, kind);
}

/**
 * The link a URL describes, not yet open.
 * @throws MctpError EUSAGE: what is wrong with the URL, and what would be right
 */
export async function createLink(text: string, context: LinkContext = { clock: systemClock }): Promise<Link> {
  const url = parseLinkUrl(text);
  const kind = kinds.get(url.scheme);
  if (kind === undefined) {
    throw new MctpError('EUSAGE', `no link kind "${url.scheme}" (${text}): known are ${[...kinds.keys()].join(', ')}`);
  }
  return kind.create(url, context);
}
