import { EXIT, usageError } from '../command-error.js';
import { verbHelp } from '../command-line.js';
import { generalHelp } from '../help.js';
import { didYouMean } from '../suggest.js';
import { defineVerb } from '../verb.js';

export const help = defineVerb({
  name: 'help',
  summary: 'explain a verb',
  arguments: [{ name: 'verb', summary: 'which; without it the list of verbs', required: false, many: false }],
  options: {},
  examples: [['mctpkit help discover', '']],
  async run({ args, world, verbs }) {
    const { io } = world;
    const [name] = args;
    if (name === undefined) {
      io.print(generalHelp(verbs));
      return EXIT.done;
    }
    const entry = verbs.find((verb) => verb.name === name);
    if (entry === undefined) {
      const names = verbs.map((verb) => verb.name);
      throw usageError(`no verb "${name}"${didYouMean(name, names)}: mctpkit --help lists them`);
    }
    io.print(verbHelp(await entry.load()));
    return EXIT.done;
  },
});
