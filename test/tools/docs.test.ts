/** The documentation keeps what it says: examples run, the API reference is up to date, links lead somewhere, verbs have pages. */

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiPage, ENTRIES, tasksPage } from '../../docs/generate-api.js';
import { CONFIG_PAGE, configPage } from '../../docs/generate-config.js';
import { SCHEMAS } from '../../tools/schema/index.js';
import { VERBS } from '../../tools/verbs.js';
import { buildExamples } from '../support/build-examples.js';
import { mctpkit } from '../support/in-process.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const DOCS = join(ROOT, 'docs');
const COMPILER = join(ROOT, 'node_modules/typescript/bin/tsc');

function files(folder: string, ending: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? files(path, ending) : entry.name.endsWith(ending) ? [path] : [];
  });
}

/** The pages that a page links to. */
function linked(page: string): string[] {
  const targets = readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+\.md)/g);
  return [...targets].map(([, target]) => resolve(dirname(page), target!)).filter((path) => existsSync(path));
}

/** A page without what it shows in blocks. */
const prose = (page: string): string => readFileSync(page, 'utf8').replace(/^ *```[\s\S]*?^ *```/gm, '');

/** The anchors of a page, made of its headings as GitHub makes them. */
function headings(page: string): ReadonlySet<string> {
  const seen = new Map<string, number>();
  return new Set(
    [...prose(page).matchAll(/^#+ +(.*)$/gm)].map(([, heading]) => {
      const text = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
      const anchor = text.replace(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');
      const before = seen.get(anchor) ?? 0;
      seen.set(anchor, before + 1);
      return before === 0 ? anchor : `${anchor}-${before}`;
    }),
  );
}

describe('examples', () => {
  const OUTPUT: Readonly<Record<string, RegExp>> = {
    'capture.ts': /^it has no EID\n2 packets in .*trace\.pcapng\n$/,
    'device.ts': /^EID 9: 7a1c5e10-4c2b-11ee-8d07-001b21000042, types 1\nInlet: 41 °C\n$/,
    // EIDs are given in the order in which devices answer, on the real clock.
    'discover.ts': /^(?=(?:EID .*\n)*EID \d+: 7a1c5e10-.*, types 1, 4, 126\n)(?:EID .*\n){6}$/,
    'drives.ts':
      /^EID 10 on bench:bay1: Acme NV-7680, 38 °C, 0 kinds of events\nEID 9 on bench:bay0: Acme NV-3840, 38 °C, 5 kinds of events\nEID 9 tells: .*\n$/,
    'endpoint.ts': /^EID 9 says f00f\n$/,
    'own-binding.ts': /^$/,
    'own-protocol.ts': /^$/,
    'pldm.ts':
      /^PLDM types 0, 2, 4, 5\nComposite temperature: \d+ °C, normal\nEndurance used: 12 %, normal\n8 records\n$/,
    'request.ts': /^echo: ccdef0010203\nno SPDM here: ETIMEDOUT\n$/,
    'serial.ts': /^EID 0\nEID 9: 7a1c5e10-4c2b-11ee-8d07-001b21000099\n$/,
    'families-client.ts': /^give an address, and links: .*\n$/,
    'families-server.ts': /^name links: .*\n$/,
    'tap.ts': /^tx 8>0 S- seq 0, 68 bytes\ntx 8>0 -- seq 1, 68 bytes\ntx 8>0 -E seq 2, 7 bytes\n$/,
    'virtual-time.ts': /^answered after 2\.5 s of virtual time\n$/,
  };

  const folder = mkdtempSync(join(ROOT, 'node_modules/.mctpkit-examples-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  // An example that is a test is run with the tests.
  const programs = readdirSync(join(DOCS, 'examples')).filter(
    (name) => name.endsWith('.ts') && !name.endsWith('.test.ts'),
  );

  beforeAll(() => buildExamples(programs, folder));

  it.each(programs)('%s runs, and ends by itself', async (name) => {
    const program = join(folder, name.replace(/\.ts$/, '.mjs'));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { cwd: ROOT, timeout: 100_000 });
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(OUTPUT[name]!), stderr: '' });
  });
});

