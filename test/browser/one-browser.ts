/** Before any test: one Chromium for all of them. Each test opens windows of its own in it, which know nothing of the others'. */

import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    readonly browserEndpoint: string;
  }
}

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** @throws Error where there is no browser: the tests are of no use without */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const executablePath = process.env.MCTPKIT_CHROMIUM ?? PLACES.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error('Chromium is not installed: apt-get install chromium, or name it with MCTPKIT_CHROMIUM');
  }
  // In a container Chromium has no user namespaces to put its own walls up.
  const server = await chromium.launchServer({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  project.provide('browserEndpoint', server.wsEndpoint());
  return () => server.close();
}
