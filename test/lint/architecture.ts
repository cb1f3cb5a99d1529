/**
 * The import directions of the house, enforced: `npm run lint` fails when a room imports from one it may not, when the
 * core reaches for I/O or a clock of its own, when files import each other in a circle, when two files that a reader meets
 * have one name, or when a file has grown to two things.
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
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
/** With two of them the engine looks up each field by its name: an object of twenty fields takes 20 us, in one piece 30 ns. */
const SPREAD_LITERAL = /\.\.\.\{\s*[^\s}]/;
/** The slice of a Node Buffer is not a copy, and bytes from a caller may be one. */
const SLICE = /\b(buffer|payload|body|message|bytes|chunk|content|frame|packet)\.slice\(/;
const TAKES_BYTES = new Set(['stack', 'pldm', 'bindings']);
/** A verb is a function of its world: only what makes the world of a process may touch the process. */
const MAKES_THE_WORLD = new Set([
  'tools/mctpkit.ts',
  'tools/main.ts',
  'tools/process-world.ts',
  'tools/launcher/launcher.ts',
  'tools/launcher/code-cache.ts',
]);
const PROCESS =
  /\b(process|performance)\b\s*[.[]|\bprocess\b\s*[;,)}]|\b(setTimeout|setInterval)\(|\bDate\.now\b|\bnew Date\(\)|\bsystemClock\b/;
/** A part of the built command is loaded when something of it is used: what has no name would never be. */
const FOR_EFFECT = /^import '\.{1,2}\//;
/** Files of tests share what they import: a hook at the top of such a file is that of the first file of a worker only. */
const HOOK = /^(before|after)(Each|All)\(/;
const HAS_TESTS = /\.(test|spec)\.ts$/;
const MAX_LINES = 450;
/** What runs in a browser: it has another world, and of this house only the shapes of what it is told. */
const PAGE = 'tools/web/page/';
const PAGE_MAY_IMPORT = new Set(['tools/web/web-documents.js', 'uplot']);

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
      if (file.startsWith(PAGE)) {
        const within = posix.join(posix.dirname(file), specifier);
        const isOwn = specifier.startsWith('.') && within.startsWith(PAGE);
        if (!isOwn && !PAGE_MAY_IMPORT.has(specifier.startsWith('.') ? within : specifier)) {
          report(`the page may not import ${specifier}`);
        }
      } else if (posix.join(posix.dirname(file), specifier).startsWith(PAGE)) {
        report('what runs in a browser is not imported');
      } else if (specifier.startsWith('.')) {
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
    if (SPREAD_LITERAL.test(code)) report('the fields of a literal are written into the other, not spread');
    if (room !== 'test' && FOR_EFFECT.test(content)) report('what is imported has a name: call a function of it');
    if (HOOK.test(code) && !HAS_TESTS.test(file))
      report('a hook is set by a function which the file with the tests calls');
    if (TAKES_BYTES.has(room) && !file.endsWith('/slab.ts') && SLICE.test(code))
      report('bytes are copied by copyOf: slice does not copy a Buffer');
    if (room === 'tools' && !file.startsWith(PAGE) && !MAKES_THE_WORLD.has(file) && PROCESS.test(code)) {
      report('a verb gets its streams, clock, environment and signal from its world');
    }
  });
  if (room !== 'test' && lines.length > MAX_LINES) {
    found.push({ file, line: MAX_LINES, what: `${lines.length} lines: probably two things` });
  }
  return found;
}

/** `files`: their texts, by path below the root. */
export function checkTogether(files: ReadonlyMap<string, string>): Violation[] {
  return [...circles(importGraph(files)), ...sharedNames([...files.keys()])];
}

/** Relative imports of each file, those of types included. */
function importGraph(files: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const graph = new Map<string, string[]>();
  for (const [file, text] of files) {
    const targets = text
      .split('\n')
      .flatMap(specifiers)
      .filter((specifier) => specifier.startsWith('.'))
      .map((specifier) => posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts'));
    graph.set(
      file,
      targets.filter((target) => files.has(target)),
    );
  }
  return graph;
}

/** Tarjan's strongly connected components: those of more than one file are circles. */
function circles(graph: ReadonlyMap<string, readonly string[]>): Violation[] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const found: Violation[] = [];
  const visit = (file: string): void => {
    const index = order.size;
    order.set(file, index);
    lowest.set(file, index);
    stack.push(file);
    for (const target of graph.get(file)!) {
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(target)!));
    }
    if (lowest.get(file) !== index) return;
    const members = stack.splice(stack.indexOf(file)).sort();
    if (members.length > 1 || graph.get(file)!.includes(file)) {
      found.push({ file: members[0]!, line: 1, what: `imports in a circle: ${members.join(', ')}` });
    }
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found;
}

/** Verbs are called as they are typed, and a page of exports is an index: their names may be those of other files. */
function sharedNames(files: readonly string[]): Violation[] {
  const byName = new Map<string, string[]>();
  for (const file of files) {
    const name = posix.basename(file);
    if (name === 'index.ts' || file.startsWith('test/') || file.startsWith('tools/verbs/')) continue;
    byName.set(name, [...(byName.get(name) ?? []), file]);
  }
  return [...byName.values()]
    .filter((same) => same.length > 1)
    .map((same) => ({ file: same[0]!, line: 1, what: `files of one name: ${same.sort().join(', ')}` }));
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
  const files = new Map(
    Object.keys(ROOMS)
      .flatMap((room) => [...sources(join(ROOT, room))])
      .map((path) => [relative(ROOT, path).split(sep).join('/'), readFileSync(path, 'utf8')] as const),
  );
  const violations = [...[...files].flatMap(([file, text]) => checkFile(file, text)), ...checkTogether(files)];
  for (const { file, line, what } of violations) console.error(`${file}:${line}: ${what}`);
  if (violations.length > 0) process.exit(1);
  console.log('architecture: the imports point one way, without circles');
}
