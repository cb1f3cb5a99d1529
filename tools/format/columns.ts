/** Columns that line up. */

import { visibleWidth } from './colours.js';

export type Alignment = 'left' | 'right';

/** Lines of the rows, columns as wide as their widest cell, two blanks between them. Columns empty in all rows go. */
export function tableLines(rows: readonly (readonly string[])[], alignments: readonly Alignment[] = []): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, visibleWidth(cell));
    });
  }
  return rows.map((row) =>
    widths
      .flatMap((width, column) => (width === 0 ? [] : [pad(row[column] ?? '', width, alignments[column] ?? 'left')]))
      .join('  ')
      .trimEnd(),
  );
}

export function pad(text: string, width: number, alignment: Alignment = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - visibleWidth(text)));
  return alignment === 'left' ? text + blanks : blanks + text;
}
