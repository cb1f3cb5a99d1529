/** What devices and clients call themselves is text, whatever they write. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mctpkit, RunningVerb } from '../support/in-process.js';
import { AXE, openPage } from './browser.js';
import { type Lab, openLab } from './lab.js';
import { openBrowser } from './shared-browser.js';

const IMAGE = '<img src=x onerror=hacked=1>';
const SCRIPT = '</td><script>hacked=1</script>';
const HREF = 'javascript:hacked=1';

const BENCH = `
[wires.smbus0]
kind = "smbus"
speed = 400
host = 0x10
[devices.evil]
wire = "smbus0"
address = 0x1d
uuid = "7a1c5e10-4c2b-11ee-8d01-001b21000001"
files = true
[devices.evil.pldm]
entity = "GPU"
entityName = "${IMAGE}"
[[devices.evil.pldm.sensors]]
id = 1
name = "${SCRIPT}"
unit = "°C"
value = 20
[[devices.evil.pldm.fru]]
manufacturer = "${IMAGE}"
model = "${HREF}"
serialNumber = "${SCRIPT}"
[devices.evil.pldm.firmware]
version = "${IMAGE}"
iana = 412
components = [{ id = 1, version = "${SCRIPT}" }]
`;

let browser: Browser;
let lab: Lab;
beforeAll(async () => {
  [browser, lab] = await Promise.all([openBrowser(), openLab({ description: BENCH })]);
});
afterAll(async () => {
  await browser?.close();
  await lab?.close();
});

it.each([
  ['topology', [IMAGE]],
  ['sensors', [IMAGE, SCRIPT]],
  ['device/1:9', [IMAGE, SCRIPT, HREF]],
  ['firmware', [IMAGE]],
  ['packets', ['GetSensorReading']],
  [`packets/${encodeURIComponent(IMAGE)}`, ['no key']],
  [`sensors/${encodeURIComponent(IMAGE)}`, [SCRIPT]],
  [`device/${encodeURIComponent(IMAGE)}`, ['not known']],
  [`${encodeURIComponent(IMAGE)}`, [IMAGE]],
])('%s', async (path, texts) => {
  const { page, complaints, close } = await openPage(browser, `${lab.origin}/#/${path}`);
  for (const text of texts) await page.getByText(text).first().waitFor();
  await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
  await page.waitForTimeout(300);
  expect(await page.evaluate('typeof hacked')).toBe('undefined');
  expect(await page.locator('main img, main script').count()).toBe(0);
  expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
  expect(complaints).toEqual([]);
  await close();
});

it('the files of a device, too: shown as text or in hexadecimal, and kept as bytes', async () => {
  // Colours of a terminal, a letter which turns the line around, and a log which is cut off in the middle of a letter.
  const hostile = Buffer.concat([Buffer.from(`${IMAGE}${SCRIPT}\r\n\u001b[31m\u202egnp.exe\n`), Buffer.of(0xc3)]);
  const source = join(lab.folder, 'hostile.txt');
  writeFileSync(source, hostile);
  const put = ['file', '9', 'put', source, '/settings.txt', '--link', `shared:${lab.network}`];
  expect(await mctpkit(put, { realTime: true })).toMatchObject({ code: 0 });
  const { page, complaints, close } = await openPage(browser, `${lab.origin}/#/device/1:9`, { acceptDownloads: true });
  await page.locator('summary', { hasText: 'Files' }).click();
  await page.getByRole('button', { name: 'show /settings.txt' }).click();
  const viewer = page.locator('.file-viewer');
  await viewer.locator('pre', { hasText: IMAGE }).waitFor();
  expect(await viewer.locator('pre').textContent()).toBe(`${IMAGE}${SCRIPT}\n\u241b[31m\ufffdgnp.exe\n\ufffd`);
  await viewer.getByRole('button', { name: 'hexadecimal' }).click();
  await viewer.locator('pre', { hasText: '0000  3c 69 6d 67' }).waitFor();
  await page.getByRole('button', { name: 'show /logs/crash.bin' }).click();
  await viewer.getByText('20.0 kB').waitFor();
  await viewer.locator('pre', { hasText: /^0000 {2}/ }).waitFor();
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate('axe.run(document)')) as AxeResults;
  expect(violations.map(({ help, nodes }) => `${help}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'download /settings.txt' }).click();
  const download = await saved;
  expect(download.suggestedFilename()).toBe('settings.txt');
  const kept = join(lab.folder, 'kept.txt');
  await download.saveAs(kept);
  expect(readFileSync(kept).equals(hostile)).toBe(true);
  await viewer.getByText(`saved: ${hostile.length} B`).waitFor();
  expect(await page.evaluate('typeof hacked')).toBe('undefined');
  expect(complaints).toEqual([]);
  await close();
});

it('a client of the network, too', async () => {
  const { page, complaints, close } = await openPage(browser, `${lab.origin}/#/nodes`);
  const listener = new RunningVerb(['listen', '--link', `shared:${lab.network}`]);
  await page.locator('.nodes td', { hasText: 'mctpkit' }).first().waitFor();
  expect(complaints).toEqual([]);
  await listener.stop();
  await close();
});
