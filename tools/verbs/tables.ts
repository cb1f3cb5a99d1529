/** The verbs `link`, `address`, `route` and `neigh`: the tables of our stack, or of the kernel's. */

import { EXIT } from '../command-error.js';
import { CONFIG_OPTION, findConfig } from '../config/find.js';
import { onlyFor } from '../option-actions.js';
import { Session } from '../session.js';
import { ADDRESS, LINK, NEIGH, ROUTE, runTableWords, type TableObject } from '../tables/table-objects.js';
import type { Tables } from '../tables/table-verbs.js';
import { ASSIGN_OPTION, defineVerb, flag, JSON_OPTION, LINK_OPTION, OWN_EID_OPTION, type Verb } from '../verb.js';

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
      discover: flag('-d, --discover', 'find the endpoints first; those that have no EID are given none'),
      assign: onlyFor(['--discover'], ASSIGN_OPTION),
      all: flag('-a, --all', 'with kernel: also its loopback link and the routes to its own EIDs'),
    },
    does: (_args, { discover }) => (discover ? ['--discover'] : []),
    examples,
    async run({ args, options, world }) {
      const { io } = world;
      const config = await findConfig(options.config, world.env);
      const { link: links, ownEid, discover, assign, all } = options;
      const session = await Session.open({ links, ownEid, config, asIs: !discover, assigns: assign, world });
      try {
        if (discover) {
          io.progress('looking for endpoints ...');
          await session.discover();
          io.progress('');
        }
        const rows = await runTableWords(object, tablesOf(session, all), args);
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
        if (changed && !session.stack.isLasting) io.note(KERNEL_ONLY_NOTE);
        return EXIT.done;
      } finally {
        await session.close();
      }
    },
  });
}

/** What is shown are the links which were named; the kernel has others, such as its loopback. */
function tablesOf(session: Session, all: boolean): Tables {
  const tables = session.stack.tables();
  const routes = all ? (tables.allRoutes ?? tables.routes) : tables.routes;
  return { ...tables, routes, links: () => (all ? tables.links() : session.linkStatus()) };
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
