import { defineConfig } from 'vitest/config';

// Tests on the virtual Linux board (hw-fixtures/linux-board). They boot real kernels and look at timing and
// processes, so files run one after the other.
export default defineConfig({
  test: {
    include: ['test/board/**/*.test.ts'],
    globalSetup: ['test/board/compile-guest.ts', 'test/support/build.ts'],
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
