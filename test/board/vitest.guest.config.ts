import { defineConfig } from 'vitest/config';

// Tests that run inside the board, started by kernel-semantics.test.ts. Its root filesystem is read-only.
export default defineConfig({
  cacheDir: '/tmp/vitest',
  test: {
    include: ['test/board/guest/*.spec.ts'],
    pool: 'threads',
    fileParallelism: false,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
