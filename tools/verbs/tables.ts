/** The verbs `link`, `address`, `route` and `neigh`: the tables of our stack, or of the kernel's. */

import { CONFIG_OPTION, findConfig } from '../config/find.js';
import { EXIT, refusal, usageError } from '../errors.js';
import { openFailure, Session } from '../session.js';
import { ADDRESS, LINK, NEIGH, ROUTE, runTableWords, type TableObject } from '../tables/table-objects.js';
import { type LinkSettings, MTU_OVER_UNIT, type Tables } from '../tables/table-verbs.js';
import { defineVerb, flag, JSON_OPTION, LINK_OPTION, OWN_EID_OPTION, type Verb } from '../verb.js';

const KERNEL_ONLY_NOTE = 'this stack ends with the command: the change is for --link kernel:, or to be tried out';

function tableVerb(object: TableObject, examples: readonly (readonly [string, string])[]): Verb {
  return defineVerb({
    name: object.name,
    summary: object.summary,
    description:
      `${object.grammar.map((line) => `mctpkit ${object.name} ${line}`).join('; ')}. The words are those of Linux's mctp ` +
      'tool; an MTU counts the 4 bytes of the packet header. With --link kernel: these are the tables of the kernel; ' +
      'otherwise those of a stack of our own that lasts as long as the command.',
    arguments: [{ name: 'word', summary: 'what to do (show)', required: false, many: true }],
    options: {
      link: LINK_OPTION,
      json: JSON_OPTION,
      ownEid: OWN_EID_OPTION,
      config: CONFIG_OPTION,
      discover: flag('-d, --discover', 'find the endpoints first, as mctpkit discover does'),
    },
    examples,
    async run({ args, options, world }) {
      const { io } = world;
      const config = await findConfig(options.config, world.env);
      const { link: links, ownEid, discover } = options;
      const session = await Session.open({ links, ownEid, config, kernelAsIs: !discover, world });
      try {
        if (discover) {
          io.progress('looking for endpoints ...');
          await session.discover();
          io.progress('');
        }
        const rows = await runTableWords(object, tablesOf(session), args);
        const changed = args.length > 0 && args[0] !== 'show';
        if (options.json)
          io.print(
            JSON.stringify(
              rows.map(({ json }) => json),
              null,
              2,
            ),
          );
        else for (const { text } of rows) io.print(text);
        if (changed && !session.onKernel) io.note(KERNEL_ONLY_NOTE);
        return EXIT.done;
      } finally {
        await session.close();
      }
    },
  });
}

function tablesOf(session: Session): Tables {
  const { host } = session;
  return {
    linkName: (given) => linkName(session, given),
    links: () => session.linkStatus(),
    addresses: () => host.addresses(),
    routes: () => host.routes(),
    neighbours: () => host.neighbours(),
    setLink: (link, settings) => {
      if (session.kernel === undefined) return setOwnLink(session, link, settings);
      session.kernel.setLink(link, settings);
    },
    addAddress: (eid, link) => host.addAddress(eid, link),
    removeAddress: (eid, link) => {
      if (host.removeAddress === undefined) throw refusal('this stack gives no address back');
      return host.removeAddress(eid, link);
    },
    addRoute: (route) => {
      if (session.kernel === undefined) checkMtu(session, route.link, route.transmissionUnit);
      return host.addRoute(route);
    },
    removeRoute: (start, end, network) => host.removeRoute(start, end, network),
    addNeighbour: (eid, link, physicalAddress) => {
      refusePointToPoint(session, link);
      return host.addNeighbour(eid, link, physicalAddress);
    },
    removeNeighbour: (eid, link) => {
      refusePointToPoint(session, link);
      return host.removeNeighbour(eid, link);
    },
  };
}

function linkName({ kernel, mctp }: Session, given: string): string {
  try {
    return kernel === undefined ? mctp.linkByName(given).name : kernel.tables.link(given).title;
  } catch (error) {
    throw openFailure(error);
  }
}

/** The kernel keeps no neighbours where there is nothing to tell them apart by; a bus owner need not know, people do. */
function refusePointToPoint({ kernel }: Session, link: string): void {
  if (kernel?.tables.link(link).addressSize !== 0) return;
  throw usageError(`${link} is point to point: an EID has no physical address there, a route is enough`);
}

async function setOwnLink(session: Session, name: string, settings: LinkSettings): Promise<void> {
  const { mctp } = session;
  const { up, transmissionUnit, network } = settings;
  const now = mctp.links().find((one) => one.name === name)?.network;
  if (network !== undefined && network !== now) {
    throw usageError(
      `link ${name} has its EID on network ${now} already: a stack of our own takes the network from the configuration`,
    );
  }
  checkMtu(session, name, transmissionUnit);
  if (transmissionUnit !== undefined) mctp.setTransmissionUnit(name, transmissionUnit);
  if (up) await mctp.openLink(name).catch((cause: unknown) => Promise.reject(openFailure(cause)));
  else if (up === false) await mctp.closeLink(name);
}

/** In the words of who asked: the stack counts without the header. */
function checkMtu({ mctp }: Session, name: string, unit: number | undefined): void {
  const { max } = mctp.linkByName(name).transmissionUnit;
  if (unit === undefined || unit <= max) return;
  throw usageError(`${unit + MTU_OVER_UNIT} is not an MTU of ${name}: it takes up to ${max + MTU_OVER_UNIT}`);
}

export const link = tableVerb(LINK, [
  ['mctpkit link', 'of the virtual bench'],
  ['mctpkit link --link kernel:', 'of the kernel'],
  ['mctpkit link set mctpi2c1 up mtu 68 --link kernel:', ''],
]);
export const address = tableVerb(ADDRESS, [
  ['mctpkit address', 'our EIDs'],
  ['mctpkit address add 8 dev mctpi2c1 --link kernel:', ''],
]);
export const route = tableVerb(ROUTE, [
  ['mctpkit route --discover', 'the routes after a discovery of the bench'],
  ['mctpkit route add 9-20 via mctpi2c1 mtu 68 --link kernel:', ''],
]);
export const neigh = tableVerb(NEIGH, [
  ['mctpkit neigh --discover', 'which EID is at which address of the bench'],
  ['mctpkit neigh add 9 dev mctpi2c1 lladdr 0x1d --link kernel:', ''],
]);
