/** The Chromium which all tests share. */

import { type Browser, chromium } from 'playwright-core';
import { inject } from 'vitest';

export function openBrowser(): Promise<Browser> {
  return chromium.connect(inject('browserEndpoint'));
}
