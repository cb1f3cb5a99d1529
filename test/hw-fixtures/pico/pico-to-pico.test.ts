/** Two Picos on one wire: one is the adapter of a bus owner, the other that of an emulated device. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { servePico } from '../../../hw-fixtures/pico/emulator/serve-pico.js';
import { mctpkit, RunningVerb } from '../../support/in-process.js';
import { startedPico } from './support.js';

it('discovers, through one Pico, the device which is emulated through the other', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mctpkit-picos-'));
  const owner = await startedPico();
  const device = await startedPico(owner);
  const stops = [await servePico(owner, join(folder, 'owner')), await servePico(device, join(folder, 'device'))];
  const emulated = new RunningVerb(['emulate', '--link', `i2c:unix:${join(folder, 'device')}?address=0x1d&speed=400`]);
  await emulated.line(/is on/);
  const link = `i2c:unix:${join(folder, 'owner')}`;
  const found = await mctpkit(['discover', '--link', `${link}?probe=0x1d,0x1e&speed=400`, '--json']);
  const ping = await mctpkit([
    'ping',
    '--link',
    `${link}?probe=0x1d&speed=400`,
    `${link}/0x1d`,
    '-c',
    '5',
    '-i',
    '50ms',
    '-W',
    '30s',
  ]);
  await emulated.stop();
  for (const stop of stops) await stop();
  owner.stop();
  device.stop();
  rmSync(folder, { recursive: true });
  expect(found).toMatchObject({ code: 0, stderr: '' });
  expect(found.stdout).toContain('7a1c5e10-4c2b-11ee-8d01-001b21000001');
  expect(ping.stdout).toContain('5 sent, 5 received, 0% loss');
});
