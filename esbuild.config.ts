// The command in few files, so that it starts fast: `tsx esbuild.config.ts [folder]`. What a verb needs stays in parts
// that are loaded when the verb is used; packages with native code are taken from where they are installed. The parts are
// CommonJS, which is loaded at once, and whose compiled code can be kept (tools/launcher/); a part is loaded when something
// of it is used for the first time. Nothing is done when what is there was made of the same sources.

import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile, transform } from 'esbuild';

const ROOT = fileURLToPath(new URL('.', import.meta.url));

/** Packages with native code, or with files of their own beside their code. */
export const NATIVE = ['i2c-bus', 'koffi', 'serialport', '@serialport/*', 'usb', 'node-sqlite3-wasm'];

const COMMON = {
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** Of each file of the command, below the root: the sources whose code it has. */
export type Sources = Readonly<Record<string, readonly string[]>>;

/** Beside what was built: of what it was built. */
export const RECORD = 'built.json';

/** Beside what was built: the licences of the packages whose code is in it, which want to be where their code is. */
export const LICENSES = 'third-party-licenses.txt';

/** What decides how sources are built, and is not one of them. */
const SETTINGS = ['esbuild.config.ts', 'tsconfig.json', 'package.json', 'package-lock.json'];

export interface BuildRecord {
  /** Below the root: the SHA-256 of each file that was read or written. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly sources: Sources;
}

/**
 * The command and the web page, into the folders `tools` and `page` of `folder`: the root of what is built. Builds only
 * when a source, or what was built, is not as it was after the last build.
 */
export async function bundle(folder = join(ROOT, 'dist')): Promise<Sources> {
  const before = asItWouldBeBuilt(folder);
  if (before !== undefined) return before;
  const record = join(folder, RECORD);
  rmSync(record, { force: true });
  const [command, page] = await Promise.all([bundleCommand(folder), bundlePage(folder)]);
  const built = [command, page].flatMap(({ inputs, outputs }) => [...Object.keys(inputs), ...Object.keys(outputs)]);
  const files = [...built, ...writeLicenses(join(folder, LICENSES), built)];
  const sources = Object.entries(command.outputs).map(([path, { inputs }]) => {
    const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
    return [path, used.map(([source]) => source)] as const;
  });
  const written: BuildRecord = {
    hashes: Object.fromEntries([...SETTINGS, ...files].map((path) => [path, hashOf(path)])),
    sources: Object.fromEntries(sources),
  };
  writeFileSync(record, JSON.stringify(written));
  return written.sources;
}

/** The sources of what is in `folder`; undefined: there is not what would be built now. */
export function asItWouldBeBuilt(folder: string): Sources | undefined {
  try {
    const { hashes, sources } = JSON.parse(readFileSync(join(folder, RECORD), 'utf8')) as BuildRecord;
    return Object.entries(hashes).every(([path, hash]) => hashOf(path) === hash) ? sources : undefined;
  } catch {
    // Nothing was built yet, or a file is not there any more.
    return undefined;
  }
}

/** The SHA-256 of a file: its path below the root, or the whole one. */
export function hashOf(path: string): string {
  return createHash('sha256')
    .update(readFileSync(resolve(ROOT, path)))
    .digest('hex');
}

async function bundleCommand(folder: string): Promise<Metafile> {
  const outdir = join(folder, 'tools');
  const { metafile, outputFiles } = await build({
    ...COMMON,
    absWorkingDir: ROOT,
    entryPoints: { main: 'tools/main.ts' },
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
  return {
    inputs: { ...metafile.inputs, ...launcher.inputs },
    outputs: { ...metafile.outputs, ...launcher.outputs },
  };
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
  const late = whenUsed(code);
  return late.includes('importMetaUrl') ? OWN_URL + late : late;
}

/** What esbuild makes of an import from another part: `var import_part_X=require("./part-X.js")`, and `import_part_X.name`. */
const PART = /\bimport_part_\w+/g;
const LOADED_PART = /\b(import_part_\w+)=require\(("\.\/part-\w+\.js")\)/g;

/**
 * The same, but each part is loaded at its first use: `part`, of the launcher, gives a function for that. Nothing in the
 * rooms is imported for what it does when it is loaded (test/lint/architecture.ts).
 */
function whenUsed(code: string): string {
  const names = new Set([...code.matchAll(LOADED_PART)].map(([, name]) => name!));
  const late = (name: string): string => name.replace('import_', '');
  return code
    .replace(LOADED_PART, (_, name: string, path: string) => `${late(name)}=part(${path})`)
    .replace(PART, (name) => (names.has(name) ? `(${late(name)}())` : name));
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

/** The web page of `mctpkit serve`: one script, one style sheet. */
async function bundlePage(folder: string): Promise<Metafile> {
  const outdir = join(folder, 'page');
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['tools/web/page/page.ts', 'tools/web/page/page.css'],
    outdir,
    bundle: true,
    format: 'esm',
    target: ['chrome110', 'firefox115', 'safari16'],
    minify: true,
    legalComments: 'inline',
    logLevel: 'warning',
    metafile: true,
  });
  const copies = ['index.html', 'icon.svg'].map((name) => [join('tools/web/page', name), join(outdir, name)] as const);
  for (const [from, to] of copies) copyFileSync(join(ROOT, from), to);
  const none = { bytes: 0, imports: [], exports: [], inputs: {} };
  return {
    inputs: { ...metafile.inputs, ...Object.fromEntries(copies.map(([from]) => [from, none])) },
    outputs: { ...metafile.outputs, ...Object.fromEntries(copies.map(([, to]) => [relative(ROOT, to), none])) },
  };
}

/** The licences of the packages that these files are of; returns what was read and written, below the root. */
function writeLicenses(path: string, files: readonly string[]): readonly string[] {
  const packages = new Set(files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  const read: string[] = [];
  const notices = [...packages].sort().map((root) => {
    const { name, version } = JSON.parse(readFileSync(resolve(ROOT, root, 'package.json'), 'utf8'));
    const license = readdirSync(resolve(ROOT, root)).find((file) => /^licen[cs]e/i.test(file));
    if (license === undefined) throw new Error(`${name} has no file with its licence, which has to come with its code`);
    read.push(join(root, license));
    return `${name} ${version}\n\n${readFileSync(resolve(ROOT, root, license), 'utf8').trim()}\n`;
  });
  const head = 'The code in the folders tools and page has code of these packages in it, under these licences.\n';
  writeFileSync(path, [head, ...notices].join(`\n${'-'.repeat(80)}\n\n`));
  return [...read, relative(ROOT, path)];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle(process.argv[2]);
