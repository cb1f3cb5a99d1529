import { defineConfig } from 'vitest/config';

// The cases are tests of a user's: run by device-fixture.test.ts only.
export default defineConfig({ test: { include: ['test/hw-fixtures/testing/cases/*.spec.ts'] } });
