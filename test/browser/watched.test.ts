/** The page of a server which watches devices: it shows what is read anyway, and what was read before. */

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_BENCH } from '../../hw-fixtures/index.js';
import { packageFor } from '../support/firmware-package.js';
import { openPage } from './browser.js';
import { type Lab, openLab } from './lab.js';
import { openBrowser } from './shared-browser.js';

/** A drive on two buses, besides everything else. */
const TWIN = `
[wires.smbus9]
kind = "smbus"
speed = 100
host = 0x10
[wires.usb9]
kind = "usb"
host = true
[devices.twin]
wire = "smbus9"
address = 0x1d
ways = [{ wire = "usb9" }]
uuid = "7a1c5e10-4c2b-11ee-8d01-001b21000077"
[devices.twin.nvme]
model = "Twin drive"
serial = "T1"
firmware = "1.0"
`;
const UUID = '7a1c5e10-4c2b-11ee-8d01-001b21000077';

let browser: Browser;
let lab: Lab;
beforeAll(async () => {
  [browser, lab] = await Promise.all([openBrowser(), openLab({ watch: true, description: `${DEFAULT_BENCH}${TWIN}` })]);
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

it('shows the last packets of a device at once, from before the page was opened', async () => {
  // Nothing but the health poll of each second is exchanged with it, and nobody looks.
  const opened = Date.now();
  const { page, complaints, close } = await openPage(browser, `${lab.origin}/#/device/1:9`);
  const row = page.locator('.packets tbody tr:not([aria-hidden])').first();
  await row.waitFor();
  await page.locator('.packets').focus();
  await page.keyboard.press('Home');
  const time = await row.locator('.c-time').innerText();
  const [hour, minute, second] = time.split(':').map(Number);
  expect(new Date(opened).setHours(hour!, minute, second, 0)).toBeLessThan(opened);
  await page.locator('.packet h2').waitFor();
  await page.locator('.packet pre').last().waitFor();
  expect(complaints).toEqual([]);
  await close();
});

it('shows a drive with two ways as one, and goes on when the one in use is lost', async () => {
  const topology = await openPage(browser, `${lab.origin}/#/topology`);
  const cards = topology.page.locator('a.card', { hasText: 'Twin drive' });
  await expect.poll(() => cards.count()).toBe(2);
  await topology.page.locator('a.card', { hasText: 'in use, of 2 ways' }).click();
  expect(topology.page.url()).toContain(`#/device/${UUID}`);
  const { page } = topology;
  const ways = page.locator('p.way');
  await expect
    .poll(() => ways.allInnerTexts())
    .toEqual([expect.stringMatching(/9.* in use$/), expect.stringMatching(/9.* ready$/)]);
  // Whichever was found first.
  const [lost, other] = (await ways.first().innerText()).includes('usb9') ? ['usb9', 'smbus9'] : ['smbus9', 'usb9'];
  const plot = page.locator('.plot-panel', { hasText: 'Composite temperature' });
  await plot.locator('canvas').waitFor();
  const before = await plot.locator('h2 a').innerText();
  lab.bench.hostPort(lost).unplug();
  await expect.poll(() => ways.first().innerText(), { timeout: 30_000 }).toContain(`bench:${other}`);
  // The same page goes on: its plot is that of the device, from before, too.
  await expect.poll(() => plot.locator('h2 a').innerText(), { timeout: 30_000 }).not.toBe(before);
  await page.locator('.badge', { hasText: 'there' }).waitFor();
  expect(page.url()).toContain(`#/device/${UUID}`);
  await page.goto(`${lab.origin}/#/events`);
  await page.locator('.events td', { hasText: 'going on by' }).first().waitFor();
  expect(topology.complaints).toEqual([]);
  await topology.close();
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
