/**
 * The API reference: what each entry of the package exports, with its docstring and its declaration, from the declarations
 * the compiler emits. `npm run docs:api` writes docs/api; a test checks that it is up to date.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const DIST = join(ROOT, 'dist');

export interface Entry {
  /** As it is imported. */
  readonly specifier: string;
  /** Below dist, without its ending. */
  readonly module: string;
  /** Below docs/api. */
  readonly file: string;
  /** Longer declarations are cut: they are lists one looks up in the source. */
  readonly lines: number;
}

export const ENTRIES: readonly Entry[] = [
  { specifier: 'mctpkit', module: 'stack/index', file: 'stack.md', lines: 40 },
  { specifier: 'mctpkit/bindings', module: 'bindings/index', file: 'bindings.md', lines: 40 },
  { specifier: 'mctpkit/pldm', module: 'pldm/index', file: 'pldm.md', lines: 6 },
  { specifier: 'mctpkit/fixtures', module: 'hw-fixtures/index', file: 'fixtures.md', lines: 40 },
  { specifier: 'mctpkit/testing', module: 'hw-fixtures/testing/index', file: 'testing.md', lines: 40 },
];

interface Declaration {
  readonly name: string;
  readonly docs: string;
  readonly code: string;
  /** Below the root, the source. */
  readonly source: string;
}

export function apiPage({ specifier, module, lines: most }: Entry): string {
  const found = [...exportsOf(join(DIST, `${module}.d.ts`)).values()].sort((a, b) => compare(a.name, b.name));
  const title = moduleDocs(join(DIST, `${module}.d.ts`));
  const sections = found.map(({ name, docs, code, source }) => {
    const lines = code.split('\n');
    const shown =
      lines.length <= most
        ? code
        : `${lines.slice(0, most).join('\n')}\n// ... ${lines.length - most} more lines in ${source}`;
    return [
      `## ${name}`,
      ...(docs === '' ? [] : ['', docs]),
      '',
      '```ts',
      shown,
      '```',
      '',
      `<sub>${source}</sub>`,
    ].join('\n');
  });
  const head = [
    `# ${specifier}`,
    '',
    `${title}${title === '' ? '' : ' '}Made by \`npm run docs:api\`.`,
    '',
    '```ts',
    `import { ... } from '${specifier}';`,
    '```',
  ];
  return `${[head.join('\n'), ...sections].join('\n\n')}\n`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Everything a module exports, those of others passed on included. */
function exportsOf(path: string, seen = new Set<string>()): Map<string, Declaration> {
  const found = new Map<string, Declaration>();
  if (seen.has(path) || !existsSync(path)) return found;
  seen.add(path);
  const text = readFileSync(path, 'utf8');
  for (const declaration of declarations(text, sourceOf(path))) found.set(declaration.name, declaration);
  for (const [, specifier] of text.matchAll(/^export \* from '([^']+)';/gm)) {
    for (const [name, declaration] of exportsOf(target(path, specifier!), seen))
      if (!found.has(name)) found.set(name, declaration);
  }
  for (const [, list, specifier] of text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';/gm)) {
    const there = exportsOf(target(path, specifier!), new Set());
    for (const item of list!
      .split(',')
      .map((one) => one.trim().replace(/^type /, ''))
      .filter(Boolean)) {
      const [inner = item, outer = item] = item.split(' as ').map((one) => one.trim());
      const declaration = there.get(inner);
      if (declaration !== undefined) found.set(outer, { ...declaration, name: outer });
    }
  }
  return found;
}

function target(from: string, specifier: string): string {
  return resolve(dirname(from), specifier.replace(/\.js$/, '.d.ts'));
}

function sourceOf(path: string): string {
  return relative(DIST, path).replace(/\.d\.ts$/, '.ts');
}

const START = /^export (?:declare )?(?:abstract )?(?:class|function|const|let|interface|type|enum) (\w+)/;

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
    const name = START.exec(line)?.[1];
    if (name === undefined) {
      if (line.trim() !== '') docs = [];
      continue;
    }
    const code: string[] = [];
    for (let depth = 0; at < lines.length; at++) {
      code.push(lines[at]!);
      depth += balance(lines[at]!);
      if (depth === 0 && /[;}]\s*$/.test(lines[at]!)) break;
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

/** Brackets opened less brackets closed, those in texts and comments not counted. */
function balance(line: string): number {
  const bare = line
    .replace(/\/\*.*?\*\/|\/\/.*$|^\s*\*.*$/g, '')
    .replace(/'[^']*'|"[^"]*"|`[^`]*`/g, '')
    .replace(/=>/g, '');
  return (bare.match(/[{([<]/g)?.length ?? 0) - (bare.match(/[})\]>]/g)?.length ?? 0);
}

function docText(lines: readonly string[]): string {
  return lines
    .map((line) => line.replace(/^\s*\/?\*+\/? ?/, '').replace(/\s*\*\/\s*$/, ''))
    .join('\n')
    .trim()
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
}
