import { defineConfig } from 'vitest/config';

// Tests that run under vitest inside the board, made by compile-guest.ts. The checkout is read-only there, and starting a worker
// takes a while.
export default defineConfig({
  cacheDir: '/tmp/vite',
  test: {
    root: new URL('../../..', import.meta.url).pathname,
    include: ['test/board/.compiled/inside/*.spec.js'],
    pool: 'threads',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
