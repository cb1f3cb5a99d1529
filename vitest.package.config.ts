import { defineConfig } from 'vitest/config';

// The package as npm makes and installs it, on each Node that it is for. Fetches packages and Node itself from the registry,
// and fails where that cannot be reached: `npm run test:package`.
export default defineConfig({
  test: {
    include: ['test/package/**/*.test.ts'],
    fileParallelism: false,
    // For what hangs: a slow machine builds and installs for minutes.
    testTimeout: 900_000,
    hookTimeout: 900_000,
  },
});