describe('reference', () => {
  // The pages are made of the declarations that the compiler emits. Whether types fit is looked at by `npm run typecheck`.
  const incremental = ['--incremental', '--tsBuildInfoFile', 'dist/declarations.tsbuildinfo'];
  const declare = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--noCheck', ...incremental];
  beforeAll(() => promisify(execFile)(process.execPath, [COMPILER, ...declare], { cwd: ROOT }), 60_000);

  it.each(ENTRIES.map((entry) => [entry.file, entry] as const))(
    'docs/api/%s is up to date: npm run docs:api',
    (file, entry) => {
      expect(readFileSync(join(DOCS, 'api', file), 'utf8') === apiPage(entry)).toBe(true);
    },
  );

  it('begins with what people want to do, and says of each member what it is: npm run docs:api', () => {
    const page = tasksPage();
    expect(readFileSync(join(DOCS, 'api/README.md'), 'utf8')).toBe(page);
    expect(page).not.toMatch(/\| *\|$/m);
    for (const [, link] of page.matchAll(/\]\(([^)#]+)/g))
      expect(existsSync(join(DOCS, 'api', link!)), link).toBe(true);
    // A link to a member leads to its heading.
    for (const [, file, anchor] of page.matchAll(/\]\(([\w-]+\.md)#([^)]+)\)/g)) {
      const headings = readFileSync(join(DOCS, 'api', file!), 'utf8').match(/^### .*$/gm)!;
      expect(headings.map((heading) => heading.slice(4).toLowerCase().replaceAll('.', ''))).toContain(anchor);
    }
  });

  it('says of each member what it is in words, where its comment begins with code', () => {
    expect(tasksPage().match(/^.*\b(?:const|new) .*$/gm) ?? []).toEqual([]);
  });

  it('has a type with all that it can be, not only the first', () => {
    const types = ENTRIES.flatMap(({ file }) => {
      const page = readFileSync(join(DOCS, 'api', file), 'utf8');
      return [...page.matchAll(/^```ts\n(export type [\s\S]*?)\n```$/gm)].map(([, type]) => type!);
    });
    expect(types.length).toBeGreaterThan(100);
    expect(types.filter((type) => !type.endsWith(';'))).toEqual([]);
  });

  it('has every key of the configuration: npm run docs:config', () => {
    const page = readFileSync(CONFIG_PAGE, 'utf8');
    expect(configPage(page)).toBe(page);
  });

  it('has a page for every verb', () => {
    const pages = new Set(readdirSync(join(DOCS, 'verbs')).map((name) => name.replace('.md', '')));
    const together: Readonly<Record<string, string>> = {
      version: 'help',
      link: 'tables',
      address: 'tables',
      route: 'tables',
      neigh: 'tables',
    };
    for (const { name } of VERBS) expect([name, pages.has(together[name] ?? name)]).toEqual([name, true]);
  });

  it('documents every schema', () => {
    const json = readFileSync(join(DOCS, 'json.md'), 'utf8');
    for (const name of Object.keys(SCHEMAS)) expect(json).toContain(`mctpkit schema ${name}`);
  });

  it('has an index without gaps: every verb is one step from docs/README.md, every page is reached', () => {
    const index = join(DOCS, 'README.md');
    const verbs = readdirSync(join(DOCS, 'verbs')).map((name) => join(DOCS, 'verbs', name));
    expect(linked(index)).toEqual(expect.arrayContaining(verbs));
    const reached = new Set([index]);
    for (const page of reached) for (const target of linked(page)) if (target.startsWith(DOCS)) reached.add(target);
    expect(files(DOCS, '.md').filter((page) => !reached.has(page))).toEqual([]);
  });

  it('has pictures of what is printed: npm run docs:pictures', async () => {
    const picture = readFileSync(join(DOCS, 'pictures/discover.svg'), 'utf8');
    const drawn = [...picture.matchAll(/<text [^>]*>([^<]*)</g)].map(([, text]) => text!.replace(/\s/g, ''));
    const { stdout } = await mctpkit(['discover']);
    expect(drawn.join('').replaceAll('&gt;', '>')).toBe(stdout.replace(/\s/g, ''));
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    for (const name of ['discover', 'sensors', 'top']) expect(readme).toContain(`(docs/pictures/${name}.svg)`);
  });

  it('links lead to files that are there, and to headings that are there', () => {
    const anchors = new Map<string, ReadonlySet<string>>();
    const has = (page: string, anchor: string): boolean => {
      if (!anchors.has(page)) anchors.set(page, headings(page));
      return anchors.get(page)!.has(anchor);
    };
    const rooms = ['bindings', 'hw-fixtures'].flatMap((room) => files(join(ROOT, room), '.md'));
    const top = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
    const broken: string[] = [];
    let withAnchor = 0;
    for (const page of [...top.map((name) => join(ROOT, name)), ...rooms, ...files(DOCS, '.md')]) {
      for (const [, path, anchor] of prose(page).matchAll(/\]\((?!\w+:)([^)#\s]*)#?([^)\s]*)\)/g)) {
        const target = path === '' ? page : resolve(dirname(page), path!);
        const isThere = existsSync(target) && (anchor === '' || !target.endsWith('.md') || has(target, anchor!));
        if (!isThere) broken.push(`${page}: ${path}#${anchor}`);
        if (anchor !== '') withAnchor++;
      }
    }
    expect(broken).toEqual([]);
    expect(withAnchor).toBeGreaterThan(50);
  });
});

describe('help', () => {
  it.each(VERBS)('of $name', async ({ name }) => {
    const { stdout } = await mctpkit([name, '--help']);
    expect(stdout).toMatchSnapshot();
    expect(stdout).toContain(`mctpkit ${name}`);
  });
});
