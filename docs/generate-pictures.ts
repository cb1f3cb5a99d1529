/**
 * The pictures of the README: what the command prints in a terminal, with its colours, as SVG. `npm run docs:pictures` runs
 * the built command on the virtual bench and writes docs/pictures.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { TerminalRun } from '../test/support/terminal.js';

const FOLDER = fileURLToPath(new URL('pictures/', import.meta.url));

/** Of a character, in a monospaced font of this size. */
const FONT_SIZE = 13;
const WIDTH = 7.8;
const HEIGHT = 18;
const MARGIN = 14;
const BACKGROUND = '#1b1f24';
const FOREGROUND = '#d7dce2';
/** Select Graphic Rendition (ECMA-48 §8.3.117), of what the command uses. */
const COLOURS: Readonly<Record<number, string>> = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 36: '#79c0ff' };

/** A stretch of text in one style. */
interface Style {
  readonly colour: string;
  readonly bold: boolean;
  readonly faint: boolean;
  readonly inverse: boolean;
}
const PLAIN: Style = { colour: FOREGROUND, bold: false, faint: false, inverse: false };

interface Picture {
  readonly name: string;
  readonly args: readonly string[];
  readonly columns: number;
  readonly rows: number;
  /** Shown when the picture is complete; then q ends it. Without it the command ends by itself. */
  readonly complete?: RegExp;
}

const PICTURES: readonly Picture[] = [
  { name: 'discover', args: ['discover'], columns: 150, rows: 30 },
  { name: 'sensors', args: ['sensors'], columns: 110, rows: 60 },
  { name: 'top', args: ['top', '-i', '500ms'], columns: 130, rows: 32, complete: / 20 +bench:serial0.*PLDM/ },
];

async function draw({ name, args, columns, rows, complete }: Picture): Promise<void> {
  const run = await TerminalRun.start(args, { columns, rows });
  try {
    let drawn: string | undefined;
    if (complete !== undefined) {
      await run.shows(complete);
      // Rates are known from the second picture on.
      await run.shows(complete);
      await run.shows(complete);
      drawn = run.output;
      run.type('q');
    }
    const { code } = await run.finished;
    if (code !== 0) throw new Error(`mctpkit ${args.join(' ')} ended with ${code}`);
    writeFileSync(`${FOLDER}${name}.svg`, svg(`mctpkit ${args[0]}`, screen(drawn ?? run.output)));
  } finally {
    await run.close();
  }
}

/** The lines that stand on the screen at last: of a command that draws again and again, the last whole picture. */
function screen(output: string): readonly string[] {
  const pictures = output.split('\u001b[H');
  const last = pictures.length === 1 ? output : pictures.at(-1)!.split('\u001b[?')[0]!;
  const lines = last.split(/\r*\n/);
  // What was overwritten in its line: progress.
  const written = lines.map((line) => line.slice(line.lastIndexOf('\r') + 1));
  while (written.at(-1)?.trim() === '') written.pop();
  return written;
}

function svg(title: string, lines: readonly string[]): string {
  const drawn = lines.map((line) => runs(line));
  const columns = Math.max(...drawn.map((parts) => parts.reduce((sum, { text }) => sum + [...text].length, 0)));
  const width = Math.ceil(columns * WIDTH + 2 * MARGIN);
  const height = lines.length * HEIGHT + 2 * MARGIN;
  const texts = drawn.flatMap((parts, row) => {
    let column = 0;
    return parts.map(({ text, style }) => {
      const x = MARGIN + column * WIDTH;
      column += [...text].length;
      return element(text, style, x, MARGIN + row * HEIGHT);
    });
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" rx="6" fill="${BACKGROUND}"/>`,
    `<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${FONT_SIZE}" xml:space="preserve">`,
    ...texts.filter((text) => text !== ''),
    '</g>',
    '</svg>',
    '',
  ].join('\n');
}

/** `textLength` keeps the columns in line, whichever font is there. */
function element(text: string, { colour, bold, faint, inverse }: Style, x: number, y: number): string {
  if (text.trim() === '' && !inverse) return '';
  const length = ([...text].length * WIDTH).toFixed(1);
  const at = x.toFixed(1);
  const box = inverse ? `<rect x="${at}" y="${y}" width="${length}" height="${HEIGHT}" fill="${colour}"/>` : '';
  const style = `${bold ? ' font-weight="bold"' : ''}${faint ? ' opacity="0.6"' : ''}`;
  return `${box}<text x="${at}" y="${y + FONT_SIZE}" textLength="${length}" fill="${inverse ? BACKGROUND : colour}"${style}>${escaped(text)}</text>`;
}

function runs(line: string): { readonly text: string; readonly style: Style }[] {
  let style = PLAIN;
  const found: { text: string; style: Style }[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is read
  for (const [, codes, final, text] of line.matchAll(/\u001b\[([0-9;?]*)([A-Za-z])|([^\u001b\r]+)/g)) {
    if (text !== undefined) found.push({ text, style });
    else if (final === 'm') for (const code of codes!.split(';')) style = styled(style, Number(code));
  }
  return found;
}

function styled(style: Style, code: number): Style {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...style, bold: true };
  if (code === 2) return { ...style, faint: true };
  if (code === 22) return { ...style, bold: false, faint: false };
  if (code === 7 || code === 27) return { ...style, inverse: code === 7 };
  if (code === 39) return { ...style, colour: FOREGROUND };
  return { ...style, colour: COLOURS[code] ?? style.colour };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll(' ', '\u00a0');
}

mkdirSync(FOLDER, { recursive: true });
for (const picture of PICTURES) await draw(picture);
