/** The verb `serve`: what `run` does, and others use the same links at the same time. */

import { loadLibC } from '../../bindings/kernel/libc.js';
import { checkNetworkName } from '../../bindings/shared/shared-folder.js';
import { Resolver } from '../../stack/names/index.js';
import { EXIT, printable, usageError } from '../command-error.js';
import type { Config } from '../config/config-model.js';
import { CONFIG_FILE, CONFIG_OPTION, findConfig } from '../config/find.js';
import { isAddressPort } from '../config/key-kinds.js';
import { isoTime } from '../format/time-text.js';
import { findNames } from '../names/find-names.js';
import { inWords } from '../network/network-event-words.js';
import { allFor } from '../option-actions.js';
import type { ServeDocument } from '../schema/serve-documents.js';
import { LOG_LEVELS, type LogLevel, levelOf, RateLimitedLog } from '../serve/log.js';
import { Serving } from '../serve/serving.js';
import { Notifier } from '../serve/systemd/notifier.js';
import { tellNodeEvent } from '../tell-node.js';
import { defineVerb, flag, jsonLines, offering, repeatedOption, textOption, valueOption } from '../verb.js';
import { untilStopped } from '../wait.js';
import type { World } from '../world.js';

/** It is not about the service of systemd. */
const SERVES = 'without --install or --uninstall';
const DEFAULT_LEVEL: LogLevel = 'info';

export const serve = defineVerb({
  name: 'serve',
  summary: 'let many processes use the same links at the same time, until Ctrl-C',
  description:
    `Opens links and takes roles as "mctpkit run" does, and serves them as networks: each section [serve.NAME] of ` +
    `${CONFIG_FILE} is one, in a folder with the sockets "receive", "use" and "manage", whose file modes say who may do ` +
    'what. Every verb uses a network with --link shared:NAME. Without a configuration, --link names the links of one ' +
    'network. Ctrl-C or SIGTERM empties the queues and ends; SIGHUP reads the configuration again.',
  options: {
    ...allFor([SERVES, '--install'], { config: CONFIG_OPTION }),
    link: repeatedOption('-l, --link <url>', 'a link besides those of the configuration; repeatable'),
    ...allFor([SERVES], {
      name: textOption(
        '--name <name>',
        'serve one network with this name (default: those of the configuration, or lab)',
        undefined,
      ),
      dir: textOption(
        '--dir <folder>',
        'folder of the networks ($XDG_RUNTIME_DIR/mctpkit, or /run/mctpkit)',
        undefined,
      ),
      http: valueOption(
        '--http <address>',
        'serve a web page at this address, e.g. 127.0.0.1:8080',
        'an address with a port, such as 127.0.0.1:8080 or [::1]:8080',
        (text) => (isAddressPort(text) ? text : undefined),
        undefined,
      ),
      httpToken: textOption(
        '--http-token <file>',
        'the token in this file allows managing devices (read-only)',
        undefined,
      ),
      httpCert: textOption('--http-cert <file>', 'a PEM certificate: the page is served by HTTPS', undefined),
      httpKey: textOption('--http-key <file>', 'the PEM key of the certificate', undefined),
      log: offering(
        valueOption(
          '--log <level>',
          `least weight of what is told: ${LOG_LEVELS.join(', ')} (info)`,
          LOG_LEVELS.join(', '),
          logLevel,
          DEFAULT_LEVEL,
        ),
        () => LOG_LEVELS,
      ),
      watch: flag('--watch', 'watch termini and drives, and record them, as [watch] in a configuration does'),
      json: jsonLines('event'),
    }),
    install: flag('--install', 'print how it becomes a service of systemd; with --yes, make it one'),
    uninstall: flag('--uninstall', 'print how the service is taken away; with --yes, take it away'),
    ...allFor(['--install', '--uninstall'], {
      yes: flag('--yes', 'install, uninstall: do it'),
      root: textOption(
        '--root <folder>',
        'install, uninstall: what stands for / (files only, no programs are run)',
        '/',
      ),
    }),
  },
  does: (_args, { install, uninstall }) => [install ? '--install' : uninstall ? '--uninstall' : SERVES],
  examples: [
    ['mctpkit serve --link i2c:1', 'one network "lab" with this bus; then: mctpkit ping --link shared:lab 9'],
    ['mctpkit serve --config /etc/mctpkit.toml --json', 'every [serve.NAME] of the file, for programs'],
    ['mctpkit serve --link bench: --http 127.0.0.1:8080', 'with a web page to look at'],
    ['mctpkit serve --link bench: --name t --dir /tmp/nets', 'the virtual bench as shared:/tmp/nets/t'],
    ['mctpkit serve --link i2c:1 --watch', 'termini and drives are watched; then: mctpkit history, mctpkit events'],
    ['mctpkit serve --install --config /etc/mctpkit.toml', 'the service of systemd which it would make'],
  ],
  async run({ options, world }) {
    const { io, signal, clock } = world;
    const { json } = options;
    if (options.install || options.uninstall) return await installOrRemove(options, world);
    const config = await configOf(options, world);
    if (config.web !== undefined || config.watch !== undefined) await world.machine.saveMemory();
    const names = await findNames(config, world.env);
    io.goOnUnread();
    const notifier = await Notifier.open(world.env);
    const log = new RateLimitedLog(
      clock,
      options.log,
      (text) => (json ? io.print(text) : io.note(text)),
      (kind, lines) => {
        if (json) io.print(line({ event: 'leftOut', kind, lines }));
        else io.note(`${lines} more lines of ${kind} were left out`);
      },
    );
    const serving = await Serving.start({
      config,
      links: options.link,
      world,
      hear: (event) => tellNodeEvent(event, json, world, names),
      tell: (network, { event, time, ...details }) => {
        const level = levelOf(event);
        log.say(event, level, () => {
          if (json) return line({ event, level, network, time: isoTime(time), details });
          return printable(`${network}: ${event}  ${inWords(details)}`);
        });
      },
    });
    let reloading = Promise.resolve();
    const stopReloading = world.onHangup?.(() => {
      reloading = reloading.then(() => reload(serving, options, world));
    });
    const stopDumping = world.onDumpSignal?.(async () => {
      const what = await dumped(serving);
      tellNodeEvent({ kind: 'problem', what }, json, world, names);
    });
    try {
      for (const { name: network, folder, metrics } of serving.networks) {
        if (json) io.print(line({ event: 'ready', network, folder, ...(metrics !== undefined && { metrics }) }));
        else
          io.print(
            `${network}: ready in ${printable(folder)}; use it with --link shared:${options.dir === undefined ? network : folder}`,
          );
        if (!json && metrics !== undefined) io.print(`${network}: metrics at ${metrics}`);
      }
      const { page } = serving;
      if (page !== undefined) io.print(json ? line({ event: 'page', url: page }) : `the web page is at ${page}`);
      if (!json) io.note('Ctrl-C ends it');
      notifier?.ready(clock, `serving ${serving.networks.map(({ name }) => name).join(', ')}`);
      const end = AbortSignal.any([signal, serving.over]);
      await serving.work(end);
      await untilStopped(clock, end);
      return EXIT.done;
    } finally {
      stopReloading?.();
      stopDumping?.();
      notifier?.stopping();
      await reloading;
      await serving.close();
      notifier?.close();
      log.end();
      if (json) io.print(line({ event: 'ended' }));
    }
  },
});

