/** Before any test: bundle what the end-to-end tests run, the command as it is published; compile what the others import. */

import type { TestProject } from 'vitest/node';
import { bundle, type Sources } from '../../esbuild.config.js';
import { compileRooms } from './compiled-rooms.js';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly commandSources: Sources;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const [sources] = await Promise.all([bundle(), compileRooms()]);
  project.provide('commandSources', sources);
}
