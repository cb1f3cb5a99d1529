/** The verb `extcap`: our links in Wireshark's list of interfaces, captured live. Wireshark calls it, people only --install. */

import { chmod, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '../../bindings/make-folder.js';
import { fileProblem } from '../../bindings/read-own-file.js';
import { startCapture } from '../capture/stack-capture.js';
import { EXIT, usageError } from '../command-error.js';
import { ANY_LINK, configSentences, dltSentence, interfaceName, interfaceSentences } from '../extcap/sentences.js';
import { linksHere } from '../link-kinds.js';
import { packageVersion } from '../package-version.js';
import { Session } from '../session.js';
import { defineVerb, flag, textOption } from '../verb.js';
import { stopWith, untilStopped } from '../wait.js';
import type { World } from '../world.js';

export const extcap = defineVerb({
  name: 'extcap',
  summary: 'show our links in Wireshark, and capture them live',
  description:
    'mctpkit extcap --install writes a program into the folder where Wireshark looks for capture programs; the ' +
    'links are then in its list of interfaces. Wireshark calls that program with the other options.',
  arguments: [
    {
      name: 'folder',
      summary: 'with --install: where to (~/.local/lib/wireshark/extcap)',
      required: false,
      many: false,
    },
  ],
  options: {
    install: flag('--install', 'write the program for Wireshark'),
    interfaces: flag('--extcap-interfaces', 'list links'),
    version: textOption('--extcap-version <version>', "Wireshark's version", undefined),
    interface: textOption('--extcap-interface <name>', 'which of them', undefined),
    dlts: flag('--extcap-dlts', 'what its packets are'),
    config: flag('--extcap-config', 'what can be set'),
    filter: textOption('--extcap-capture-filter <filter>', 'not supported: filter what is shown', undefined),
    capture: flag('--capture', 'capture...'),
    fifo: textOption('--fifo <file>', '...into this pipe', undefined),
    link: textOption('--link <url>', 'the link', undefined),
    discover: flag('--discover', 'be the bus owner and find endpoints'),
  },
  examples: [
    ['mctpkit extcap --install', ''],
    ['mctpkit extcap --extcap-interfaces', 'what Wireshark will show'],
  ],
  async run({ args, options, world }) {
    const { io } = world;
    if (options.install) {
      const path = await install(args[0] ?? join(homedir(), '.local/lib/wireshark/extcap'), world.machine.command);
      io.print(
        `${path} is there; restart Wireshark (or Capture, Refresh Interfaces) and choose an interface "MCTP: ..."`,
      );
      return EXIT.done;
    }
    const links = await linksHere(world.env);
    if (options.interfaces) {
      for (const line of interfaceSentences(links, packageVersion())) io.print(line);
      return EXIT.done;
    }
    const name = options.interface;
    if (name === undefined) throw usageError('this is for Wireshark: mctpkit extcap --install makes it known there');
    const url = links.find((link) => interfaceName(link.url) === name)?.url;
    if (url === undefined && name !== ANY_LINK) throw usageError(`there is no interface ${name}`);
    if (options.dlts) io.print(dltSentence());
    else if (options.config) for (const line of configSentences(url)) io.print(line);
    else if (options.capture) {
      const chosen = options.link ?? url;
      if (chosen === undefined) throw usageError('name the link in the options of the interface');
      if (options.fifo === undefined) throw usageError('--capture needs --fifo, where the packets go');
      await captureInto(options.fifo, chosen, options.discover, world);
    } else if (options.filter === undefined)
      throw usageError(`what about ${name}? Wireshark says --capture, --extcap-dlts or --extcap-config`);
    return EXIT.done;
  },
});

async function captureInto(fifo: string, url: string, discover: boolean, world: World): Promise<void> {
  const session = await Session.open({ links: [url], passive: !discover, world });
  const stop = stopWith(world.signal);
  try {
    // Wireshark closes the pipe when it has had enough.
    const capture = await startCapture(session.packets(), {
      target: fifo,
      world,
      failed: () => stop.abort(),
    });
    if (discover) {
      await session.discover().catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    }
    await untilStopped(world.clock, stop.signal);
    await capture.close().catch(() => {});
  } finally {
    await session.close();
  }
}

/** The program has to be one file; it calls the command with the Node that runs now. */
async function install(folder: string, command: readonly string[]): Promise<string> {
  const path = join(folder, 'mctpkit-extcap');
  const quote = (text: string): string => `'${text.replace(/'/g, `'\\''`)}'`;
  try {
    makeFolder(folder);
    await writeFile(path, `#!/bin/sh\nexec ${command.map(quote).join(' ')} extcap "$@"\n`);
    await chmod(path, 0o755);
  } catch (cause) {
    throw usageError(`${path} cannot be written: ${fileProblem(cause)}`, cause);
  }
  return path;
}
