/** The verb `encode`: the inverse of `decode`. */

import { EXIT, usageError } from '../command-error.js';
import { CONFIG_OPTION, findConfig, VENDOR_OPTION } from '../config/find.js';
import { encodeLine } from '../decode/batch.js';
import { lazily } from '../decode/lazy-layer.js';
import { answerLines } from '../line-server.js';
import { defineVerb, flag } from '../verb.js';

export const encode = defineVerb({
  name: 'encode',
  summary: 'make bytes from fields: the inverse of decode',
  description: 'Takes JSON objects such as decode --batch prints, and prints the bytes as hex.',
  arguments: [
    { name: 'json', summary: 'objects with layer, command, kind, instanceId, fields', required: false, many: true },
  ],
  options: {
    batch: flag('-b, --batch', 'JSON lines on standard input, one JSON line out for each'),
    config: CONFIG_OPTION,
    vendor: VENDOR_OPTION,
  },
  examples: [
    [`mctpkit encode '{"layer":"control","command":"SetEndpointID","fields":{"operation":0,"eid":9}}'`, ''],
    ['mctpkit encode --batch < fields.jsonl', 'one answer per line'],
  ],
  async run({ args, options, world }) {
    const { io } = world;
    await findConfig(options.config, world.env, options.vendor);
    if (options.batch) {
      if (args.length > 0) throw usageError(`--batch reads standard input: "${args[0]}" is too much`);
      await answerLines(io, (line) => lazily(() => encodeLine(line)));
      return EXIT.done;
    }
    if (args.length === 0) throw usageError('nothing to encode: give a JSON object, or --batch and lines of them');
    for (const text of args) {
      const answer = await lazily(() => encodeLine(text));
      if (!answer.ok) throw usageError(answer.error.message);
      io.print(String(answer.hex));
    }
    return EXIT.done;
  },
});
