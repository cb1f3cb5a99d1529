/** Before any test: bundle what the end-to-end tests run, the command as it is published. */

import type { TestProject } from 'vitest/node';
import { bundleCommand } from '../../esbuild.config.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of each file of the command, below the root: the sources it was made of. */
    readonly commandSources: Readonly<Record<string, readonly string[]>>;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const { outputs } = await bundleCommand();
  const sources = Object.entries(outputs).map(([path, { inputs }]) => [path, Object.keys(inputs)] as const);
  project.provide('commandSources', Object.fromEntries(sources));
}
