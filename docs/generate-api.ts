/**
 * The API reference: what each entry of the package exports, with its docstring and its declaration, from the declarations
 * the compiler emits. `npm run docs:api` writes docs/api; a test checks that it is up to date.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { API_TASKS } from './generate-api-tasks.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const DIST = join(ROOT, 'dist');

export interface Entry {
  /** As it is imported. */
  readonly specifier: string;
  /** Below dist, without its ending. */
  readonly module: string;
  /** Below docs/api. */
  readonly file: string;
}

export const ENTRIES: readonly Entry[] = [
  { specifier: 'mctpkit', module: 'stack/index', file: 'stack.md' },
  { specifier: 'mctpkit/bindings', module: 'bindings/index', file: 'bindings.md' },
  { specifier: 'mctpkit/nvme-mi', module: 'stack/nvme-mi/index', file: 'nvme-mi.md' },
  { specifier: 'mctpkit/pldm', module: 'pldm/index', file: 'pldm.md' },
  { specifier: 'mctpkit/fixtures', module: 'hw-fixtures/index', file: 'fixtures.md' },
  { specifier: 'mctpkit/testing', module: 'hw-fixtures/testing/index', file: 'testing.md' },
];

/** Longer constants are cut: they are lists that one looks up in the source. Classes, functions and types are whole. */
const MAX_CONSTANT_LINES = 40;

interface Declaration {
  readonly name: string;
  readonly docs: string;
  readonly code: string;
  /** Below the root, the source. */
  readonly source: string;
}

/** What an entry exports by itself, and its namespaces by name. */
interface Exports {
  readonly own: Map<string, Declaration>;
  readonly namespaces: Map<string, { readonly docs: string; readonly own: Map<string, Declaration> }>;
}

export function apiPage({ specifier, module }: Entry): string {
  const path = join(DIST, `${module}.d.ts`);
  const { own, namespaces } = exportsOf(path);
  const title = moduleDocs(path);
  const head = [
    `# ${specifier}`,
    '',
    `${title}${title === '' ? '' : '\n\n'}Made by \`npm run docs:api\`. Sections are what the files are about; names are in order within them.`,
    '',
    '```ts',
    `import { ... } from '${specifier}';`,
    '```',
  ];
  const rooms = [...namespaces].sort(([a], [b]) => compare(a, b));
  if (rooms.length > 0) {
    head.push('', '| Namespace | What it holds |', '|---|---|');
    for (const [name, { docs }] of rooms) head.push(`| [\`${name}\`](#${name}) | ${docs} |`);
  }
  const parts = [...topics(own, '')];
  for (const [name, { docs, own: inside }] of rooms) parts.push(`# ${name}\n\n${docs}`, ...topics(inside, `${name}.`));
  return `${[head.join('\n'), ...parts].join('\n\n')}\n`;
}

/** The first page of the reference: what people want to do, and the members that do it. @throws Error for a name that is not exported */
export function tasksPage(): string {
  const known = new Map<string, ReadonlyMap<string, Declaration>>();
  const parts = API_TASKS.map(({ want, read, example, use }) => {
    const links = [
      ...read.map((page) => `[${page.replace(/^.*\/|\.md$/g, '')}](../${page})`),
      ...(example === undefined ? [] : [`[example](../examples/${example})`]),
    ];
    const rows = Object.entries(use).flatMap(([name, members]) => {
      const { file, specifier } = entryNamed(name);
      if (!known.has(name)) known.set(name, membersOf(name));
      return members.map((member) => {
        const found = known.get(name)!.get(member);
        if (found === undefined)
          throw new Error(`${specifier} does not export ${member}, which docs/generate-api-tasks.ts names`);
        const anchor = member.toLowerCase().replaceAll('.', '');
        return `| [\`${member}\`](${file}#${anchor}) | \`${specifier}\` | ${aboutMember(found)} |`;
      });
    });
    const table = ['| member | of | what it is |', '|---|---|---|', ...rows].join('\n');
    return `## ${want}\n\nRead: ${links.join(', ')}.\n\n${table}`;
  });
  const entries = ENTRIES.map(({ specifier, file }) => `[\`${specifier}\`](${file})`).join(', ');
  const head = [
    '# The library, by task',
    'Made by `npm run docs:api` from docs/generate-api-tasks.ts.',
    `Whole members, with every method, option and error, are in the pages of the entries: ${entries}.`,
  ];
  return `${[`${head[0]}\n\n${head.slice(1).join(' ')}`, ...parts].join('\n\n')}\n`;
}

