/** Every view of the page on the virtual bench, as people see, hear and type. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningVerb } from '../support/in-process.js';
import { openBrowser, openPage, type WatchedPage } from './browser.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'mctpkit-browser-'));
let browser: Browser;
let server: RunningVerb;
let origin: string;

beforeAll(async () => {
  server = new RunningVerb([
    'serve',
    '--link',
    'bench:',
    '--name',
    'b',
    '--dir',
    folder,
    '--http',
    '127.0.0.1:0',
    '--json',
  ]);
  ({ url: origin } = JSON.parse(await server.line(/"page"/)) as { url: string });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  expect(await server.stop()).toMatchObject({ code: 0 });
  rmSync(folder, { recursive: true });
});

/** A view, and a text which it has when it is complete. */
const VIEWS = [
  ['topology', 'PCIe retimer'],
  ['sensors', 'Module power'],
  ['links', 'bench:serial0'],
  ['packets', 'GetSensorReading'],
  ['events', 'appeared'],
  ['nodes', 'Nobody uses the network.'],
  ['firmware', 'EID 10'],
  ['device/1:9', 'NV-3840'],
  ['device/1:99', 'not known'],
] as const;

async function shown(watched: WatchedPage, text: string): Promise<void> {
  await watched.page.getByText(text).first().waitFor();
}

/** With a script of its own, which the policy of the page would not let in: it is put in from outside. */
async function axe({ page }: WatchedPage): Promise<string[]> {
  await page.evaluate(AXE);
  const results = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as AxeResults;
  return results.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}

describe.each(['dark', 'light'] as const)('%s', (colorScheme) => {
  it.each(VIEWS)('%s is complete, accessible, and quiet', async (path, text) => {
    const watched = await openPage(browser, `${origin}/#/${path}`, { colorScheme });
    try {
      await shown(watched, text);
      expect(await axe(watched)).toEqual([]);
      expect(watched.complaints).toEqual([]);
    } finally {
      await watched.close();
    }
  });
});
