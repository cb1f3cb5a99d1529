import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { compiledRooms } from './test/support/compiled-rooms.js';
import { FileOrder, WORKERS } from './test/support/file-order.js';
import { runSeed } from './test/support/run-seed.js';
import tsconfig from './tsconfig.json' with { type: 'json' };

/** Examples import the package by its name; here that is its sources. */
const entries = Object.entries(tsconfig.compilerOptions.paths).map(([name, [source]]) => ({
  find: new RegExp(`^${name}$`),
  replacement: fileURLToPath(new URL(source!, import.meta.url)),
}));

export default defineConfig({
  resolve: { alias: entries },
  plugins: [compiledRooms()],
  test: {
    include: ['test/**/*.test.ts', 'docs/examples/**/*.test.ts'],
    exclude: ['test/board/**', 'test/bench/**', 'test/hil/**', 'test/package/**', 'test/browser/**'],
    env: {
      // The names that the user of this machine gave to devices are not part of a test.
      XDG_CONFIG_HOME: '/dev/null',
      // What this machine trusts besides is not asked for; reading it doubles the start of every process.
      NODE_EXTRA_CA_CERTS: '',
    },
    setupFiles: ['test/support/setup.ts'],
    globalSetup: ['test/support/build.ts', 'test/support/board-note.ts'],
    provide: { propertySeed: runSeed(process.env.MCTPKIT_TEST_SEED) },
    // For what hangs; on a machine with other work everything takes longer.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    // Each worker loads every module once; no test changes what others see.
    isolate: false,
    // Processes, not threads: the native part of serialport works in the main thread only.
    pool: 'forks',
    // What vite makes of a file is kept from run to run, and for the runs that tests start.
    experimental: { fsModuleCache: true },
    // Whole worlds are made and forgotten: in a larger nursery the garbage collector has less to do. What is compiled stays.
    execArgv: ['--max-semi-space-size=64', '--single-threaded-gc', '--interrupt-budget=400000', '--no-flush-bytecode'],
    maxWorkers: WORKERS,
    sequence: { sequencer: FileOrder },
  },
});
