#!/usr/bin/env node
/** The command: finds the verb and hands over. Nothing is loaded that the verb does not need. */

import { fileURLToPath } from 'node:url';
import { EXIT } from './command-error.js';
import { Interrupt, processWorld } from './process-world.js';
import { type Ended, runVerb, verbName } from './run.js';
import { findVerb, VERBS } from './verbs.js';

const [first, ...rest] = process.argv.slice(2);

const interrupt = new Interrupt();
const world = processWorld(fileURLToPath(import.meta.url), interrupt);
let ended: Ended = EXIT.done;
if (first === undefined || first === '--help' || first === '-h') {
  const { generalHelp } = await import('./help.js');
  world.io.print(generalHelp(VERBS));
} else {
  const name = verbName(first);
  ended = await runVerb(findVerb(name) ?? name, rest, world);
}
interrupt.stop();
if (interrupt.exitCode !== undefined) process.exitCode = interrupt.exitCode;
else if (ended === 'interrupted') interrupt.die();
else process.exitCode = ended;
