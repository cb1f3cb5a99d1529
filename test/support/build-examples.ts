/** The examples of the documentation as programs. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { NATIVE } from '../../esbuild.config.js';

const EXAMPLES = fileURLToPath(new URL('../../docs/examples/', import.meta.url));

/** `name.ts` becomes `name.mjs` in the folder; what they share is built once. */
export async function buildExamples(names: readonly string[], folder: string): Promise<void> {
  await build({
    entryPoints: names.map((name) => join(EXAMPLES, name)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    external: NATIVE,
  });
}
