import { EXIT } from '../command-error.js';
import { packageVersion } from '../package-version.js';
import type { VersionDocument } from '../schema/network-documents.js';
import { defineVerb, JSON_OPTION } from '../verb.js';

export const version = defineVerb({
  name: 'version',
  summary: 'print the version',
  options: { json: JSON_OPTION },
  examples: [],
  async run({ options, world }) {
    const { io } = world;
    const text = packageVersion();
    io.print(
      options.json
        ? JSON.stringify({ mctpkit: text, node: world.machine.node } satisfies VersionDocument)
        : `mctpkit ${text}`,
    );
    return EXIT.done;
  },
});
