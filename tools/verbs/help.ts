import { readFile } from 'node:fs/promises';
import { EXIT, usageError } from '../command-error.js';
import { verbHelp } from '../command-line.js';
import { docPages, findPage } from '../doc-pages.js';
import { generalHelp } from '../help.js';
import { didYouMean } from '../suggest.js';
import { defineVerb } from '../verb.js';

export const help = defineVerb({
  name: 'help',
  summary: 'explain a verb, or show a page of the documentation',
  description: 'A verb comes before a page of the same name: `mctpkit help verbs/ping` is the page of ping.',
  arguments: [
    {
      name: 'topic',
      summary: 'a verb, a page, or `topics` for the list of pages; without it the list of verbs',
      required: false,
      many: false,
    },
  ],
  options: {},
  examples: [
    ['mctpkit help discover', 'the options of a verb'],
    ['mctpkit help topics', 'the pages of the documentation'],
    ['mctpkit help concepts', 'one of them'],
  ],
  async run({ args, world, verbs }) {
    const { io } = world;
    const [name] = args;
    if (name === undefined) {
      io.print(generalHelp(verbs, io.terminal?.size().columns));
      return EXIT.done;
    }
    const entry = verbs.find((verb) => verb.name === name);
    if (entry !== undefined) {
      io.print(verbHelp(await entry.load(), io.terminal?.size().columns));
      return EXIT.done;
    }
    const pages = docPages();
    if (name === 'topics') {
      const width = Math.max(0, ...pages.map(({ topic }) => topic.length));
      for (const { topic, title } of pages) io.print(`${topic.padEnd(width)}  ${title}`);
      return EXIT.done;
    }
    const page = findPage(name, pages);
    if (page === undefined) {
      const topics = pages.flatMap(({ topic }) => [topic, topic.slice(topic.lastIndexOf('/') + 1)]);
      const meant = didYouMean(name, [...verbs.map((verb) => verb.name), ...topics]);
      throw usageError(`no verb "${name}"${meant}: mctpkit --help lists them`);
    }
    io.print((await readFile(page.path, 'utf8')).trimEnd());
    return EXIT.done;
  },
});
