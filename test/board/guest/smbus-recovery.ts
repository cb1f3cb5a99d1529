// Runs inside the board: adapters, target backends and peers that go and come back under our SMBus link.

import { MctpError } from '../../../stack/errors.js';
import { Endpoint, TYPE, VIA } from './endpoint.js';
import { KernelEcho, kernelI2cLink, kernelNeighbour, kernelRequest, removeKernelI2cLink } from './kernel-peer.js';
import { counting, equal, outcome, type ReportsOf, runScenarios, until } from './scenarios.js';
import { adapterOfPort, addTarget, plug, removeTarget, setFault } from './sysfs.js';

const KERNEL = { bus: 0, address: 0x20, eid: 8 };
const OURS = { bus: 1, address: 0x10, eid: 9 };
/** A second endpoint of ours, which is silent when asked. */
const SILENT = { bus: 2, address: 0x1d, eid: 10 };

addTarget(OURS.bus, 'slave-mqueue', OURS.address);
addTarget(SILENT.bus, 'slave-mqueue', SILENT.address);
const link = kernelI2cLink(KERNEL.bus, KERNEL.address, KERNEL.eid);
kernelNeighbour(link, OURS.eid, '10');
const echo = await KernelEcho.start(TYPE);
const ours = await Endpoint.open({
  url: `i2c:${OURS.bus}?address=${OURS.address}${VIA}`,
  eid: OURS.eid,
  limits: { tagExpiryMs: 300 },
});
ours.know(KERNEL.eid, '20');
ours.know(SILENT.eid, '1d');
const silent = await Endpoint.open({
  url: `i2c:${SILENT.bus}?address=${SILENT.address}${VIA}`,
  eid: SILENT.eid,
  limits: { tagExpiryMs: 300 },
  echo: false,
});

const body = counting(300);
const states: string[] = [];
ours.mctp.on('linkUp', () => states.push('up'));
ours.mctp.on('linkDown', ({ reason }) => states.push(`down ${reason?.code}`));

async function talks(): Promise<boolean> {
  const { payload } = await ours.socket.request({ eid: KERNEL.eid }, body, { timeoutMs: 30_000 });
  const back = await kernelRequest(`${OURS.eid} ${TYPE} len=300`);
  return equal(payload, body) && typeof back !== 'string' && equal(back, body);
}

/** A request nobody will ever answer. */
function unanswered(timeoutMs = 15_000): Promise<unknown> {
  return ours.socket.request({ eid: SILENT.eid }, body, { type: TYPE, timeoutMs });
}

async function timed<T>(work: Promise<T>): Promise<{ result: T; ms: number }> {
  const started = performance.now();
  return { result: await work, ms: performance.now() - started };
}

/** Our adapter leaves by `leave` and returns; what became of requests, and of the link. */
async function goneAndBack(requests: number) {
  states.length = 0;
  const waiting = Array.from({ length: requests }, () => outcome(unanswered()));
  if (requests > 0) await until('the requests are out', () => ours.status.counters.txMessages >= requests);
  await plug('unplug', 1);
  const { result: codes, ms } = await timed(Promise.all(waiting));
  await until('the link is down', () => !ours.status.up);
  const { downReason } = ours.status;
  const refused = await timed(outcome(talks()));
  await plugBack(1);
  addTarget(OURS.bus, 'slave-mqueue', OURS.address);
  const { ms: backMs } = await timed(until('the link is up', () => ours.status.up));
  return { codes, ms, downReason, refused, backMs, states: [...states], talks: await talks() };
}

/** An adapter that somebody still has open would return under another number. */
async function plugBack(port: number): Promise<void> {
  await plug('plug', port);
  const adapter = adapterOfPort(port);
  if (adapter !== port) throw new Error(`port ${port} returned as i2c-${adapter}: the old one is still held open`);
}

const scenarios = {
  'the adapter is pulled while requests wait': () => goneAndBack(5),

  'the adapter is pulled while nothing happens': () => goneAndBack(0),

  'the adapter is pulled in the middle of a long message': async () => {
    states.length = 0;
    const packets = ours.status.counters.txPackets;
    const sending = outcome(ours.socket.request({ eid: KERNEL.eid }, counting(60_000), { timeoutMs: 8000 }));
    await until('it is under way', () => ours.status.counters.txPackets > packets + 50);
    await plug('unplug', 1);
    const code = await sending;
    await until('the link is down', () => !ours.status.up);
    await plugBack(1);
    addTarget(OURS.bus, 'slave-mqueue', OURS.address);
    await until('the link is up', () => ours.status.up);
    return { code, states: [...states], talks: await talks() };
  },

  'the target backend is removed and made again': async () => {
    states.length = 0;
    const waiting = outcome(unanswered());
    removeTarget(OURS.bus, OURS.address);
    const { result: code, ms } = await timed(waiting);
    addTarget(OURS.bus, 'slave-mqueue', OURS.address);
    await until('the link is up', () => ours.status.up);
    return { code, ms, states: [...states], talks: await talks() };
  },

  'the adapter comes and goes, again and again': async () => {
    states.length = 0;
    for (let round = 0; round < 4; round++) {
      await plug('unplug', 1);
      await until('the link is down', () => !ours.status.up);
      await plugBack(1);
      addTarget(OURS.bus, 'slave-mqueue', OURS.address);
      await until('the link is up', () => ours.status.up);
    }
    return { ups: states.filter((state) => state === 'up').length, talks: await talks() };
  },

  'the kernel endpoint is removed and made again': async () => {
    removeKernelI2cLink(KERNEL.bus, KERNEL.address);
    const code = await outcome(ours.socket.request({ eid: KERNEL.eid }, body));
    const again = kernelI2cLink(KERNEL.bus, KERNEL.address, KERNEL.eid);
    kernelNeighbour(again, OURS.eid, '10');
    return { code, up: ours.status.up, talks: await talks() };
  },

  'the bus is stuck for a while under many requests': async () => {
    setFault(OURS.bus, 'stuck', 2);
    const codes = await Promise.all(Array.from({ length: 12 }, () => outcome(talks())));
    setFault(OURS.bus, 'stuck', 0);
    return { codes: [...new Set(codes)], count: codes.length, talks: await talks() };
  },

  'a controller-only adapter says what it cannot do': async () => {
    const sender = await Endpoint.open({ url: 'i2c:3?address=0x12', eid: 12 });
    sender.know(OURS.eid, '10');
    const hints = sender.mctp.linkByName(sender.link).hints?.() ?? [];
    const request = sender.socket.request({ eid: OURS.eid }, body, { timeoutMs: 100 });
    const asked = await request.catch((error: MctpError) => error);
    const received = ours.status.counters.rxMessages;
    await plug('unplug', 3);
    await until('the link is down', () => !sender.status.up);
    await plugBack(3);
    await until('the link is up', () => sender.status.up);
    const sent = await outcome(sender.socket.send({ eid: OURS.eid }, body, { type: TYPE, reply: false }));
    await until('it is received', () => ours.status.counters.rxMessages > received);
    await sender.close();
    return { hints, asked: MctpError.is(asked) ? asked.code : 'answered', sent };
  },

  'closed, nothing is left': async () => {
    await ours.close();
    await silent.close();
    await echo.stop();
    return {};
  },
};

export type SmbusRecoveryReports = ReportsOf<typeof scenarios>;
await runScenarios(scenarios);
