/** The command: finds the verb and hands over. Nothing is loaded that the verb does not need. */

import { EXIT } from './command-error.js';
import { Interrupt, processWorld } from './process-world.js';
import { type Ended, runVerb, verbName } from './run.js';
import { findVerb, VERBS } from './verbs.js';

/** `entry`: the file that is this command; `args`: what was written behind it. Sets the exit code of the process. */
export async function main(entry: string, args: readonly string[]): Promise<void> {
  const [first, ...rest] = args;
  const interrupt = new Interrupt();
  const world = processWorld(entry, interrupt);
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
}
