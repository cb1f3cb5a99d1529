/**
 * The man pages, from the declarations that `mctpkit help` prints: mctpkit(1), and mctpkit-VERB(1) for each verb.
 * `npm run build` writes them to dist/man; npm installs those that package.json lists with the command.
 */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageVersion } from '../tools/package-version.js';
import type { Verb } from '../tools/verb.js';
import { VERBS } from '../tools/verbs.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** Below the root of the package, with the text of each page. */
export async function manPages(): Promise<ReadonlyMap<string, string>> {
  const verbs = await Promise.all(VERBS.map(async (entry) => (await entry.load()) satisfies Verb));
  const pages = verbs.map((verb) => [manFile(`mctpkit-${verb.name}`), verbPage(verb)] as const);
  return new Map([[manFile('mctpkit'), overview(verbs)], ...pages]);
}

function manFile(name: string): string {
  return `dist/man/${name}.1`;
}

function overview(verbs: readonly Verb[]): string {
  return page('mctpkit', 'find, exercise, debug and emulate devices that speak MCTP', [
    section('SYNOPSIS', paragraph(`${bold('mctpkit')} ${italic('VERB')} [${italic('options')}]`)),
    section(
      'DESCRIPTION',
      paragraph(
        text(
          'Links are URLs: serial:/dev/ttyUSB0?baud=115200, i2c:1?address=0x10, usb:, kernel:, or bench:, a virtual bench ' +
            'that needs no hardware and is the default. Each verb has a page: mctpkit-discover(1) is that of discover.',
        ),
      ),
    ),
    section('VERBS', ...verbs.map(({ name, summary }) => tagged(bold(name), summary))),
    section(
      'EXIT STATUS',
      tagged('0', 'done'),
      tagged('1', 'the device or the network said no'),
      tagged('2', 'wrong usage, or something that is missing on this machine'),
    ),
    section('ENVIRONMENT', tagged(bold('MCTPKIT_DEBUG'), 'any text: an error line is followed by its stack trace')),
    section('SEE ALSO', paragraph(`${bold('mctpkit help topics')} lists the guides that come with the package.`)),
  ]);
}

function verbPage(verb: Verb): string {
  const { name, summary, description, options, examples, arguments: args = [] } = verb;
  const words = args.map(({ name: word, required, many }) => {
    const shown = `${italic(word)}${many ? '...' : ''}`;
    return required ? shown : `[${shown}]`;
  });
  return page(`mctpkit-${name}`, summary, [
    section('SYNOPSIS', paragraph([bold(`mctpkit ${name}`), `[${italic('options')}]`, ...words].join(' '))),
    ...(description === undefined ? [] : [section('DESCRIPTION', ...description.split(/\n\s*\n/).map(prose))]),
    ...(args.length === 0
      ? []
      : [section('ARGUMENTS', ...args.map(({ name: word, summary: what }) => tagged(italic(word), what)))]),
    section(
      'OPTIONS',
      ...Object.values(options).map(({ flags, summary: what }) => tagged(bold(flags), what)),
      tagged(bold('-h, --help'), 'the same as text'),
    ),
    ...(examples.length === 0
      ? []
      : [section('EXAMPLES', ...examples.map(([line, meaning]) => tagged(breakable(bold(line)), meaning)))]),
    section('SEE ALSO', paragraph(`${bold('mctpkit')}(1); ${bold(`mctpkit help verbs/${pageOf(name)}`)} says more.`)),
  ]);
}

/** Verbs that share a page of the documentation. */
const TOGETHER: Readonly<Record<string, string>> = {
  version: 'help',
  link: 'tables',
  address: 'tables',
  route: 'tables',
  neigh: 'tables',
};

/** Below docs/verbs, without its ending. */
export function pageOf(verb: string): string {
  return TOGETHER[verb] ?? verb;
}

function page(name: string, summary: string, sections: readonly string[]): string {
  const title = `.TH ${quoted(name.toUpperCase())} 1 "" ${quoted(`mctpkit ${packageVersion()}`)} "User Commands"`;
  const named = section('NAME', paragraph(`${text(name)} \\- ${text(summary)}`));
  // Neither words broken at the end of a line nor wide gaps between them: options are copied from here.
  return `${[title, '.nh', '.ad l', named, ...sections].join('\n')}\n`;
}

function section(title: string, ...parts: readonly string[]): string {
  return [`.SH ${title}`, ...parts].join('\n');
}

function paragraph(roff: string): string {
  return `.PP\n${roff}`;
}

/** Lines that are indented stay as they are. */
function prose(words: string): string {
  return /^ /m.test(words) ? `.PP\n.nf\n${text(words)}\n.fi` : paragraph(text(words));
}

function tagged(tag: string, what: string): string {
  return what === '' ? `.TP\n${tag}\n\\&` : `.TP\n${tag}\n${text(what)}`;
}

function bold(words: string): string {
  return `\\fB${text(words)}\\fR`;
}

/** JSON, which has no blanks, may go on in the next line behind a comma. */
function breakable(roff: string): string {
  return roff.replaceAll(',"', ',\\:"');
}

function italic(words: string): string {
  return `\\fI${text(words)}\\fR`;
}

function quoted(words: string): string {
  return `"${text(words).replaceAll('"', '\\(dq')}"`;
}

/** As text for troff: a line does not become a request, a hyphen stays one that can be copied. */
function text(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  rmSync(join(ROOT, 'dist/man'), { recursive: true, force: true });
  mkdirSync(join(ROOT, 'dist/man'), { recursive: true });
  for (const [file, roff] of await manPages()) writeFileSync(join(ROOT, file), roff);
}
