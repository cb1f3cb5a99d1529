/** The verb `run`: everything a configuration describes, for as long as it runs. */

import { EXIT, refusal, usageError } from '../command-error.js';
import { CONFIG_FILE, CONFIG_OPTION, findConfig, withoutConfig } from '../config/find.js';
import { type NodeEvent, RunningNode } from '../config/running-node.js';
import { findNames } from '../names/find-names.js';
import type { RunDocument } from '../schema/network-documents.js';
import { tellNodeEvent } from '../tell-node.js';
import { defineVerb, flag, jsonLines, repeatedOption } from '../verb.js';
import { untilStopped } from '../wait.js';

export const run = defineVerb({
  name: 'run',
  summary: 'act as a configuration says: bus owner, endpoint or bridge, until Ctrl-C',
  description:
    `Opens the links of ${CONFIG_FILE} and takes the role of each: as bus owner it finds endpoints, gives them ` +
    'EIDs and monitors them; as endpoint it takes the EID that it is given; as bridge it does both and forwards ' +
    'packets. Prints events, one per line. Mistakes in the file are reported with their line; docs/config.md ' +
    'describes the file.',
  options: {
    config: CONFIG_OPTION,
    link: repeatedOption('-l, --link <url>', 'a link besides those of the configuration; repeatable'),
    once: flag('--once', 'end when all links have been searched and every endpoint link has its EID'),
    json: jsonLines('event'),
  },
  examples: [
    ['mctpkit run', `what ${CONFIG_FILE} says`],
    ['mctpkit run --config /etc/mctpkit.toml --json', 'for programs'],
    ['mctpkit run --once', 'give EIDs once, and end'],
    ['mctpkit run --link i2c:1', 'be the bus owner of this bus, without a file'],
    ['mctpkit run --config /etc/mctpd.conf --link i2c:1', 'with the policies of mctpd, which names no links'],
  ],
  async run({ options, world }) {
    const { io, signal, clock } = world;
    const found = await findConfig(options.config, world.env);
    if (found === undefined && options.link.length === 0) {
      throw usageError(
        `there is no ${CONFIG_FILE} here: name a link with --link, or write the file (docs/config.md), or name it with --config`,
      );
    }
    const config = found ?? (await withoutConfig());
    const names = await findNames(config, world.env);
    const { json, once } = options;
    const numbered = new AbortController();
    let started: RunningNode | undefined; // Events come while links are still being opened.
    const hear = (event: NodeEvent): void => {
      tellNodeEvent(event, json, world, names);
      if (event.kind === 'assigned' && started !== undefined && hasItsEids(started)) numbered.abort();
    };
    for (const note of config.notes) io.note(note);
    io.goOnUnread();
    const node = await RunningNode.start({ config, links: options.link, clock, env: world.env, hear });
    started = node;
    try {
      if (json) io.print(line({ event: 'started', links: node.links }));
      else {
        for (const { name, role, network, eid } of node.links) {
          io.print(`${name}: ${role} on network ${network}, ${eid === null ? 'no EID yet' : `EID ${eid}`}`);
        }
        io.note('Ctrl-C ends it');
      }
      await node.work(signal);
      if (!once) await untilStopped(clock, signal);
      else if (!hasItsEids(node)) await untilStopped(clock, AbortSignal.any([signal, numbered.signal]));
      if (once && signal.aborted) throw refusal('interrupted');
      return once && node.problems.size > 0 ? EXIT.refused : EXIT.done;
    } finally {
      await node.close();
      if (json) io.print(line({ event: 'ended' }));
    }
  },
});

function hasItsEids(node: RunningNode): boolean {
  return node.links.every(({ role, eid }) => role !== 'endpoint' || eid !== null);
}

function line(document: RunDocument): string {
  return JSON.stringify(document);
}
