/**
 * What the web page costs: memory of the server process with all of it (`npm run bench:page`), how long the first view takes,
 * and what a core has to do for a page on which 2000 sensors move. MCTPKIT_PAGE_SECONDS says for how long the server is looked at
 * with a page open (180). Exit code 1 where a figure is not what it should be. Needs Chromium, and what `npm run build` builds.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { openPage } from '../../browser/browser.js';
import { chromiumOptions } from '../../browser/chromium-program.js';

const SECONDS = Number(process.env.MCTPKIT_PAGE_SECONDS ?? 180);
const MOST_RSS_MB = 150;
const MOST_FIRST_VIEW_MS = 1_000;
const MOST_SHARE = 0.1;
/** How long a page with many sensors is looked at. */
const LOOK_MS = 20_000;

const faults: string[] = [];
const folder = mkdtempSync(join(tmpdir(), 'mctpkit-page-'));

function told(good: boolean, what: string): void {
  if (!good) faults.push(what);
  console.log(`${good ? 'good' : 'BAD '}  ${what}`);
}

interface Running {
  readonly process: ChildProcess;
  readonly origin: string;
}

/** A program which says its address in one of its lines. */
async function started(args: readonly string[]): Promise<Running> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout! })) {
    const origin = /https?:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (origin === undefined) continue;
    child.stdout!.resume();
    return { process: child, origin };
  }
  throw new Error(`${args.join(' ')} ended`);
}

async function stopped({ process: child }: Running): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

interface Memory {
  readonly rss: number;
  readonly anonymous: number;
}

/** MB, as Linux counts them. */
function memoryOf({ process: { pid } }: Running): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string): number => (1024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])) / 1e6;
  return { rss: of('VmRSS'), anonymous: of('RssAnon') };
}

/** Seconds of the processor which it has had. */
function cpuOf({ process: { pid } }: Running): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The greatest of samples of that many seconds. */
async function watchedMemory(running: Running, seconds: number, what: string): Promise<void> {
  let most: Memory = { rss: 0, anonymous: 0 };
  for (let second = 0; second < seconds; second++) {
    await pause(1000);
    const now = memoryOf(running);
    if (now.rss > most.rss) most = now;
  }
  const last = memoryOf(running);
  const words = `at most ${most.rss.toFixed(0)} MB (${most.anonymous.toFixed(0)} MB of its own), ${last.rss.toFixed(0)} MB at the end`;
  told(most.rss <= MOST_RSS_MB, `memory ${what}: ${words}`);
}

async function firstView(page: Page, first: string): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 5; n++) {
    await page.reload();
    await page.locator(first).first().waitFor();
    times.push((await page.evaluate('performance.now()')) as number);
  }
  return times.sort((a, b) => a - b)[2]!;
}

async function memory(browser: Browser): Promise<void> {
  const command = fileURLToPath(new URL('../../../../dist/tools/mctpkit.js', import.meta.url));
  const config = join(folder, 'mctpkit.toml');
  const history = JSON.stringify(join(folder, 'history.db'));
  writeFileSync(
    config,
    `[links.bench]\nurl = "bench:"\n[bus-owner]\n[serve.lab]\n[web]\nhttp = "127.0.0.1:0"\n[watch]\nhistory = ${history}\n`,
  );
  const server = await started([command, 'serve', '--config', config, '--dir', folder]);
  await watchedMemory(server, 20, 'of the server which watches and records, in its first 20 s');
  const { page, complaints, close } = await openPage(browser, `${server.origin}/#/topology`);
  await page.locator('a.card').first().waitFor();
  const ms = await firstView(page, 'a.card');
  told(ms <= MOST_FIRST_VIEW_MS, `first view of the bench: ${ms.toFixed(0)} ms`);
  await page.goto(`${server.origin}/#/packets`);
  await page.locator('tbody tr').first().waitFor();
  const [cpu, began] = [cpuOf(server), performance.now()];
  await watchedMemory(server, SECONDS, `with a page open on packets for ${SECONDS} s`);
  const share = (cpuOf(server) - cpu) / ((performance.now() - began) / 1000);
  console.log(`      the server took ${(100 * share).toFixed(1)} % of a core for it`);
  await page.goto(`${server.origin}/#/sensors`);
  await watchedMemory(server, 10, 'with the page on sensors after that');
  told(complaints.length === 0, `complaints of the page: ${complaints.length}`);
  await close();
  await stopped(server);
}

async function crowd(browser: Browser): Promise<void> {
  const server = await started([fileURLToPath(new URL('crowd-server.js', import.meta.url))]);
  for (const [path, first] of [
    ['topology', 'a.card'],
    ['sensors', '.sensors tbody tr:not([aria-hidden])'],
  ] as const) {
    const { page, close } = await openPage(browser, `${server.origin}/#/${path}`);
    await page.locator(first).first().waitFor();
    const ms = await firstView(page, first);
    told(ms <= MOST_FIRST_VIEW_MS, `first view of ${path}, 200 endpoints and 2000 sensors: ${ms.toFixed(0)} ms`);
    const session = await page.context().newCDPSession(page);
    // Time of the processor which the page's thread had, not how long its tasks took: other programs run, too.
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    const busy = async (): Promise<number> =>
      (await session.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration')!.value;
    const wholeSession = await browser.newBrowserCDPSession();
    const whole = async (): Promise<number> =>
      (await wholeSession.send('SystemInfo.getProcessInfo')).processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
    await pause(2_000);
    const [before, wholeBefore, cpu] = [await busy(), await whole(), cpuOf(server)];
    const began = performance.now();
    await pause(LOOK_MS);
    const share = (seconds: number): number => (1000 * seconds) / (performance.now() - began);
    const inPage = share((await busy()) - before);
    const percents = [inPage, share((await whole()) - wholeBefore), share(cpuOf(server) - cpu)];
    const [thread, chromium, serving] = percents.map((part) => `${(100 * part).toFixed(1)} %`);
    const words = `10 updates a second on ${path}: ${thread} of a core in the page, ${chromium} in all of Chromium, ${serving} in the server`;
    told(inPage <= MOST_SHARE, words);
    await close();
  }
  await stopped(server);
}

const browser = await chromium.launch(chromiumOptions());
try {
  await memory(browser);
  await crowd(browser);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}
process.exitCode = faults.length > 0 ? 1 : 0;
