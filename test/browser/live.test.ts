/** What happens on the wires is seen on the page, and what somebody with the token does there happens on the wires. */

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageFor } from '../support/firmware-package.js';
import { mctpkit, RunningVerb } from '../support/in-process.js';
import { openPage, type WatchedPage } from './browser.js';
import { type Lab, openLab } from './lab.js';
import { openBrowser } from './shared-browser.js';

let browser: Browser;
let lab: Lab;
beforeAll(async () => {
  [browser, lab] = await Promise.all([openBrowser(), openLab()]);
});
afterAll(async () => {
  await browser?.close();
  await lab?.close();
});

const open = (path: string): Promise<WatchedPage> => openPage(browser, `${lab.origin}/#/${path}`);

describe('a device', () => {
  it('which is pulled out falls silent and is gone, and is there again when it is plugged in', async () => {
    const [topology, device, events] = await Promise.all([open('topology'), open('device/1:10'), open('events')]);
    const card = topology.page.locator('a.card', { hasText: 'Ethernet adapter' });
    await card.waitFor();
    await device.page.locator('.badge', { hasText: 'there' }).waitFor();
    // Nothing is being asked any more of what will be gone.
    await device.page.getByText('NX-200').waitFor();
    await device.page.getByRole('columnheader', { name: 'activation' }).waitFor();
    await lab.bench.device('nic').powerOff();
    await card.and(topology.page.locator('[data-state="degraded"]')).waitFor();
    await device.page.locator('.badge', { hasText: 'silent for' }).waitFor();
    await card.and(topology.page.locator('[data-state="gone"]')).waitFor();
    await device.page.locator('.badge', { hasText: 'gone for' }).waitFor();
    expect(await topology.page.locator('.summary').innerText()).toContain('1 gone');
    await lab.bench.device('nic').powerOn();
    await card.and(topology.page.locator('[data-state="available"]')).waitFor();
    await device.page.locator('.badge', { hasText: 'there' }).waitFor();
    await device.page.getByText('NX-200').waitFor();
    const kinds = await events.page.locator('.events td.c-kind').allInnerTexts();
    expect(kinds.filter((kind) => ['degraded', 'vanished', 'appeared'].includes(kind)).slice(-3)).toEqual([
      'degraded',
      'vanished',
      'appeared',
    ]);
    for (const watched of [topology, device, events]) {
      expect(watched.complaints).toEqual([]);
      await watched.close();
    }
  });

  it('whose link is away while its page reads it shows why, and reads it by itself when it is back', async () => {
    const { page, complaints, close } = await open('device/1:10');
    const tree = page.locator('details', { has: page.getByRole('heading', { name: 'PDR tree' }) });
    await tree.waitFor();
    lab.bench.hostPort('smbus0').unplug();
    await page.locator('.badge', { hasText: 'silent for' }).waitFor();
    await tree.locator('summary').first().click();
    await tree.locator('.problem', { hasText: 'link bench:smbus0 is down' }).waitFor();
    // What was read before stays.
    await page.getByText('NX-200').waitFor();
    lab.bench.hostPort('smbus0').replug();
    await tree.getByText('Port 0 module').waitFor();
    expect(complaints.filter((text) => !text.includes('422'))).toEqual([]);
    await close();
  });

  it('has values which move, and a plot of them', async () => {
    const { page, complaints, close } = await open('sensors');
    const value = page.locator('tr', { hasText: 'Fan speed' }).locator('.c-value');
    await value.waitFor();
    const first = await value.innerText();
    await expect.poll(() => value.innerText(), { timeout: 30_000 }).not.toBe(first);
    await page.locator('td', { hasText: 'Die temperature' }).first().click();
    await page.getByRole('img', { name: 'Die temperature of EID 13 over time' }).locator('canvas').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('a server which is away', () => {
  it('leaves what is known to a view which is chosen while it is away', async () => {
    const { page, close } = await open('sensors');
    await page.locator('tr', { hasText: 'Fan speed' }).waitFor();
    await lab.restart(async () => {
      await page.locator('.live[data-state="lost"]').waitFor();
      await page.keyboard.press('1');
      await page.locator('a.card', { hasText: 'Fan controller' }).waitFor();
      expect(await page.locator('.ourselves').innerText()).toMatch(/^mctpkit .* - EID 8, serves lab$/);
    });
    await page.locator('.live[data-state="live"]').waitFor();
    await page.locator('a.card', { hasText: 'Fan controller' }).waitFor();
    await close();
  });
});

describe('packets', () => {
  it('are filtered, chosen by the keyboard, shown in full, and paused', async () => {
    const { page, complaints, close } = await open('packets');
    await page.locator('.packets td.c-text', { hasText: 'GetSensorReading' }).first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('eid=9 command=GetSensorReading kind=response');
    const texts = page.locator('.packets tbody tr:not([aria-hidden]) td.c-text');
    await expect
      .poll(
        async () => {
          const all = await texts.allInnerTexts();
          return all.length > 2 && all.every((text) => text.startsWith('GetSensorReading response'));
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    await page.keyboard.press('Escape');
    await page.keyboard.press('p');
    await page.getByRole('button', { name: 'go on' }).waitFor();
    await page.locator('.packets').focus();
    await page.keyboard.press('Home');
    await page.locator('.packet pre.fields', { hasText: 'presentReading' }).waitFor();
    const before = await page.locator('.count').innerText();
    expect(before).toMatch(/^paused, \d+ packets/);
    await page.locator('#packet-filter').fill('eit=9');
    await page.getByText('no key "eit" (did you mean eid?)').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});

describe('nodes', () => {
  it('are there while their processes are, and can be ended by who has the token', async () => {
    const { page, complaints, close } = await open('nodes');
    const listener = new RunningVerb(['listen', '0x7e', '--link', `shared:${lab.network}`]);
    await page.locator('.nodes td', { hasText: 'mctpkit' }).first().click();
    await page.getByRole('button', { name: 'end the node' }).click();
    const token = page.getByLabel('Token', { exact: true });
    await token.fill('a wrong token, of course');
    await page.getByRole('button', { name: 'use it' }).click();
    await page.getByText('the token is wrong').waitFor();
    await token.fill(lab.token);
    await page.getByRole('button', { name: 'use it' }).click();
    await page.getByText('node 1 of lab was ended').waitFor({ state: 'attached' });
    await listener.stop();
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
    await close();
  });
});

describe('firmware', () => {
  it('is updated from the page, with progress', async () => {
    const path = await packageFor(lab.folder, 'mcu', [3000]);
    const { page, complaints, close } = await open('firmware');
    await page.evaluate(`sessionStorage.setItem('mctpkit-token', '${lab.token}')`);
    await page.getByLabel('Firmware package').setInputFiles(path);
    await page.getByRole('button', { name: 'look at it' }).click();
    const plan = page.locator('.plan');
    await plan.getByText('firmware 1: 2.4.1 to 2.0').waitFor();
    await page.getByRole('button', { name: 'update these devices' }).click();
    await page.locator('.update .badge', { hasText: /downloading|verifying|applying/ }).waitFor();
    await page.locator('.update .badge', { hasText: 'updated' }).waitFor();
    await page.getByText('firmware 1: 2.4.1 to 2.0, updated').waitFor();
    expect(complaints).toEqual([]);
    await close();
    const { stdout } = await mctpkit(['fw', 'inventory', '12', '--link', `shared:${lab.network}`, '--json'], {
      realTime: true,
    });
    expect(stdout).toContain('"activeCompImageSetVersionString": "2.0"');
  });

  it('is offered again when the server ended in the middle of it, and goes on; pages come back by themselves', async () => {
    const path = await packageFor(lab.folder, 'mcu', [20_000]);
    const [topology, { page, close }] = await Promise.all([open('topology'), open('firmware')]);
    const shows = (state: string) => topology.page.locator(`.live[data-state="${state}"]`).waitFor();
    await shows('live');
    await page.evaluate(`sessionStorage.setItem('mctpkit-token', '${lab.token}')`);
    await page.getByLabel('Firmware package').setInputFiles(path);
    await page.getByLabel('also what is the same or older').check();
    await page.getByRole('button', { name: 'look at it' }).click();
    await page.getByRole('button', { name: 'update these devices' }).click();
    await page.locator('.update', { hasText: '20.0 kB' }).locator('.badge', { hasText: 'downloading' }).waitFor();
    await lab.restart(() => shows('lost'));
    await shows('live');
    await topology.page.locator('a.card').first().waitFor();
    await topology.close();
    const card = page.locator('.update', { has: page.locator('.badge', { hasText: 'interrupted' }) });
    await card.getByText('the server ended while it ran: component 0 was under way').waitFor();
    expect(await page.locator('.summary').innerText()).toContain('1 update interrupted');
    await page.locator('h3', { hasText: 'EID 12 Fan controller' }).waitFor();
    await card.getByRole('button', { name: 'go on' }).click();
    await page.locator('.update .badge', { hasText: 'updated' }).waitFor();
    await close();
  });

  it('is refused when it is not a package', async () => {
    const { page, close } = await open('firmware');
    await page.evaluate(`sessionStorage.setItem('mctpkit-token', '${lab.token}')`);
    await page
      .getByLabel('Firmware package')
      .setInputFiles({ name: 'x.pldm', mimeType: '', buffer: Buffer.from('nonsense') });
    await page.getByRole('button', { name: 'look at it' }).click();
    await page.locator('.problem', { hasText: /package/ }).waitFor();
    await close();
  });
});
