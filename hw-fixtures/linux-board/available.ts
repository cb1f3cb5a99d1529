// Can this machine run the board? Tests ask before they start and skip with the reason.

import { readFileSync } from 'node:fs';
import { findBoard } from './cache.js';

export type BoardAvailability =
  | { readonly ok: true; readonly kernel: string }
  | { readonly ok: false; readonly reason: string };

/** Yama's level 3 forbids ptrace to everybody, and the board's kernel runs its programs by ptrace. */
function ptraceForbidden(): boolean {
  try {
    return readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8').trim() === '3';
  } catch {
    return false;
  }
}

/** Whether a board can be booted here; if not, one sentence that says why and what to do. */
export function boardAvailable(): BoardAvailability {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { ok: false, reason: `the board runs on x86-64 Linux only, not on ${process.platform} ${process.arch}` };
  }
  if (ptraceForbidden()) {
    return { ok: false, reason: 'ptrace is forbidden here; set kernel.yama.ptrace_scope below 3' };
  }
  const board = findBoard();
  if (!board) return { ok: false, reason: 'the board is not built for this checkout; run: npm run board:build' };
  return { ok: true, kernel: board.kernel };
}
