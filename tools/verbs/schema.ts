/** The verb `schema`: what our JSON looks like. */

import { EXIT, usageError } from '../command-error.js';
import { tableLines } from '../format/columns.js';
import { SCHEMAS } from '../schema/index.js';
import { didYouMean } from '../suggest.js';
import { defineVerb, JSON_OPTION } from '../verb.js';

export const schema = defineVerb({
  name: 'schema',
  summary: 'print the JSON Schema of what a verb prints with --json',
  arguments: [{ name: 'schema', summary: 'which; without it the list of schemas', required: false, many: false }],
  options: { json: { ...JSON_OPTION, summary: 'all schemas in one document' } },
  examples: [
    ['mctpkit schema discover', ''],
    ['mctpkit schema --json > mctpkit.schemas.json', 'all of them'],
  ],
  async run({ args, options, world }) {
    const { io } = world;
    const [name] = args;
    const names = Object.keys(SCHEMAS);
    if (name === undefined) {
      if (options.json) io.print(JSON.stringify(SCHEMAS, null, 2));
      else for (const line of tableLines(names.map((one) => [one, SCHEMAS[one]!.description ?? '']))) io.print(line);
      return EXIT.done;
    }
    if (!Object.hasOwn(SCHEMAS, name)) {
      throw usageError(`no schema "${name}"${didYouMean(name, names)}: there are ${names.join(', ')}`);
    }
    io.print(JSON.stringify(SCHEMAS[name], null, 2));
    return EXIT.done;
  },
});
