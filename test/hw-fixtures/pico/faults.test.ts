/** Faults on real wires: `emulate` behind an emulated Pico misbehaves on its bus, and a host at the other end meets it. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SmbusLink } from '../../../bindings/smbus/smbus-link.js';
import { systemClock } from '../../../bindings/system-clock.js';
import type { EmulatedPico } from '../../../hw-fixtures/pico/emulator/pico.js';
import { servePico } from '../../../hw-fixtures/pico/emulator/serve-pico.js';
import { WirePort } from '../../../hw-fixtures/pico/emulator/wire-port.js';
import { ControlClient, GetEndpointID } from '../../../stack/control/index.js';
import { Mctp } from '../../../stack/mctp.js';
import { RunningVerb } from '../../support/in-process.js';
import { startedPico } from './support.js';

let folder: string;
let pico: EmulatedPico;
let stopServing: () => Promise<void>;
let host: Mctp;
let client: ControlClient;
let device: RunningVerb | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mctpkit-pico-'));
  pico = await startedPico();
  stopServing = await servePico(pico, join(folder, 'pico'));
  host = new Mctp({ clock: systemClock });
  host.addLink(new SmbusLink({ name: 'wire', port: new WirePort(pico.bus), clock: systemClock, ownAddress: 0x10 }));
  host.addAddress(8, 'wire');
  await host.open();
  client = new ControlClient({ transport: host, clock: systemClock });
});
afterEach(async () => {
  await device?.stop();
  device = undefined;
  client.close();
  await host.close();
  await stopServing();
  pico.stop();
  rmSync(folder, { recursive: true });
});

/** A device which behaves like that, asked once; what the host saw, and how long it took on the wire. */
async function asked(behaviour: string, options: { readonly retries?: number } = {}) {
  device = new RunningVerb(['emulate', '--link', `i2c:unix:${join(folder, 'pico')}?address=0x1d`, '-b', behaviour]);
  await device.line(/is on/);
  const began = pico.micros;
  const to = { eid: 0, link: 'wire', physicalAddress: '1d' };
  const outcome = await client.request(to, GetEndpointID, {}, { timeoutMs: 2000, retries: 0, ...options }).then(
    () => 'answered',
    (error: { readonly code?: string }) => error.code,
  );
  return { outcome, us: pico.micros - began, counters: host.links()[0]!.linkCounters };
}

it('refuses its address', async () => {
  expect(await asked('nackFirst(2)')).toMatchObject({ outcome: 'answered', counters: { rxPackets: 1 } });
  expect(host.links()[0]!.linkCounters.txRetries).toBeGreaterThan(0);
});

it('refuses a byte', async () => {
  expect(await asked('nackByte(4)')).toMatchObject({ outcome: 'answered', counters: { rxPackets: 1 } });
  expect(host.links()[0]!.linkCounters.txRetries).toBeGreaterThan(0);
});

it('stretches the clock', async () => {
  const { outcome, us, counters } = await asked('stretch(20)');
  expect({ outcome, counters }).toMatchObject({ outcome: 'answered', counters: { txRetries: 0, rxPackets: 1 } });
  expect(us).toBeGreaterThan(20_000);
});

it('holds the data line', async () => {
  const { outcome, counters } = await asked('holdData(5)');
  expect({ outcome, counters }).toMatchObject({ outcome: 'answered', counters: { rxPackets: 1 } });
  expect(counters.txRetries).toBeGreaterThan(0);
  expect(pico.bus.arbitrationLosses).toBeGreaterThan(0);
});

it('loses arbitration when it answers', async () => {
  const { outcome, counters } = await asked('loseArbitration(2)');
  expect({ outcome, counters }).toMatchObject({ outcome: 'answered', counters: { txRetries: 0, rxPackets: 1 } });
  expect(pico.bus.arbitrationLosses).toBe(2);
});

it('answers late', async () => {
  expect((await asked('lateReply(3000, 1)')).outcome).toBe('ETIMEDOUT');
});
