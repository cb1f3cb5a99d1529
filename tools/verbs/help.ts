import { verbHelp } from '../command-line.js';
import { EXIT, usageError } from '../errors.js';
import { generalHelp } from '../help.js';
import { didYouMean } from '../suggest.js';
import { defineVerb } from '../verb.js';
import { findVerb, VERBS } from '../verbs.js';

export const help = defineVerb({
  name: 'help',
  summary: 'explain a verb',
  arguments: [{ name: 'verb', summary: 'which; without it the list of verbs', required: false, many: false }],
  options: {},
  examples: [['mctpkit help discover', '']],
  async run({ args, world }) {
    const { io } = world;
    const [name] = args;
    if (name === undefined) {
      io.print(generalHelp(VERBS));
      return EXIT.done;
    }
    const entry = findVerb(name);
    if (entry === undefined) {
      const names = VERBS.map((verb) => verb.name);
      throw usageError(`no verb "${name}"${didYouMean(name, names)}: mctpkit --help lists them`);
    }
    io.print(verbHelp(await entry.load()));
    return EXIT.done;
  },
});
