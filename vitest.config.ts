import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'docs/examples/**/*.test.ts'],
    exclude: ['test/board/**', 'test/bench/**', 'test/hil/**'],
    globalSetup: ['test/support/build.ts', 'test/support/board-note.ts'],
    testTimeout: 20_000,
    // Each worker loads every module once; no test changes what others see.
    isolate: false,
    // Processes, not threads: the native part of serialport works in the main thread only.
    pool: 'forks',
    server: { deps: { external: [/\/dist\/tools\//] } },
  },
});
