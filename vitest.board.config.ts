import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LONGEST_MS } from './test/board/longest.js';

/** They look at times: beside others of them, which wait more than they work, and nothing else. */
const TIMED = ['test/board/{discover,kernel-turnaround,kernel-validate,mqueue-latency}.test.ts'];

// Tests on the virtual Linux board (hw-fixtures/linux-board). Each boots boards of its own, on real kernels: no test
// sees what another does.
export default defineConfig({
  test: {
    globalSetup: ['test/board/compile-guest.ts', 'test/support/build.ts'],
    // A board has a processor to itself.
    maxWorkers: availableParallelism(),
    testTimeout: LONGEST_MS + 10_000,
    hookTimeout: LONGEST_MS + 10_000,
    projects: [
      {
        extends: true,
        test: { name: 'board', include: ['test/board/*.test.ts'], exclude: TIMED, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: { name: 'timed', include: TIMED, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
