import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'docs/examples/**/*.test.ts'],
    exclude: ['test/board/**', 'test/bench/**', 'test/hil/**'],
    globalSetup: ['test/support/build.ts', 'test/support/board-note.ts'],
    testTimeout: 20_000,
  },
});
