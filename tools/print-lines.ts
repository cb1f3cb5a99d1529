import type { Io } from './io.js';

/** Characters. */
const BLOCK = 16_384;

/**
 * Lines which are all there already, many in one write: with a write for each, a long output takes longer to print than to
 * make.
 */
export async function printLines(io: Pick<Io, 'print' | 'drained'>, lines: Iterable<string>): Promise<void> {
  let block: string[] = [];
  let length = 0;
  for (const line of lines) {
    block.push(line);
    length += line.length + 1;
    if (length < BLOCK) continue;
    io.print(block.join('\n'));
    await io.drained();
    block = [];
    length = 0;
  }
  if (block.length > 0) io.print(block.join('\n'));
}
