/** Every view of the page on the virtual bench, as people see, hear and type. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningVerb } from '../support/in-process.js';
import { AXE, openPage, type WatchedPage } from './browser.js';
import { openBrowser } from './shared-browser.js';

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
  ['nodes', 'No program uses the network.'],
  ['firmware', 'EID 10'],
  ['device/1:9', 'NV-3840'],
  ['device/1:99', 'not known'],
] as const;

/** With a script of its own, which the policy of the page would not let in: it is put in from outside. */
async function axe({ page }: WatchedPage, rules = ''): Promise<string[]> {
  const options = rules === '' ? '' : `, runOnly: ["${rules}"]`;
  const results = (await page.evaluate(`axe.run(document, { resultTypes: ["violations"]${options} })`)) as AxeResults;
  return results.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`);
}

it.each(VIEWS)('%s is complete, accessible, and quiet, dark and light', async (path, text) => {
  const watched = await openPage(browser, `${origin}/#/${path}`, { colorScheme: 'dark' });
  const { page, complaints } = watched;
  await page.getByText(text).first().waitFor();
  await page.evaluate(AXE);
  expect(await axe(watched)).toEqual([]);
  await page.emulateMedia({ colorScheme: 'light' });
  expect(await axe(watched, 'color-contrast')).toEqual([]);
  // On a phone nothing is wider than the screen, once plots have been drawn anew, and all of the menu is in sight.
  await page.setViewportSize({ width: 390, height: 844 });
  const tooWide = `["html", "main", "nav"].filter((name) => {
    const { scrollWidth, clientWidth } = document.querySelector(name);
    return scrollWidth > clientWidth;
  })`;
  await expect.poll(() => page.evaluate(tooWide)).toEqual([]);
  for (const width of [360, 320]) {
    await page.setViewportSize({ width, height: 740 });
    await expect.poll(() => page.evaluate(tooWide), { message: `at ${width} px` }).toEqual([]);
  }
  expect(complaints).toEqual([]);
  await watched.close();
});

it('says of a server without a token that nothing can be changed, and asks for none', async () => {
  const { page, complaints, close } = await openPage(browser, `${origin}/#/firmware`);
  await page.getByRole('button', { name: 'read-only' }).waitFor();
  await page
    .getByLabel('Firmware package')
    .setInputFiles({ name: 'x.pldm', mimeType: '', buffer: Buffer.from('nonsense') });
  await page.getByRole('button', { name: 'look at it' }).click();
  await page.getByRole('dialog', { name: 'Read-only' }).getByText('without a token').waitFor();
  await page.getByRole('button', { name: 'close' }).click();
  expect(await page.getByRole('dialog').count()).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});

it('of a device that is not known has no empty panels', async () => {
  const { page, close } = await openPage(browser, `${origin}/#/device/1:99`);
  await page.getByText('not known').waitFor();
  const panels = await page.locator('main .panel:visible').allInnerTexts();
  expect(panels.filter((text) => text.trim() === '')).toEqual([]);
  await close();
});

it('is used by the keyboard alone', async () => {
  const { page, complaints, close } = await openPage(browser, `${origin}/#/topology`);
  await page.locator('a.card').first().waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('main');
  await page.keyboard.press('2');
  await page.locator('tr', { hasText: 'Fan speed' }).waitFor();
  await page.locator('.sensors').focus();
  await page.keyboard.press('End');
  await page.locator('.plot-panel h2', { hasText: 'EID' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  expect(await page.getByRole('dialog').count()).toBe(0);
  await page.keyboard.press('5');
  await page.getByRole('heading', { name: 'Events' }).waitFor();
  await page.locator('.events td', { hasText: 'appeared' }).first().waitFor();
  await page.locator('.events').focus();
  await page.keyboard.press('Home');
  // A row is shown in full, and leads to the device.
  const event = page.getByRole('region', { name: 'Event', exact: true });
  await event.waitFor();
  expect(page.url()).toContain('#/events');
  await page.locator('.events td', { hasText: 'appeared' }).first().click();
  await event.getByRole('link', { name: /^EID \d+$/ }).waitFor();
  expect(complaints).toEqual([]);
  await close();
});
