/** Before any test: bundle what the end-to-end tests run, the command as it is published. */

import type { TestProject } from 'vitest/node';
import { bundle, type Sources } from '../../esbuild.config.js';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly commandSources: Sources;
  }
}

export async function setup(project: TestProject): Promise<void> {
  project.provide('commandSources', await bundle());
}