/** What an entry exports, as it is written: `Mctp`, `platform.Watch`. */
function membersOf(entry: string): ReadonlyMap<string, Declaration> {
  const { own, namespaces } = exportsOf(join(DIST, `${entryNamed(entry).module}.d.ts`));
  const members = new Map(own);
  for (const [space, { own: inside }] of namespaces)
    for (const [name, declaration] of inside) members.set(`${space}.${name}`, declaration);
  return members;
}

/** By the last part of its specifier. */
function entryNamed(name: string): Entry {
  const found = ENTRIES.find(({ specifier }) => specifier.replace(/^.*\//, '') === name);
  if (found === undefined) throw new Error(`mctpkit has no entry ${name}`);
  return found;
}

/** A member that says nothing of itself, or only shows how it is used, is what its file is about. */
function aboutMember({ docs, source }: Declaration): string {
  const text = firstSentence(docs.replace(/^(?: {4}.*(?:\n|$)|\n)+/, '').replace(/^\*\*throws\*\*.*$/ms, ''));
  return text === '' ? firstSentence(moduleDocs(join(DIST, source.replace(/\.ts$/, '.d.ts')))) : text;
}

function firstSentence(docs: string): string {
  const text = docs
    .replace(/\n\n.*$/s, '')
    .replaceAll('\n', ' ')
    .replaceAll('|', '\\|')
    .trim();
  return /^.*?[.:](?= |$)/.exec(text)?.[0].replace(/:$/, '.') ?? text;
}

/** The declarations by the file they stand in, under what that file says it is about. */
function* topics(own: ReadonlyMap<string, Declaration>, prefix: string): Generator<string> {
  const bySource = new Map<string, Declaration[]>();
  for (const declaration of [...own.values()].sort((a, b) => compare(a.name, b.name))) {
    const inFile = bySource.get(declaration.source) ?? [];
    inFile.push(declaration);
    bySource.set(declaration.source, inFile);
  }
  for (const [source, inFile] of [...bySource].sort(([a], [b]) => compare(a, b))) {
    const docs = moduleDocs(join(DIST, source.replace(/\.ts$/, '.d.ts')));
    yield [`## ${topicOf(source)}`, ...(docs === '' ? [] : ['', docs]), '', `<sub>${source}</sub>`].join('\n');
    for (const { name, docs: about, code } of inFile) {
      yield [
        `### ${prefix}${name}`,
        ...(about === '' ? [] : ['', about]),
        '',
        '```ts',
        shortened(code, source),
        '```',
      ].join('\n');
    }
  }
}

/** "pldm/base/pldm-client.ts": "pldm client". */
function topicOf(source: string): string {
  return source.replace(/^.*\//, '').replace(/\.ts$/, '').replaceAll('-', ' ');
}

function shortened(code: string, source: string): string {
  const lines = code.split('\n');
  if (!code.startsWith('export const') || lines.length <= MAX_CONSTANT_LINES) return code;
  return `${lines.slice(0, MAX_CONSTANT_LINES).join('\n')}\n// ... ${lines.length - MAX_CONSTANT_LINES} more lines in ${source}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Everything a module exports, those of others passed on included. */
function exportsOf(path: string, seen = new Set<string>()): Exports {
  const own = new Map<string, Declaration>();
  const namespaces: Exports['namespaces'] = new Map();
  if (seen.has(path) || !existsSync(path)) return { own, namespaces };
  seen.add(path);
  const text = readFileSync(path, 'utf8');
  for (const declaration of declarations(text, sourceOf(path))) own.set(declaration.name, inWords(declaration));
  for (const [, specifier] of text.matchAll(/^export (?:type )?\* from '([^']+)';/gm)) {
    for (const [name, declaration] of exportsOf(target(path, specifier!), seen).own)
      if (!own.has(name)) own.set(name, declaration);
  }
  for (const [, name, specifier] of text.matchAll(/^export \* as (\w+) from '([^']+)';/gm)) {
    const there = target(path, specifier!);
    namespaces.set(name!, { docs: moduleDocs(there), own: exportsOf(there).own });
  }
  for (const [, list, specifier] of text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';/gm)) {
    const there = exportsOf(target(path, specifier!)).own;
    for (const item of list!
      .split(',')
      .map((one) => one.trim().replace(/^type /, ''))
      .filter(Boolean)) {
      const [inner = item, outer = item] = item.split(' as ').map((one) => one.trim());
      const declaration = there.get(inner);
      if (declaration !== undefined) own.set(outer, { ...declaration, name: outer });
    }
  }
  return { own, namespaces };
}

/** A constant whose type the compiler has inferred is easier to read as it is written: a command with its fields. */
function inWords(declaration: Declaration): Declaration {
  const { name, code, source } = declaration;
  if (!code.startsWith('export const') || !code.includes('import("')) return declaration;
  const written = new RegExp(`^export const ${name}\\b(?:[^\\n]*;$|[^]*?\\n\\S[^\\n]*;$)`, 'm').exec(
    readFileSync(join(ROOT, source), 'utf8'),
  );
  return written === null ? declaration : { ...declaration, code: written[0] };
}

function target(from: string, specifier: string): string {
  return resolve(dirname(from), specifier.replace(/\.js$/, '.d.ts'));
}

function sourceOf(path: string): string {
  return relative(DIST, path).replace(/\.d\.ts$/, '.ts');
}

const START = /^export (?:declare )?(?:abstract )?(class|function|const|let|interface|type|enum) (\w+)/;
/** What ends with its bracket, and not with a semicolon: a type goes on behind one. */
const BODIES = ['class', 'interface', 'enum'];

/** Top-level declarations with the comment before them. Overloads are one. */
function declarations(text: string, source: string): Declaration[] {
  const found: Declaration[] = [];
  const lines = text.split('\n');
  let docs: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith('/**')) {
      docs = [];
      for (; at < lines.length; at++) {
        docs.push(lines[at]!);
        if (lines[at]!.includes('*/')) break;
      }
      continue;
    }
    const [, kind = '', name] = START.exec(line) ?? [];
    if (name === undefined) {
      if (line.trim() !== '') docs = [];
      continue;
    }
    const code: string[] = [];
    const end = BODIES.includes(kind) ? '}' : ';';
    for (let depth = 0; at < lines.length; at++) {
      code.push(lines[at]!);
      depth += balance(lines[at]!);
      if (depth === 0 && bare(lines[at]!).trimEnd().endsWith(end)) break;
    }
    const before = found.at(-1);
    const shown = code
      .filter((one) => !/^\s*(#private;|private )/.test(one))
      .join('\n')
      .replace(/^export declare /, 'export ');
    if (before?.name === name) found[found.length - 1] = { ...before, code: `${before.code}\n${shown}` };
    else found.push({ name, docs: docText(docs), code: shown, source });
    docs = [];
  }
  return found;
}

/** Brackets opened less brackets closed. */
function balance(line: string): number {
  const text = bare(line).replace(/=>/g, '');
  return (text.match(/[{([<]/g)?.length ?? 0) - (text.match(/[})\]>]/g)?.length ?? 0);
}

/** Without texts and comments. */
function bare(line: string): string {
  return line.replace(/\/\*.*?\*\/|\/\/.*$|^\s*\*.*$/g, '').replace(/'[^']*'|"[^"]*"|`[^`]*`/g, '');
}

function docText(lines: readonly string[]): string {
  return lines
    .map((line) => line.replace(/^\s*\/?\*+\/? ?/, '').replace(/\s*\*\/\s*$/, ''))
    .join('\n')
    .replace(/^\n+|\s+$/g, '')
    .replace(/^@(\w+)\s*/gm, (_all, tag: string) => `**${tag}** `);
}

/** What a module says of itself on top. */
function moduleDocs(path: string): string {
  const comment = /^\/\*\*[\s\S]*?\*\//.exec(readFileSync(path, 'utf8'))?.[0] ?? '';
  return docText(comment.split('\n'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(ROOT, 'docs/api');
  mkdirSync(folder, { recursive: true });
  for (const entry of ENTRIES) writeFileSync(join(folder, entry.file), apiPage(entry));
  writeFileSync(join(folder, 'README.md'), tasksPage());
}
