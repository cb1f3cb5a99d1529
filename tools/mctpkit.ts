#!/usr/bin/env node
/** The command: finds the verb and hands over. Nothing is loaded that the verb does not need. */

import { fileURLToPath } from 'node:url';
import { findVerb, VERBS } from './verbs.js';

const [first, ...rest] = process.argv.slice(2);

if (first === undefined || first === '--help' || first === '-h') {
  const { generalHelp } = await import('./help.js');
  process.stdout.write(`${generalHelp(VERBS)}\n`);
} else {
  const [{ runVerb, verbName }, { Interrupt, processWorld }] = await Promise.all([
    import('./run.js'),
    import('./process-world.js'),
  ]);
  const interrupt = new Interrupt();
  const name = verbName(first);
  const world = processWorld(fileURLToPath(import.meta.url), interrupt.signal);
  const ended = await runVerb(findVerb(name) ?? name, rest, world);
  interrupt.stop();
  if (ended === 'interrupted') interrupt.die();
  else process.exitCode = ended;
}
