import { defineConfig } from 'vitest/config';

// Tests on real hardware, opt-in: test/hil/README.md.
export default defineConfig({
  test: {
    include: ['test/hil/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
  },
});
