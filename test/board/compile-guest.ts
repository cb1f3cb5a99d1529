// Before the board tests: compile the scripts that run inside the board.
// A TypeScript loader would work in there too, but takes some 2 seconds per start; plain JavaScript takes none.

import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { boardAvailable } from '../../hw-fixtures/linux-board/index.js';

export default function compileGuest(): void {
  if (!boardAvailable().ok) return;
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const args = [join(typescript, 'bin', 'tsc'), '-p', 'test/board/guest'];
  execFileSync(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}
