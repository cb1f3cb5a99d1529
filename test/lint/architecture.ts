/**
 * The import directions of the house, enforced: `npm run lint` fails when a room imports from one it may not, when the
 * core reaches for I/O or a clock of its own, or when a file has grown to two things.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** What each room may import from, besides itself. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  stack: [],
  bindings: ['stack'],
  pldm: ['stack'],
  'hw-fixtures': ['stack', 'bindings', 'pldm'],
  tools: ['stack', 'bindings', 'pldm', 'hw-fixtures'],
  test: ['stack', 'bindings', 'pldm', 'hw-fixtures', 'tools'],
};

/** Rooms that never touch the world: no packages, no time, no process. */
const PURE = new Set(['stack', 'pldm']);
const WORLD =
  /\b(setTimeout|setInterval|setImmediate|performance|process|Buffer|fetch|require)\b\s*[.(]|\bDate\.now\b|\bnew Date\b|\bMath\.random\b/;
/** A list spread into a call becomes arguments, of which the engine takes some ten thousand: data has more. */
const SPREAD =
  /(\.(push|unshift|splice|concat)|\bMath\.(min|max)|\bString\.from(CharCode|CodePoint))\(([^(){}[\]]*,\s*)?\.\.\./;
const MAX_LINES = 450;

export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** Violations in one file's text; `file` is its path below the root, with forward slashes. */
export function checkFile(file: string, text: string): Violation[] {
  const room = file.split('/')[0]!;
  const allowed = ROOMS[room];
  if (allowed === undefined) return [];
  const found: Violation[] = [];
  const lines = text.split('\n');
  lines.forEach((content, index) => {
    const report = (what: string): void => void found.push({ file, line: index + 1, what });
    for (const specifier of /^\s*(\*|\/\/)/.test(content) ? [] : specifiers(content)) {
      if (specifier.startsWith('.')) {
        const target = relative(ROOT, resolve(ROOT, dirname(file), specifier)).split(sep)[0]!;
        if (target !== room && ROOMS[target] !== undefined && !allowed.includes(target)) {
          report(`${room}/ may not import from ${target}/`);
        }
      } else if (PURE.has(room)) {
        report(`${room}/ is pure: it may not import ${specifier}`);
      } else if (specifier === 'mctpkit' || specifier.startsWith('mctpkit/')) {
        report('import by relative path, not by package name');
      }
    }
    const code = content.replace(/^\s*(\*|\/\/|\/\*).*$/, '').replace(/'[^']*'|`[^`]*`|"[^"]*"/g, "''");
    if (PURE.has(room) && WORLD.test(code)) report(`${room}/ is pure: time and I/O come in by parameters`);
    if (PURE.has(room) && SPREAD.test(code)) report('a list of any length is not spread into a call: loop over it');
  });
  if (room !== 'test' && lines.length > MAX_LINES) {
    found.push({ file, line: MAX_LINES, what: `${lines.length} lines: probably two things` });
  }
  return found;
}

function specifiers(line: string): string[] {
  const patterns = [/\bfrom\s+'([^']+)'/g, /\bimport\s+'([^']+)'/g, /\bimport\(\s*'([^']+)'\s*\)/g];
  return patterns.flatMap((pattern) => [...line.matchAll(pattern)].map((match) => match[1]!));
}

function* sources(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      if (name !== 'node_modules') yield* sources(path);
    } else if (name.endsWith('.ts')) {
      yield path;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const violations = Object.keys(ROOMS).flatMap((room) =>
    [...sources(join(ROOT, room))].flatMap((path) =>
      checkFile(relative(ROOT, path).split(sep).join('/'), readFileSync(path, 'utf8')),
    ),
  );
  for (const { file, line, what } of violations) console.error(`${file}:${line}: ${what}`);
  if (violations.length > 0) process.exit(1);
  console.log('architecture: the imports point one way');
}
