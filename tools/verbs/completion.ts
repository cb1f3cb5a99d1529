/** The verb `completion`: the script a shell loads, and the words it asks for. */

import { EXIT, usageError } from '../command-error.js';
import { completionScript, SHELLS, type Shell } from '../completion/scripts.js';
import { candidates } from '../completion/words.js';
import { didYouMean } from '../suggest.js';
import { defineVerb, flag } from '../verb.js';

export const completion = defineVerb({
  name: 'completion',
  summary: 'print the script by which a shell completes our verbs, options and links',
  description:
    'The script asks mctpkit itself for words, so that it is always up to date. Completes verbs, options, links that are ' +
    'plugged in, message types, commands, devices and behaviours.',
  arguments: [{ name: 'shell', summary: `${SHELLS.join(', ')}; none: the one of $SHELL`, required: false, many: true }],
  options: { words: flag('--words', 'for the scripts: print what may follow the words behind --') },
  examples: [
    ['eval "$(mctpkit completion bash)"', 'in ~/.bashrc'],
    ['mctpkit completion zsh > ~/.zfunc/_mctpkit', ''],
    ['mctpkit completion fish > ~/.config/fish/completions/mctpkit.fish', ''],
  ],
  async run({ args, options, world, verbs }) {
    const { io } = world;
    if (options.words) {
      const found = await candidates(args, verbs, world.env);
      if (found.length > 0)
        io.print(found.map(({ word, meaning }) => (meaning === '' ? word : `${word}\t${meaning}`)).join('\n'));
      return EXIT.done;
    }
    if (args.length > 1) throw usageError(`"${args[1]}" is one argument too many: mctpkit help completion tells more`);
    const name = args[0] ?? world.env.SHELL?.split('/').at(-1) ?? 'bash';
    if (!(SHELLS as readonly string[]).includes(name)) {
      throw usageError(`no completion for "${name}"${didYouMean(name, SHELLS)}: there are ${SHELLS.join(', ')}`);
    }
    io.print(completionScript(name as Shell));
    return EXIT.done;
  },
});
