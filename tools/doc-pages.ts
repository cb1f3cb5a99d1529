/** The pages of the documentation, which come with the package: so that `mctpkit help TOPIC` shows them without a network. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFolder } from './package-version.js';

/** Not for readers of the command: what a program imports is at its own place. */
const LEFT_OUT = ['api', 'examples'];

/** A page by its topic: `concepts`, `guides/laptop`, `verbs/ping`. */
export interface DocPage {
  readonly topic: string;
  readonly title: string;
  readonly path: string;
}

/** Every page, in order; none where the package was installed without them. */
export function docPages(): readonly DocPage[] {
  const folder = packageFolder();
  if (folder === undefined) return [];
  const docs = join(fileURLToPath(folder), 'docs');
  if (!existsSync(docs)) return [];
  return [...pagesIn(docs, '')].sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

function* pagesIn(docs: string, below: string): Generator<DocPage> {
  for (const entry of readdirSync(join(docs, below), { withFileTypes: true })) {
    const path = join(docs, below, entry.name);
    if (entry.isDirectory()) {
      if (!LEFT_OUT.includes(entry.name)) yield* pagesIn(docs, `${below}${entry.name}/`);
    } else if (entry.name.endsWith('.md')) {
      const topic = `${below}${entry.name.slice(0, -'.md'.length)}`.replace(/(^|\/)README$/, '$1index').toLowerCase();
      yield { topic, title: titleOf(readFileSync(path, 'utf8')), path };
    }
  }
}

/** The page that these words mean: its whole topic, or the last part of it where only one page has that. */
export function findPage(topic: string, pages: readonly DocPage[]): DocPage | undefined {
  const whole = pages.find((page) => page.topic === topic);
  if (whole !== undefined) return whole;
  const ends = pages.filter((page) => page.topic.endsWith(`/${topic}`));
  return ends.length === 1 ? ends[0] : undefined;
}

function titleOf(page: string): string {
  return /^# (.*)$/m.exec(page)?.[1] ?? '';
}
