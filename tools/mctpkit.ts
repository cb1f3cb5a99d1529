#!/usr/bin/env node
/** The command: finds the verb and hands over. Nothing is loaded that the verb does not need. */

import { findVerb, VERBS } from './verbs.js';

const [first, ...rest] = process.argv.slice(2);

if (first === undefined || first === '--help' || first === '-h') {
  const { generalHelp } = await import('./help.js');
  process.stdout.write(`${generalHelp(VERBS)}\n`);
} else {
  const name = first === '--version' || first === '-V' ? 'version' : first;
  const { runVerb } = await import('./run.js');
  process.exitCode = await runVerb(findVerb(name), first, rest);
}
