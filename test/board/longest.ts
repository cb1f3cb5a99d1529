/** Of a board, in ms: reached only when something hangs, as everything waits for what happens and not for a time. */
export const LONGEST_MS = 300_000;
