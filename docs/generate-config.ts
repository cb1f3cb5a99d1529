/** Writes the tables of docs/config.md from the table of keys (tools/config/config-keys.ts). */

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SECTIONS } from '../tools/config/config-keys.js';
import type { Key, Section } from '../tools/config/config-section.js';

export const CONFIG_PAGE = fileURLToPath(new URL('config.md', import.meta.url));

/** The page with the tables between `<!-- keys of NAME -->` and `<!-- end -->` as they should be. @throws Error */
export function configPage(page: string): string {
  const missing = new Set(Object.keys(SECTIONS));
  const text = page.replace(/<!-- keys of (.+?) -->\n[\s\S]*?<!-- end -->/g, (_, name: string) => {
    const section = SECTIONS[name];
    if (section === undefined) throw new Error(`docs/config.md: there is no section ${name}`);
    missing.delete(name);
    return `<!-- keys of ${name} -->\n\n${keyTable(section)}\n\n<!-- end -->`;
  });
  if (missing.size > 0) throw new Error(`docs/config.md has no table of ${[...missing].join(', ')}`);
  return text;
}

function keyTable(section: Section): string {
  const rows = Object.entries(section).map(([name, key]) => [`\`${name}\``, key.kind.form, key.what, defaultOf(key)]);
  return [['key', 'value', 'meaning', 'default'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function defaultOf(key: Key<unknown>): string {
  if (key.required === true) return 'required';
  return key.default === undefined ? (key.otherwise ?? '') : String(key.default);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(CONFIG_PAGE, configPage(readFileSync(CONFIG_PAGE, 'utf8')));
}
