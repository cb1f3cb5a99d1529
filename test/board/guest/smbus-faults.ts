// Runs inside the board: our SMBus link and the kernel's on a wire that misbehaves.

import { readFileSync } from 'node:fs';
import { NackError } from '../../../bindings/smbus/i2c-port.js';
import { MctpError } from '../../../stack/errors.js';
import type { RequestOptions } from '../../../stack/transport.js';
import { Endpoint, TYPE, VIA } from './endpoint.js';
import { KernelEcho, kernelI2cLink, kernelNeighbour, kernelRequest } from './kernel-peer.js';
import { counting, equal, type ReportsOf, runScenarios } from './scenarios.js';
import { addTarget, setFault } from './sysfs.js';

const KERNEL = { bus: 0, address: 0x20, eid: 8 };
const OURS = { bus: 1, address: 0x10, eid: 9 };
/** The first try and PN1 more. */
const TRIES = 9;
/** What the i2c core itself makes of one of them when arbitration is lost. */
const CORE_TRIES = 4;

addTarget(OURS.bus, 'slave-mqueue', OURS.address);
const link = kernelI2cLink(KERNEL.bus, KERNEL.address, KERNEL.eid);
kernelNeighbour(link, OURS.eid, '10');
const echo = await KernelEcho.start(TYPE);
const ours = await Endpoint.open({
  url: `i2c:${OURS.bus}?address=${OURS.address}${VIA}`,
  eid: OURS.eid,
  // the tag of a request that was repeated rests: not for long here, or all eight would
  limits: { tagExpiryMs: 300 },
});
ours.know(KERNEL.eid, '20');

const body = counting(40);
const statistic = (name: string): number => Number(readFileSync(`/sys/class/net/${link}/statistics/${name}`, 'utf8'));

/** A request to the kernel: `ok`, or the code and message of its error. */
async function ask(options: RequestOptions = {}, length = body.length) {
  const started = performance.now();
  const sent = body.subarray(0, length);
  const finish = (code: string, message = '') => ({ code, message, ms: performance.now() - started });
  try {
    const { payload } = await ours.socket.request({ eid: KERNEL.eid }, sent, { timeoutMs: 1000, ...options });
    return finish(equal(payload, sent) ? 'ok' : 'wrong answer');
  } catch (error) {
    if (!MctpError.is(error)) throw error;
    return finish(error instanceof NackError ? `${error.code} ${error.phase}` : error.code, error.message);
  }
}

/** How much some counters of our link grew during the work. */
async function grown<T extends object>(names: readonly string[], work: () => Promise<T>) {
  const before = names.map((name) => ours.counter(name));
  const result = await work();
  const counters = Object.fromEntries(names.map((name, index) => [name, ours.counter(name) - before[index]!]));
  return { ...result, counters };
}

const withPort = (port: number, fault: string, count: number, byte?: number): void => {
  if (byte !== undefined) setFault(port, `${fault}_byte`, byte);
  setFault(port, fault, count);
};

