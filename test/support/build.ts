/** Before any test: bundle what the end-to-end tests run, the command as it is published. */

import type { TestProject } from 'vitest/node';
import { bundleCommand, bundlePage } from '../../esbuild.config.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of each file of the command, below the root: the sources whose code it has. */
    readonly commandSources: Readonly<Record<string, readonly string[]>>;
  }
}

export async function setup(project: TestProject): Promise<void> {
  const [{ outputs }] = await Promise.all([bundleCommand(), bundlePage()]);
  const sources = Object.entries(outputs).map(([path, { inputs }]) => {
    const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
    return [path, used.map(([source]) => source)] as const;
  });
  project.provide('commandSources', Object.fromEntries(sources));
}
