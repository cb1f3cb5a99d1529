// The command in few files, so that it starts fast: `tsx esbuild.config.ts [folder]`. What a verb needs stays in parts
// that are loaded when the verb is used; packages with native code are taken from where they are installed.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';

const ROOT = fileURLToPath(new URL('.', import.meta.url));

/** Packages with native code. */
export const NATIVE = ['i2c-bus', 'koffi', 'serialport', '@serialport/*'];

/** The command, and what a program needs to run verbs itself. */
const ENTRIES = ['mctpkit', 'run', 'verbs', 'help', 'stream-io'];

/** `folder` is the root of what is built; the command goes into its `tools/`. Resolves with what each file was made of. */
export async function bundleCommand(folder = join(ROOT, 'dist')): Promise<Metafile> {
  const outdir = join(folder, 'tools');
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: {
      ...Object.fromEntries(ENTRIES.map((name) => [name, `tools/${name}.ts`])),
      // To add kinds of links to the command.
      'link-registry': 'bindings/link-registry.ts',
    },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: [...NATIVE],
    // Packages that are CommonJS ask for Node's own modules by require().
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
    chunkNames: 'part-[hash]',
    minifySyntax: true,
    minifyWhitespace: true,
    metafile: true,
    logLevel: 'warning',
  });
  return metafile;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleCommand(process.argv[2]);
