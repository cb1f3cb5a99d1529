/** The verb `serve`: what `run` does, and others use the same links at the same time. */

import { checkNetworkName } from '../../bindings/shared/shared-folder.js';
import { EXIT, printable, usageError } from '../command-error.js';
import type { Config } from '../config/config-model.js';
import { CONFIG_FILE, CONFIG_OPTION, findConfig } from '../config/find.js';
import { isoTime } from '../format/time-text.js';
import type { ServeDocument } from '../schema/serve-documents.js';
import { RateLimitedLog } from '../serve/log.js';
import { Serving } from '../serve/serving.js';
import { tellNodeEvent } from '../tell-node.js';
import { defineVerb, flag, repeatedOption, textOption } from '../verb.js';
import { untilStopped } from '../wait.js';
import type { World } from '../world.js';

export const serve = defineVerb({
  name: 'serve',
  summary: 'let many processes use the same links at the same time, until Ctrl-C',
  description:
    `Opens links and takes roles as "mctpkit run" does, and serves them as networks: each section [serve.NAME] of ` +
    `${CONFIG_FILE} is one, in a folder with the sockets "receive", "use" and "manage", whose file modes say who may do ` +
    'what. Every verb uses a network with --link shared:NAME. Without a configuration, --link names the links of one ' +
    'network. Ctrl-C or SIGTERM empties the queues and ends; SIGHUP reads the configuration again.',
  options: {
    config: CONFIG_OPTION,
    link: repeatedOption('-l, --link <url>', 'a link besides those of the configuration; repeatable'),
    name: textOption(
      '--name <name>',
      'serve one network with this name (default: those of the configuration, or lab)',
      undefined,
    ),
    dir: textOption('--dir <folder>', 'folder of the networks ($XDG_RUNTIME_DIR/mctpkit, or /run/mctpkit)', undefined),
    json: flag('-j, --json', 'a JSON object per line and event'),
  },
  examples: [
    ['mctpkit serve --link i2c:1', 'one network "lab" with this bus; then: mctpkit ping --link shared:lab 9'],
    ['mctpkit serve --config /etc/mctpkit.toml --json', 'every [serve.NAME] of the file, for programs'],
    ['mctpkit serve --link bench: --name t --dir /tmp/nets', 'the virtual bench as shared:/tmp/nets/t'],
  ],
  async run({ options, world }) {
    const { io, signal, clock } = world;
    const { json } = options;
    const config = await configOf(options, world);
    const log = new RateLimitedLog(clock, (line) => (json ? io.print(line) : io.note(line)));
    const serving = await Serving.start({
      ...{ config, links: options.link, world },
      hear: (event) => tellNodeEvent(event, json, world),
      tell: (network, { event, time, ...details }) => {
        const document = { event, network, time: isoTime(time), details } as const;
        log.say(event, json ? line(document) : printable(`${network}: ${event} ${JSON.stringify(details)}`));
      },
    });
    const stopReloading = world.onHangup?.(() => void reload(serving, options, world));
    try {
      for (const { name: network, folder, metrics } of serving.networks) {
        if (json) io.print(line({ event: 'ready', network, folder, ...(metrics !== undefined && { metrics }) }));
        else
          io.print(
            `${network}: ready in ${printable(folder)}; use it with --link shared:${options.dir === undefined ? network : folder}`,
          );
        if (!json && metrics !== undefined) io.print(`${network}: metrics at ${metrics}`);
      }
      if (!json) io.note('Ctrl-C ends it');
      await serving.work(signal);
      await untilStopped(clock, signal);
      return EXIT.done;
    } finally {
      stopReloading?.();
      await serving.close();
      if (json) io.print(line({ event: 'ended' }));
    }
  },
});

interface ServeOptions {
  readonly config: string | undefined;
  readonly link: readonly string[];
  readonly name: string | undefined;
  readonly dir: string | undefined;
}

const NO_FILE = 'the command line';
const DEFAULT_NAME = 'lab';

/** @throws CommandError, MctpError */
async function configOf({ config: file, link, name, dir }: ServeOptions, world: World): Promise<Config> {
  const named = link.length > 0 && file === undefined ? undefined : await findConfig(file, world.env);
  if (named === undefined && link.length === 0) {
    throw usageError(`nothing to serve: name a link with --link, or write a ${CONFIG_FILE} (docs/config.md)`);
  }
  const { parseConfig } = await import('../config/config-parse.js');
  const config = named ?? parseConfig('', NO_FILE);
  const sections = config.serve.filter((entry) => name === undefined || entry.name === name);
  if (sections.length === 0) {
    const wanted = name ?? DEFAULT_NAME;
    checkNetworkName(wanted);
    sections.push(...parseConfig(`[serve.${JSON.stringify(wanted)}]`, NO_FILE).serve);
  }
  return { ...config, serve: sections.map((entry) => ({ ...entry, dir: dir ?? entry.dir })) };
}

async function reload(serving: Serving, options: ServeOptions, world: World): Promise<void> {
  const { io } = world;
  try {
    const { changed, needsRestart } = serving.reload(await configOf(options, world));
    const told = changed.length === 0 ? 'nothing changed' : `changed ${changed.join(', ')}`;
    io.note(needsRestart.length === 0 ? told : `${told}; a new start is needed for ${needsRestart.join(', ')}`);
  } catch (error) {
    // The old configuration stays in force.
    io.note(`the configuration was not read again: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function line(document: ServeDocument): string {
  return JSON.stringify(document);
}
