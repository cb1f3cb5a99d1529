import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** They look at times, some of them at those of this machine: no other board runs beside them. */
const TIMED = ['test/board/{kernel-turnaround,mqueue-latency,kernel-validate}.test.ts'];

// Tests on the virtual Linux board (hw-fixtures/linux-board). Each boots boards of its own, on real kernels: no test
// sees what another does.
export default defineConfig({
  test: {
    globalSetup: ['test/board/compile-guest.ts', 'test/support/build.ts'],
    // A board has a processor to itself.
    maxWorkers: availableParallelism(),
    // On a machine with much to do everything takes longer.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'board', include: ['test/board/*.test.ts'], exclude: TIMED, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: { name: 'timed', include: TIMED, fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
