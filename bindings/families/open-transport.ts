/** Links, the kernel's stack and served networks as one transport: `openTransport(['i2c:1', 'kernel:', 'shared:lab'])`. */

import type { NetworkStack } from '../../stack/bus-owner/index.js';
import type { Clock } from '../../stack/clock.js';
import { type FamilyOptions, FamilyTransport, type FamilyTransportOptions } from '../../stack/families/index.js';
import { Mctp } from '../../stack/mctp.js';
import { openKernelUrl } from '../kernel/kernel-url.js';
import { createLink } from '../link-registry.js';
import { parseLinkUrl } from '../link-url.js';
import { openSharedUrl } from '../shared/open-shared.js';
import type { Environment } from '../shared/shared-folder.js';
import { systemClock } from '../system-clock.js';
import { StackSearch } from './stack-search.js';

export interface OpenTransportOptions extends Partial<Omit<FamilyTransportOptions, 'families'>> {
  /** Our EID on links of our own. Default 8. */
  readonly ownEid?: number;
  /** Give EIDs to endpoints that have none when an EID or a UUID is looked for. Default false: nothing is changed. */
  readonly assigns?: boolean;
  /** What other processes see of us on served networks. Default `mctpkit`. */
  readonly description?: string;
  /** Where served networks are: `XDG_RUNTIME_DIR`. Default: that of the process. */
  readonly env?: Environment;
}

const OWN = 'own';
const DEFAULT_OWN_EID = 8;

/**
 * One transport whose sockets send to and receive from all of these: URLs of links (together they are the family `own`, a
 * stack of ours; cables are links), `kernel:`, `shared:NAME`; or families that are there already. The order says which
 * family keeps its network numbers: the first. Close it to close what it opened.
 * @throws MctpError EUSAGE, and why one of them cannot be opened: then none is left open
 */
export async function openTransport(
  what: readonly (string | FamilyOptions)[],
  options: OpenTransportOptions = {},
): Promise<FamilyTransport> {
  const { clock = systemClock } = options;
  const families: FamilyOptions[] = [];
  let own: Mctp | undefined;
  try {
    for (const one of what) {
      if (typeof one !== 'string') families.push(one);
      else {
        const { scheme } = parseLinkUrl(one);
        if (scheme === 'kernel') families.push(await kernelFamily(one, clock, options));
        else if (scheme === 'shared') families.push(await sharedFamily(one, clock, options));
        else {
          if (own === undefined) {
            own = new Mctp({ clock });
            families.push(ownFamily(own, clock, options));
          }
          await addLink(own, one, clock, options.ownEid ?? DEFAULT_OWN_EID);
        }
      }
    }
    return new FamilyTransport({ ...options, clock, families });
  } catch (error) {
    for (const { end } of families) await end?.();
    throw error;
  }
}

function ownFamily(mctp: Mctp, clock: Clock, options: OpenTransportOptions): FamilyOptions {
  const hasLink = (name: string): boolean => mctp.links().some((link) => link.name === name);
  return { ...searched(OWN, mctp, clock, options, () => mctp.close()), hasLink };
}

async function addLink(mctp: Mctp, url: string, clock: Clock, eid: number): Promise<void> {
  const link = await createLink(url, { clock });
  mctp.addLink(link);
  mctp.addAddress(eid, link.name);
  await mctp.openLink(link.name);
}

/** Its links are called `kernel:...` already. */
async function kernelFamily(url: string, clock: Clock, options: OpenTransportOptions): Promise<FamilyOptions> {
  const { kernel } = await openKernelUrl(parseLinkUrl(url));
  const hasLink = (name: string): boolean => kernel.links().some((link) => link.name === name);
  return { ...searched('kernel', kernel, clock, options, () => kernel.close()), hasLink };
}

async function sharedFamily(url: string, clock: Clock, options: OpenTransportOptions): Promise<FamilyOptions> {
  const parsed = parseLinkUrl(url);
  const { description = 'mctpkit', env = process.env } = options;
  const shared = await openSharedUrl(parsed, clock, env, { description });
  const name = `shared:${parsed.place}`;
  return { ...searched(name, shared, clock, options, () => shared.close()), linkPrefix: `${name}/` };
}

function searched(
  name: string,
  host: NetworkStack,
  clock: Clock,
  { assigns = false }: OpenTransportOptions,
  close: () => Promise<void> | void,
): FamilyOptions {
  const search = new StackSearch({ host, clock, assigns });
  return {
    name,
    transport: host,
    find: (address) => search.find(address),
    end: () => {
      search.close();
      return close();
    },
  };
}
