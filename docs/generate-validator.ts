/** Writes docs/validator from the declarations of the checks: a page per group. `npm run docs:validator`. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CheckDeclaration, GroupDeclaration } from '../hw-fixtures/validator/declaration.js';
import { GROUPS } from '../hw-fixtures/validator/registry.js';

export const VALIDATOR_PAGES = fileURLToPath(new URL('validator', import.meta.url));

/** Every page by its file name. */
export function validatorPages(): ReadonlyMap<string, string> {
  return new Map([
    ['README.md', index()],
    ['coverage.md', coveragePage()],
    ...GROUPS.map((group) => [`${group.name}.md`, groupPage(group)] as const),
  ]);
}

function index(): string {
  const rows = GROUPS.map(({ name, title, checks }) => `| [${name}](${name}.md) | ${title} | ${checks.length} |`);
  const all = GROUPS.reduce((sum, { checks }) => sum + checks.length, 0);
  return `${[
    '# The validator',
    '',
    `What [mctpkit validate](../verbs/validate.md) checks: ${all} checks in ${GROUPS.length} groups. Made by \`npm run docs:validator\` from the declarations in \`hw-fixtures/validator/groups\`.`,
    '',
    '| group | about | checks |',
    '| --- | --- | --- |',
    ...rows,
    '',
    'Every requirement with its check, or the reason why it cannot be checked from outside: [coverage](coverage.md).',
  ].join('\n')}\n`;
}

function coveragePage(): string {
  const all = GROUPS.flatMap(({ requirements }) => requirements);
  const checked = all.filter((requirement) => 'checks' in requirement).length;
  return `${[
    '# Coverage',
    '',
    `${all.length} requirements of the standards: ${checked} are checked, of the others the table says why they cannot be checked from outside. Made by \`npm run docs:validator\`.`,
    ...GROUPS.flatMap(({ title, requirements }) => ['', `## ${title}`, '', ...coverage(requirements)]),
  ].join('\n')}\n`;
}

function groupPage({ title, name, about, checks, requirements }: GroupDeclaration): string {
  return `${[
    `# ${title}`,
    '',
    `The group \`${name}\`. ${about} Made by \`npm run docs:validator\`.`,
    ...checks.flatMap(checkLines),
    ...(requirements.length === 0 ? [] : ['', '## Coverage', '', ...coverage(requirements)]),
  ].join('\n')}\n`;
}

function checkLines(check: CheckDeclaration): string[] {
  const level = check.level === 'conditional' ? `conditional, ${check.condition}` : check.level;
  return [
    '',
    `## ${check.id}: ${check.title}`,
    '',
    `${check.clause}, ${level}${check.needs === undefined ? '' : `, only with \`--allow ${check.needs}\``}`,
    '',
    `- Why: ${check.why}.`,
    `- A failure: ${check.failure}.`,
    `- To mend it: ${check.mend}.`,
  ];
}

function coverage(requirements: GroupDeclaration['requirements']): string[] {
  return [
    '| clause | requirement | check |',
    '| --- | --- | --- |',
    ...requirements.map((requirement) => {
      const by = 'checks' in requirement ? requirement.checks.join(', ') : `not checked: ${requirement.unchecked}`;
      return `| ${requirement.clause} | ${requirement.text} | ${by} |`;
    }),
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  mkdirSync(VALIDATOR_PAGES, { recursive: true });
  for (const [file, text] of validatorPages()) writeFileSync(join(VALIDATOR_PAGES, file), text);
}
