/**
 * Pictures of the web page of `mctpkit serve --http` on the virtual bench, in Chromium: `npm run docs:screenshots` writes
 * docs/pictures/page-*.png.
 */

import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { openPage } from '../test/browser/browser.js';
import { chromiumOptions } from '../test/browser/chromium-program.js';
import { openLab } from '../test/browser/lab.js';

const FOLDER = fileURLToPath(new URL('pictures/', import.meta.url));

interface Screenshot {
  readonly name: string;
  readonly path: string;
  readonly colorScheme: 'dark' | 'light';
  readonly width: number;
  readonly height: number;
  /** Of something that is clicked first. */
  readonly click?: string;
  /** Until there is something to see in plots; ms. */
  readonly after: number;
}

const SCREENSHOTS: readonly Screenshot[] = [
  { name: 'topology', path: 'topology', colorScheme: 'dark', width: 1080, height: 560, after: 4_000 },
  { name: 'device', path: 'device/1:10', colorScheme: 'dark', width: 1080, height: 960, after: 20_000 },
  { name: 'sensors', path: 'sensors', colorScheme: 'light', width: 1080, height: 640, click: 'Inlet', after: 4_000 },
  {
    name: 'packets',
    path: 'packets',
    colorScheme: 'dark',
    width: 1080,
    height: 640,
    click: 'sensorDataSize',
    after: 3_000,
  },
  { name: 'phone', path: 'topology', colorScheme: 'light', width: 390, height: 720, after: 3_000 },
];

const [browser, lab] = await Promise.all([chromium.launch(chromiumOptions()), openLab()]);
try {
  for (const { name, path, colorScheme, width, height, click, after } of SCREENSHOTS) {
    const options = { colorScheme, viewport: { width, height } };
    const { page, close } = await openPage(browser, `${lab.origin}/#/${path}`, options);
    await page.waitForTimeout(after);
    if (click !== undefined) {
      await page.locator('tbody tr', { hasText: click }).last().click();
      await page.waitForTimeout(1_000);
    }
    await page.screenshot({ path: `${FOLDER}page-${name}.png` });
    await close();
    console.log(`page-${name}.png`);
  }
} finally {
  await browser.close();
  await lab.close();
}
