/** The command: finds the verb and hands over. Nothing is loaded that the verb does not need. */

import { findVerb, VERBS } from './verbs.js';

/** `entry`: the file that is this command; `args`: what was written behind it. Sets the exit code of the process. */
export async function main(entry: string, args: readonly string[]): Promise<void> {
  const [first, ...rest] = args;
  if (first === undefined || first === '--help' || first === '-h') {
    const [{ generalHelp }, { onLostOutput }] = await Promise.all([import('./help.js'), import('./lost-output.js')]);
    onLostOutput(process.stdout, process.stderr, (exitCode) => {
      process.exitCode = exitCode;
    });
    process.stdout.write(`${generalHelp(VERBS, process.stdout.columns || undefined)}\n`);
    return;
  }
  const [{ runVerb, verbName }, { Interrupt, processWorld }] = await Promise.all([
    import('./run.js'),
    import('./process-world.js'),
  ]);
  const interrupt = new Interrupt();
  const name = verbName(first);
  const ended = await runVerb(findVerb(name) ?? name, rest, processWorld(entry, interrupt));
  interrupt.stop();
  const code = interrupt.codeOf(ended);
  if (code === undefined) interrupt.die();
  else process.exitCode = code;
}
