/**
 * The hardware tests without hardware: the real image in an emulated Pico is the adapter, a device of the bench is on its
 * wire, and a signal is its power switch. `npm run test:hil:emulated`; words behind it are for vitest.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SmbusLink } from '../../bindings/smbus/smbus-link.js';
import { systemClock } from '../../bindings/system-clock.js';
import { DEFAULT_BENCH, Device, deviceOptions, parseBench } from '../../hw-fixtures/index.js';
import { servePico } from '../../hw-fixtures/pico/emulator/serve-pico.js';
import { startedPico } from '../../hw-fixtures/pico/emulator/started-pico.js';
import { WirePort } from '../../hw-fixtures/pico/emulator/wire-port.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ADDRESS = 0x1d;
const OFF_MS = 100;

const folder = mkdtempSync(join(tmpdir(), 'mctpkit-hil-'));
const socket = join(folder, 'pico');
const pico = await startedPico();
const stopServing = await servePico(pico, socket);

const description = parseBench(DEFAULT_BENCH).devices.find(({ name }) => name === 'ssd')!;
const device = new Device({
  ...deviceOptions(description),
  clock: systemClock,
  port: {
    kind: 'link',
    create: () => new SmbusLink({ port: new WirePort(pico.bus), clock: systemClock, ownAddress: ADDRESS }),
  },
});
await device.powerOn();
process.on('SIGUSR2', () => {
  void device.powerOff().then(() => setTimeout(() => void device.powerOn(), OFF_MS));
});

const vitest = spawn(
  process.execPath,
  [
    join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--config',
    join(ROOT, 'vitest.hil.config.ts'),
    ...process.argv.slice(2),
  ],
  {
    cwd: ROOT,
    stdio: 'inherit',
    env: {
      ...process.env,
      MCTPKIT_HIL: `i2c:unix:${socket}?probe=0x${ADDRESS.toString(16)}&speed=400`,
      MCTPKIT_HIL_POWER: `kill -USR2 ${process.pid} && sleep 0.05`,
    },
  },
);
process.exitCode = await new Promise<number>((resolve) => {
  vitest.once('close', (code) => resolve(code ?? 1));
});
if (process.exitCode === 0 && device.counters.boots < 2) {
  console.error('no test has used the power switch');
  process.exitCode = 1;
}
await device.powerOff();
await stopServing();
pico.stop();
rmSync(folder, { recursive: true });
