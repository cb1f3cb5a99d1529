/**
 * The sources of the rooms, compiled file by file into dist-test, where tests import them as Node imports a module. vite's
 * own way calls a getter wherever an imported name is used, which takes time in whatever is run often.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build, version } from 'esbuild';
import type { Plugin } from 'vitest/config';
import { hashOf } from '../../esbuild.config.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ROOMS = ['stack', 'bindings', 'pldm', 'hw-fixtures', 'tools'];
const COMPILED = join(ROOT, 'dist-test');
const RECORD = join(COMPILED, 'built.json');

const OPTIONS = {
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: 'linked',
  outdir: COMPILED,
  outbase: ROOT,
  logLevel: 'warning',
} as const satisfies BuildOptions;

interface BuildRecord {
  /** What decides how sources are compiled, and is not one of them. */
  readonly settings: string;
  /** Of each source, below the root: the SHA-256 of what it was when it was compiled. */
  readonly hashes: Readonly<Record<string, string>>;
}

/** Compiles what is not as it was after the last time. */
export async function compileRooms(): Promise<void> {
  const settings = `${version} ${JSON.stringify(OPTIONS)} ${readFileSync(fileURLToPath(import.meta.url), 'utf8')}`;
  const before = recordFor(settings);
  // What was compiled otherwise goes, and with it what has no source any more.
  if (before === undefined) rmSync(COMPILED, { recursive: true, force: true });
  const paths = sources();
  const hashes = Object.fromEntries(paths.map((path) => [relative(ROOT, path), hashOf(path)]));
  const changed = paths.filter((path) => {
    const name = relative(ROOT, path);
    return hashes[name] !== before?.[name] || !existsSync(compiled(path));
  });
  const gone = Object.keys(before ?? {}).filter((name) => hashes[name] === undefined);
  if (changed.length + gone.length === 0) return;
  for (const name of gone) rmSync(compiled(join(ROOT, name)), { force: true });
  mkdirSync(COMPILED, { recursive: true });
  await build({
    ...OPTIONS,
    entryPoints: changed,
    plugins: [
      {
        name: 'files beside a source',
        setup: ({ onLoad }) =>
          // What a source finds by its own address stays where it is.
          onLoad({ filter: /\.ts$/ }, ({ path }) => ({
            contents: readFileSync(path, 'utf8').replaceAll(
              'import.meta.url',
              JSON.stringify(pathToFileURL(path).href),
            ),
            loader: 'ts',
          })),
      },
    ],
  });
  writeFileSync(RECORD, JSON.stringify({ settings, hashes } satisfies BuildRecord));
}

/** Lets tests, and what supports them, import what `compileRooms` made. A run that watches files sees the sources. */
export function compiledRooms(): Plugin {
  let watches = false;
  return {
    name: 'compiled-rooms',
    enforce: 'pre',
    config: () => ({ test: { server: { deps: { external: [/\/dist-test\//] } } } }),
    configureVitest({ vitest }) {
      watches = vitest.config.watch || vitest.config.coverage.enabled;
    },
    resolveId(specifier, importer = '') {
      if (watches || this.environment.name !== 'ssr') return undefined;
      const source = sourceOf(specifier, importer);
      if (source === undefined || !isOfRoom(source) || !existsSync(compiled(source))) return undefined;
      return { id: compiled(source), external: true };
    },
  };
}

const compiled = (source: string): string => join(COMPILED, relative(ROOT, source)).replace(/ts$/, 'js');

/** Of `../x.js`; the package's own names have been replaced by paths of sources. */
function sourceOf(specifier: string, importer: string): string | undefined {
  if (isAbsolute(specifier)) return specifier.endsWith('.ts') ? specifier : undefined;
  if (!specifier.startsWith('.') || !specifier.endsWith('.js')) return undefined;
  return resolve(importer, '..', specifier.replace(/js$/, 'ts'));
}

/** The page is for browsers. */
function isOfRoom(source: string): boolean {
  const path = relative(ROOT, source);
  return ROOMS.some((room) => path.startsWith(`${room}/`)) && !path.startsWith('tools/web/page/');
}

function sources(): string[] {
  return ROOMS.flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
      .map((name) => join(ROOT, room, name)),
  ).filter(isOfRoom);
}

function recordFor(settings: string): BuildRecord['hashes'] | undefined {
  try {
    const record = JSON.parse(readFileSync(RECORD, 'utf8')) as BuildRecord;
    return record.settings === settings ? record.hashes : undefined;
  } catch {
    // Nothing was compiled yet.
    return undefined;
  }
}
