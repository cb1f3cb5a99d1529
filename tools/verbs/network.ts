/** The verb `network`: look at a served network, change it, and watch it. */

import { EXIT, openFailure, printable, usageError } from '../command-error.js';
import { servedUrl } from '../link-kinds.js';
import { watchNetwork } from '../network/network-watch.js';
import { listNetworks, NETWORK_WORDS, type Shown } from '../network/network-words.js';
import { allFor, onlyFor } from '../option-actions.js';
import { openShared } from '../stacks/shared-stack.js';
import { didYouMean } from '../suggest.js';
import { defineVerb, durationOption, jsonOrLines, textOption, wholeNumberOption } from '../verb.js';

const WATCHES = ['events', 'trace'];
const WORDS = ['list', ...Object.keys(NETWORK_WORDS), ...WATCHES];
const DEFAULT_NETWORK_URL = 'shared:lab';

export const network = defineVerb({
  name: 'network',
  summary: 'look at a served network: its nodes, options, events and messages; change it as a manager',
  description:
    `mctpkit network list; ${Object.values(NETWORK_WORDS)
      .map(({ usage }) => `mctpkit network ${usage}`)
      .join('; ')}; mctpkit network events; mctpkit network trace. ` +
    'A network is served by "mctpkit serve". What changes something needs its socket "manage".',
  arguments: [
    { name: 'word', summary: WORDS.join(', '), required: true, many: false, words: WORDS },
    { name: 'more', summary: 'names, values and nodes, as the word needs them', required: false, many: true },
  ],
  options: {
    ...allFor(
      WORDS.filter((word) => word !== 'list'),
      { link: textOption('-l, --link <url>', `the network (${DEFAULT_NETWORK_URL})`, DEFAULT_NETWORK_URL) },
    ),
    dir: onlyFor(
      ['list'],
      textOption('--dir <folder>', 'the folder of the networks ($XDG_RUNTIME_DIR/mctpkit, or /run/mctpkit)', undefined),
    ),
    eid: onlyFor(['trace'], wholeNumberOption('--eid <eid>', 'only messages to this EID', 0, 255, undefined)),
    node: onlyFor(WATCHES, wholeNumberOption('--node <number>', 'only of this node', 1, 0xffff, undefined)),
    for: onlyFor(WATCHES, durationOption('--for <time>', 'end after this time', undefined)),
    json: jsonOrLines(WATCHES.join(', ')),
  },
  does: ([word]) => (word !== undefined && WORDS.includes(word) ? [word] : undefined),
  examples: [
    ['mctpkit network nodes --link shared:lab', 'which processes use the network, and how'],
    ['mctpkit network set queue=64 --link shared:lab', 'while the network runs'],
    ['mctpkit network trace --eid 9 --link shared:lab', 'what becomes of each message to EID 9'],
  ],
  async run({ args: [word, ...more], options, world }) {
    const { io } = world;
    const { json, link } = options;
    const show = ({ lines, json: document }: Shown): number => {
      if (!json) for (const line of lines) io.print(printable(line));
      else if (document !== null) io.print(JSON.stringify(document, null, 2));
      return EXIT.done;
    };
    if (word === 'list') return show(await listNetworks(options.dir, world.env));
    const known = Object.hasOwn(NETWORK_WORDS, word!) ? NETWORK_WORDS[word!] : undefined;
    if (known === undefined && !WATCHES.includes(word!)) {
      throw usageError(`no word "${word}"${didYouMean(word!, WORDS)}: known are ${WORDS.join(', ')}`);
    }
    const [least, most] = known?.words ?? [0, 0];
    if (more.length < least || more.length > most) {
      throw usageError(`write mctpkit network ${known?.usage ?? word}`);
    }
    known?.check?.(more);
    const url = servedUrl(link);
    const right = known?.right ?? 'receive';
    const opened = await openShared(url, world.clock, world.env, { right, description: `mctpkit network ${word}` });
    try {
      if (known !== undefined) return show(await known.run(opened, more));
      const { eid, node, for: forMs } = options;
      await watchNetwork(opened, { trace: word === 'trace', eid, node, json, forMs }, world);
      return EXIT.done;
    } catch (error) {
      throw openFailure(error);
    } finally {
      opened.close();
    }
  },
});
