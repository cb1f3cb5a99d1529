import { defineConfig } from 'vitest/config';
import { compiledRooms } from '../../../support/compiled-rooms.js';

// The cases are tests of a user's: run by device-fixture.test.ts and validate.test.ts only. One process loads everything
// once, and takes what an earlier run of these sources made of them.
export default defineConfig({
  plugins: [compiledRooms()],
  test: {
    include: ['test/hw-fixtures/testing/cases/*.spec.ts'],
    isolate: false,
    fileParallelism: false,
    experimental: { fsModuleCache: true },
    execArgv: ['--single-threaded-gc'],
  },
});
