/** Bars and sparklines of block characters. */

const EIGHTHS = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** How full, 0 to 1, on so many columns; beyond its ends it is empty or full. */
export function bar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, Number.isNaN(fraction) ? 0 : fraction)) * width * 8);
  const full = Math.floor(eighths / 8);
  const rest = eighths % 8 === 0 ? '' : EIGHTHS[eighths % 8]!;
  return `${'█'.repeat(full)}${rest}`.padEnd(width, '·');
}

/** The last values, each as high as it lies between the least and the most; a gap is a blank. */
export function sparkline(values: readonly (number | undefined)[], width: number): string {
  const shown = values.slice(Math.max(0, values.length - width));
  const known = shown.filter((value) => value !== undefined);
  const least = Math.min(...known);
  const range = Math.max(...known) - least;
  return shown
    .map((value) => {
      if (value === undefined) return ' ';
      if (range === 0) return LEVELS[0]!;
      return LEVELS[Math.min(LEVELS.length - 1, Math.floor(((value - least) / range) * LEVELS.length))]!;
    })
    .join('')
    .padStart(width);
}