const scenarios = {
  'wrong PEC from the kernel': () =>
    grown(['rxPecErrors'], async () => {
      withPort(KERNEL.bus, 'inject_flip', 1, -1);
      const asked = await ask({ timeoutMs: 200, retries: 1 });
      withPort(KERNEL.bus, 'inject_flip', 1, -1);
      const kernelAsked = await kernelRequest(`${OURS.eid} ${TYPE} 0102 --timeout 200`);
      const again = await kernelRequest(`${OURS.eid} ${TYPE} 0102`);
      return { asked, kernelAsked, again: typeof again === 'string' ? again : [...again] };
    }),

  'wrong PEC from us': async () => {
    const before = statistic('rx_crc_errors');
    withPort(OURS.bus, 'inject_flip', 1, -1);
    const asked = await ask({ timeoutMs: 200, retries: 1 });
    return { asked, kernelCounted: statistic('rx_crc_errors') - before };
  },

  'every byte of a frame turned over once': async () => {
    const wrong: number[] = [];
    // command, count, source address, 4 bytes of header, type, body, PEC
    for (let byte = 0; byte < 4 + 4 + 1 + 2; byte++) {
      withPort(OURS.bus, 'inject_flip', 1, byte);
      const { code } = await ask({ timeoutMs: 100, retries: 1 }, 2);
      withPort(KERNEL.bus, 'inject_flip', 1, byte);
      const back = await ask({ timeoutMs: 100, retries: 1 }, 2);
      if (code !== 'ok' || back.code !== 'ok') wrong.push(byte);
    }
    return { wrong };
  },

  'not acknowledged three times': () =>
    grown(['txRetries', 'txNackAddress'], async () => {
      withPort(OURS.bus, 'inject_nack', 3);
      return ask();
    }),

  'not acknowledged any more': () =>
    grown(['txRetries', 'txNackAddress'], async () => {
      withPort(OURS.bus, 'inject_nack', TRIES);
      const first = await ask();
      return { ...first, next: (await ask()).code };
    }),

  'nobody at the address': () =>
    grown(['txRetries', 'txNackAddress'], async () => {
      const to = { eid: 0, link: ours.link, physicalAddress: '55' };
      const started = performance.now();
      const error = await ours.socket.request(to, body, { type: TYPE }).catch((reason: MctpError) => reason);
      return { error: MctpError.is(error) ? [error.code, error.message] : [], ms: performance.now() - started };
    }),

  'a byte refused twice': () =>
    grown(['txRetries', 'txNackData'], async () => {
      withPort(OURS.bus, 'inject_data_nack', 2, 3);
      return ask();
    }),

  'a byte refused every time': () =>
    grown(['txRetries', 'txNackData'], async () => {
      withPort(OURS.bus, 'inject_data_nack', TRIES, 3);
      return ask();
    }),

  'arbitration lost, then won': () =>
    grown(['txRetries', 'txArbitration'], async () => {
      withPort(OURS.bus, 'inject_arb', 2 * CORE_TRIES);
      return ask();
    }),

  'arbitration always lost': () =>
    grown(['txRetries', 'txArbitration'], async () => {
      withPort(OURS.bus, 'inject_arb', TRIES * CORE_TRIES);
      const first = await ask();
      return { ...first, next: (await ask()).code };
    }),

  'clock held low': () =>
    grown(['txTimeouts', 'txRetries'], async () => {
      setFault(OURS.bus, 'stuck', 1);
      const first = await ask();
      setFault(OURS.bus, 'stuck', 0);
      return { ...first, next: (await ask()).code };
    }),

  'data line held low': () =>
    grown(['txBusStuck', 'txRetries'], async () => {
      setFault(OURS.bus, 'stuck', 2);
      const waiting = [ask(), ask(), ask()];
      const codes = (await Promise.all(waiting)).map(({ code, message }) => ({ code, message }));
      setFault(OURS.bus, 'stuck', 0);
      return { codes, next: (await ask()).code, up: ours.status.up };
    }),

  'faults while a long message is under way': async () => {
    const long = counting(20_000);
    const asking = ours.socket.request({ eid: KERNEL.eid }, long, { timeoutMs: 8000 });
    withPort(OURS.bus, 'inject_nack', 2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    withPort(OURS.bus, 'inject_data_nack', 2, 3);
    const { payload } = await asking;
    return { right: equal(payload, long) };
  },

  'the kernel meets NACKs': async () => {
    // mctp-i2c gives up at once: its own request and its answer are lost, and we are asked, or ask, again
    withPort(KERNEL.bus, 'inject_nack', 1);
    const lost = await kernelRequest(`${OURS.eid} ${TYPE} 0102 --timeout 100`);
    const next = await kernelRequest(`${OURS.eid} ${TYPE} 0102`);
    withPort(KERNEL.bus, 'inject_nack', 1);
    return {
      lost,
      next: typeof next === 'string' ? next : [...next],
      asked: await ask({ timeoutMs: 200, retries: 1 }),
    };
  },
};

export type SmbusFaultReports = ReportsOf<typeof scenarios>;
await runScenarios(scenarios);
await ours.close();
await echo.stop();
