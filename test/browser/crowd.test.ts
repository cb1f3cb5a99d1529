/** 200 endpoints and 2000 sensors which all move: the page stays smooth, and its first view is there at once. */

import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPage } from './browser.js';
import { type Crowd, ENDPOINTS, openCrowd, SENSORS_EACH } from './crowd.js';
import { openBrowser } from './shared-browser.js';

/** Generous: machines which test do other things, too. Measured alone it is a tenth of it (docs/web.md). */
const MOST_SHARE = 0.6;
const FIRST_VIEW_MS = 3_000;
const WATCHED_MS = 3_000;

let browser: Browser;
let crowd: Crowd;
beforeAll(async () => {
  [browser, crowd] = await Promise.all([openBrowser(), openCrowd()]);
});
afterAll(async () => {
  await browser?.close();
  crowd?.close();
});

async function busySeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'TaskDuration')!.value;
}

/** The share of the time in which the page has something to do. */
async function shareOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const before = await busySeconds(session);
  await page.waitForTimeout(WATCHED_MS);
  return (1000 * ((await busySeconds(session)) - before)) / WATCHED_MS;
}

it.each([
  ['topology', 'a.card'],
  ['sensors', '.sensors tbody tr:not([aria-hidden])'],
])('%s is there at once, and has time left', async (path, first) => {
  const { page, complaints, close } = await openPage(browser, `${crowd.origin}/#/${path}`);
  const firstViews: number[] = [];
  // The best of several: what else a machine does only makes it longer.
  for (let n = 0; n < 3; n++) {
    await page.reload();
    await page.locator(first).first().waitFor();
    firstViews.push((await page.evaluate('performance.now()')) as number);
  }
  const firstView = Math.min(...firstViews);
  await page.waitForTimeout(1_000);
  const share = await shareOf(page);
  console.log(
    `${path}: first view after ${firstView.toFixed(0)} ms, busy for ${(100 * share).toFixed(1)} % of the time`,
  );
  expect(firstView).toBeLessThan(FIRST_VIEW_MS);
  expect(share).toBeLessThan(MOST_SHARE);
  expect(complaints).toEqual([]);
  await close();
});

it('shows all endpoints, and of the sensors only the rows in sight', async () => {
  const { page, close } = await openPage(browser, `${crowd.origin}/#/topology`);
  await page
    .locator('a.card')
    .nth(ENDPOINTS - 1)
    .waitFor();
  expect(await page.locator('a.card').count()).toBe(ENDPOINTS);
  await page.keyboard.press('2');
  await page
    .getByText(`${ENDPOINTS * SENSORS_EACH} sensors`)
    .first()
    .waitFor();
  const rows = page.locator('.sensors tbody tr:not([aria-hidden])');
  expect(await rows.count()).toBeLessThan(60);
  await page.evaluate('document.querySelector(".sensors").scrollTop = 1e6');
  await rows
    .last()
    .locator('td', { hasText: String(108) })
    .waitFor();
  expect(await rows.last().getAttribute('aria-rowindex')).toBe(String(ENDPOINTS * SENSORS_EACH + 1));
  await close();
});
