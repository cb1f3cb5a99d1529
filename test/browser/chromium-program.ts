/** Where Chromium is, and how it is started. */

import { existsSync } from 'node:fs';
import type { LaunchOptions } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** @throws Error where there is no browser: the tests are of no use without */
export function chromiumOptions(): LaunchOptions {
  const executablePath = process.env.MCTPKIT_CHROMIUM ?? PLACES.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error('Chromium is not installed: apt-get install chromium, or name it with MCTPKIT_CHROMIUM');
  }
  // In a container Chromium has no user namespaces to put its own walls up.
  return { executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] };
}
