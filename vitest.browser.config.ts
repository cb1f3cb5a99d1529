import { defineConfig } from 'vitest/config';
import { compiledRooms } from './test/support/compiled-rooms.js';

// The web page of `mctpkit serve --http` in a real browser, Chromium: `npm run test:browser`. Fails where there is none.
export default defineConfig({
  plugins: [compiledRooms()],
  test: {
    include: ['test/browser/**/*.test.ts'],
    // The names that the user of this machine gave to devices are not part of a test.
    env: { XDG_CONFIG_HOME: '/dev/null' },
    globalSetup: ['test/support/build.ts', 'test/browser/one-browser.ts'],
    // They wait for the bench more than they work.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