function logLevel(text: string): LogLevel | undefined {
  return LOG_LEVELS.find((level) => level === text);
}

interface ServeOptions {
  readonly config: string | undefined;
  readonly link: readonly string[];
  readonly name: string | undefined;
  readonly dir: string | undefined;
  readonly http: string | undefined;
  readonly httpToken: string | undefined;
  readonly httpCert: string | undefined;
  readonly httpKey: string | undefined;
  readonly watch: boolean;
}

interface InstallOptions {
  readonly install: boolean;
  readonly config: string | undefined;
  readonly link: readonly string[];
  readonly yes: boolean;
  readonly root: string;
}

/** @throws CommandError */
async function installOrRemove({ install, config: file, link, yes, root }: InstallOptions, world: World) {
  const { carryOut, planInstall, planLines, planUninstall } = await import('../serve/systemd/installation.js');
  const { io, env, machine } = world;
  if (link.length > 0)
    throw usageError(`a service has its links in a file: write ${CONFIG_FILE}, and name it with --config`);
  let plan = planUninstall(root);
  if (install) {
    const config = await findConfig(file, env);
    if (config === undefined) throw usageError(`name the file which the service serves: --config /etc/${CONFIG_FILE}`);
    plan = planInstall({ root, command: machine.command, config });
    // Without it the service would never say that it is ready.
    await loadLibC();
  }
  const say = (text: string): void => io.print(printable(text));
  if (yes) carryOut(plan, root, say);
  else for (const text of planLines(plan, root)) say(text);
  return EXIT.done;
}

const NO_FILE = 'the command line';
const DEFAULT_NAME = 'lab';

/** @throws CommandError, MctpError */
async function configOf(options: ServeOptions, world: World): Promise<Config> {
  const { config: file, link, name, dir, watch } = options;
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
  return {
    ...config,
    web: webOf(options, config),
    watch: config.watch ?? (watch ? parseConfig('[watch]', NO_FILE).watch : undefined),
    serve: sections.map((entry) => ({ ...entry, dir: dir ?? entry.dir })),
  };
}

/** Options come before what the file says. @throws CommandError */
function webOf({ http, httpToken, httpCert, httpKey }: ServeOptions, { web }: Config): Config['web'] {
  const where = http ?? web?.http;
  if (where === undefined) {
    if (httpToken === undefined && httpCert === undefined && httpKey === undefined) return undefined;
    throw usageError('--http-token, --http-cert and --http-key go with --http');
  }
  return {
    http: where,
    tokenFile: httpToken ?? web?.tokenFile,
    certificate: httpCert ?? web?.certificate,
    key: httpKey ?? web?.key,
  };
}

async function reload(serving: Serving, options: ServeOptions & { json: boolean }, world: World): Promise<void> {
  const { io } = world;
  try {
    const { changed, needsRestart } = await serving.reload(await configOf(options, world));
    if (options.json) io.print(line({ event: 'reloaded', changed, needsRestart }));
    const told = changed.length === 0 ? 'nothing changed' : `changed ${changed.join(', ')}`;
    io.note(needsRestart.length === 0 ? told : `${told}; a new start is needed for ${needsRestart.join(', ')}`);
  } catch (error) {
    // The old configuration stays in force.
    const what = `the configuration was not read again: ${error instanceof Error ? error.message : String(error)}`;
    tellNodeEvent({ kind: 'problem', what }, options.json, world, new Resolver());
  }
}

/** What the flight recorder has. */
async function dumped(serving: Serving): Promise<string> {
  try {
    const made = await serving.dump('signal');
    if (made === undefined) return 'there is no flight recorder: give the configuration a section [watch]';
    return `flight recorder: ${made.packets} packets in ${made.file}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function line(document: ServeDocument): string {
  return JSON.stringify(document);
}
