/** The verb `run`: the links of a configuration, each in its role, until Ctrl-C. */

import { MctpError } from '../../stack/errors.js';
import { CONFIG_FILE, CONFIG_OPTION, CONFIG_VARIABLE, findConfig } from '../config/find.js';
import { type Config, onOpenLinks } from '../config/model.js';
import { type MctpNode, startNode } from '../config/node.js';
import { EXIT, errorLine, printable, usageError } from '../errors.js';
import { endpointJson } from '../format/endpoint-json.js';
import type { Io } from '../io.js';
import { Session } from '../session.js';
import { CAPTURE_OPTION, defineVerb, flag, repeatedOption } from '../verb.js';
import { untilStopped } from '../wait.js';
import { eventJson, eventLines, timeOfDay } from '../watch.js';

export const run = defineVerb({
  name: 'run',
  summary: 'take the roles of a configuration on its links, and tell what happens, until Ctrl-C',
  description:
    `Opens every link of ${CONFIG_FILE} and is bus owner, endpoint or bridge there, as the file says. An mctpd.conf names ` +
    'no links: name them with --link. The EIDs of devices are kept in the state file, if there is one.',
  options: {
    config: CONFIG_OPTION,
    link: repeatedOption('-l, --link <url>', 'one more link, in the role of the file as a whole; repeatable'),
    capture: CAPTURE_OPTION,
    once: flag('--once', 'end when all links have been searched and every endpoint link has its EID'),
    json: flag('-j, --json', 'a JSON object per line and event'),
  },
  examples: [
    ['mctpkit run', `what ${CONFIG_FILE} in this folder says`],
    ['mctpkit run --config bridge.toml --json', 'events for a program'],
    ['mctpkit run --config /etc/mctpd.conf --link i2c:1', 'an mctpd.conf, on this link'],
    ['mctpkit run --once', 'give EIDs once, and end'],
  ],
  async run({ options, io, signal }) {
    const config = await findConfig(options.config);
    if (config === undefined) {
      throw usageError(`there is no ${CONFIG_FILE} here: name one with --config, or in ${CONFIG_VARIABLE}`);
    }
    const links = [...config.links.map(({ url }) => url), ...options.link];
    if (links.length === 0) throw usageError(`${config.file} names no links: name them with --link`);
    if (links.some((url) => /^kernel:/i.test(url))) {
      throw usageError('kernel: is a stack of its own, with roles of its own: name the links themselves');
    }
    // Roles answer and have EIDs; the session only opens.
    const session = await Session.open({ links, config, passive: true, capture: options.capture, signal });
    const told = new Teller(io, options.json);
    try {
      const bound = onOpenLinks(config, session.links);
      const { mctp, clock } = session;
      const node = startNode({ config: bound, mctp, clock, onProblem: (error) => told.trouble(error) });
      try {
        await follow(node, { session, config: bound, told, signal, once: options.once });
      } finally {
        node.close();
      }
    } finally {
      await session.close();
    }
    told.say('ended', {}, 'ended');
    return EXIT.done;
  },
});

interface Following {
  readonly session: Session;
  readonly config: Config;
  readonly told: Teller;
  readonly signal: AbortSignal;
  readonly once: boolean;
}

async function follow(node: MctpNode, { session, config, told, signal, once }: Following): Promise<void> {
  const roleOf = (name: string) => config.links.find(({ url }) => url === name)?.role ?? config.defaultRole;
  const links = session.linkStatus().map(({ name, network, eids }) => ({ name, network, role: roleOf(name), eids }));
  const unassigned = new Set(links.filter(({ role }) => role === 'endpoint').map(({ name }) => name));
  const settled = new AbortController();
  const onSettled = (): void => {
    if (unassigned.size === 0 && searched) settled.abort();
  };
  let searched = false;
  node.endpoint.onAssigned((owner, eid) => {
    const by = owner.eid === 0 ? 'a bus owner without an EID' : `the bus owner, EID ${owner.eid}`;
    const text = `assigned   EID ${eid} on ${owner.link}, by ${by}`;
    told.say('assigned', { link: owner.link, eid, busOwner: owner.eid }, text);
    unassigned.delete(owner.link);
    onSettled();
  });
  const sources = node.bridge === undefined ? node.owners : [node.bridge];
  for (const source of sources) source.onEvent((event) => told.line(eventJson(event), eventLines(event)));
  const asText = links.map(({ name, network, role, eids }) => {
    const eid = eids.length === 0 ? 'no EID yet' : `EID ${eids.join(', ')}`;
    return `${name}: ${role} on network ${network}, ${eid}`;
  });
  told.say('started', { links }, ...asText);

  for (const owner of node.owners) owner.monitor();
  const search = Promise.all(
    node.owners.map((owner) => owner.discover().catch((error: unknown) => troubled(error, told, signal))),
  ).then(() => {
    searched = true;
    if (signal.aborted) return;
    const found = sources.flatMap((source) => source.endpoints());
    if (node.owners.length > 0) {
      told.say('settled', { endpoints: found.map(endpointJson) }, `all searched: ${found.length} endpoints`);
    }
    onSettled();
  });
  await untilStopped(once ? AbortSignal.any([signal, settled.signal]) : signal);
  if (signal.aborted) node.close();
  await search;
}

/** A link that broke is told and comes back by itself: the search goes on with the next scan. */
function troubled(error: unknown, told: Teller, signal: AbortSignal): void {
  if (!(error instanceof MctpError)) throw error;
  if (!signal.aborted) told.trouble(error);
}

/** Lines for people with the time of day, or one JSON document per event. */
class Teller {
  constructor(
    private readonly io: Io,
    private readonly json: boolean,
  ) {}

  say(event: string, fields: Readonly<Record<string, unknown>>, ...text: string[]): void {
    this.line({ event, time: new Date().toISOString(), ...fields }, text);
  }

  line(document: unknown, text: readonly string[]): void {
    if (this.json) this.io.print(JSON.stringify(document));
    else for (const line of text) this.io.print(`${timeOfDay()}  ${printable(line)}`);
  }

  trouble(error: unknown): void {
    if (this.json) this.say('trouble', { what: error instanceof Error ? error.message : String(error) });
    else this.io.note(errorLine(error));
  }
}
