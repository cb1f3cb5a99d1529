// The command in few files, so that it starts fast: `tsx esbuild.config.ts [folder]`. What a verb needs stays in parts
// that are loaded when the verb is used; packages with native code are taken from where they are installed. The parts are
// CommonJS, which is loaded at once, and whose compiled code can be kept (tools/launcher/).

import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, transform } from 'esbuild';

const ROOT = fileURLToPath(new URL('.', import.meta.url));

/** Packages with native code, or with files of their own beside their code. */
export const NATIVE = ['i2c-bus', 'koffi', 'serialport', '@serialport/*', 'usb', 'node-sqlite3-wasm'];

/** The command, and what a program needs to run verbs itself. */
const ENTRIES = ['main', 'run', 'verbs', 'help', 'stream-io', 'tcp-network'];

const COMMON = {
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** `folder` is the root of what is built; the command goes into its `tools/`. Resolves with what each file was made of. */
export async function bundleCommand(folder = join(ROOT, 'dist')): Promise<Metafile> {
  const outdir = join(folder, 'tools');
  const { metafile, outputFiles } = await build({
    ...COMMON,
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
    external: [...NATIVE],
    chunkNames: 'part-[hash]',
    metafile: true,
    write: false,
  });
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const hash = createHash('sha256');
  for (const { path, text } of outputFiles) {
    const code = await commonJs(text);
    hash.update(basename(path)).update(code);
    writeFileSync(path, code);
  }
  writeFileSync(join(outdir, 'package.json'), '{"type":"commonjs"}\n');
  const launcher = await bundleLauncher(join(outdir, 'mctpkit.js'), hash.digest('hex').slice(0, 16));
  return { inputs: metafile.inputs, outputs: { ...metafile.outputs, ...launcher.outputs } };
}

/** A part that esbuild splits off is an ES module: the same as CommonJS. */
async function commonJs(text: string): Promise<string> {
  const { code } = await transform(text, {
    ...COMMON,
    format: 'cjs',
    // Packages that are not bundled are imported as from an ES module.
    sourcefile: 'part.mjs',
    define: { 'import.meta.url': 'importMetaUrl' },
    // In a part, import() is the same as require().
    supported: { 'dynamic-import': false },
  });
  return code.includes('importMetaUrl') ? OWN_URL + code : code;
}

const OWN_URL = 'const importMetaUrl=require("node:url").pathToFileURL(__filename).href;';

async function bundleLauncher(outfile: string, hash: string): Promise<Metafile> {
  const { metafile } = await build({
    ...COMMON,
    absWorkingDir: ROOT,
    entryPoints: ['tools/launcher/launcher.ts'],
    outfile,
    bundle: true,
    format: 'cjs',
    define: { BUILD: JSON.stringify(hash), 'import.meta.url': 'importMetaUrl' },
    banner: { js: OWN_URL },
    metafile: true,
  });
  chmodSync(outfile, 0o755);
  return metafile;
}

/** The web page of `mctpkit serve`, into the folder `page` of what is built: one script, one style sheet. */
export async function bundlePage(folder = join(ROOT, 'dist')): Promise<void> {
  const outdir = join(folder, 'page');
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['tools/web/page/page.ts', 'tools/web/page/page.css'],
    outdir,
    bundle: true,
    format: 'esm',
    target: ['chrome110', 'firefox115', 'safari16'],
    minify: true,
    legalComments: 'inline',
    logLevel: 'warning',
  });
  for (const name of ['index.html', 'icon.svg']) copyFileSync(join(ROOT, 'tools/web/page', name), join(outdir, name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await bundleCommand(process.argv[2]);
  await bundlePage(process.argv[2]);
}
