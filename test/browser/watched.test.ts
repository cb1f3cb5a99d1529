/** The page of a server which watches devices: it shows what is read anyway, and what was read before. */

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageFor } from '../support/firmware-package.js';
import { openBrowser, openPage } from './browser.js';
import { type Lab, openLab } from './lab.js';

let browser: Browser;
let lab: Lab;
beforeAll(async () => {
  [browser, lab] = await Promise.all([openBrowser(), openLab({ watch: true })]);
});
afterAll(async () => {
  await browser?.close();
  await lab?.close();
});

it('plots sensors from their history', async () => {
  const { page, complaints, close } = await openPage(browser, `${lab.origin}/#/sensors`);
  const row = page.locator('.sensors tr', { hasText: 'Fan speed' });
  await row.locator('.c-value', { hasText: 'RPM' }).waitFor();
  await row.click();
  await page.getByRole('img', { name: 'Fan speed of EID 12 over time' }).locator('canvas').waitFor();
  const asked = page.waitForResponse((response) => response.url().includes('hours=24'));
  await page.getByLabel('How far back').selectOption('1 day');
  const { times, values } = (await (await asked).json()) as { times: number[]; values: number[] };
  expect(times.length).toBeGreaterThan(0);
  expect(values.every((value) => value > 5000 && value < 7000)).toBe(true);
  expect(complaints).toEqual([]);
  await close();
});

it('updates firmware while it watches', async () => {
  const path = await packageFor(lab.folder, 'mcu', [2000]);
  const { page, complaints, close } = await openPage(browser, `${lab.origin}/#/firmware`);
  await page.evaluate(`sessionStorage.setItem('mctpkit-token', '${lab.token}')`);
  await page.getByLabel('Firmware package').setInputFiles(path);
  await page.getByRole('button', { name: 'look at it' }).click();
  await page.getByRole('button', { name: 'update these devices' }).click();
  await page.getByText('firmware 1: 2.4.1 to 2.0, updated').waitFor();
  expect(complaints).toEqual([]);
  await close();
});
