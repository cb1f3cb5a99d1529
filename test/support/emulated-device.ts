/** A device of a bench file on the other end of a null-modem cable from the command under test: a process, or a verb on virtual time. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VirtualClock } from '../../stack/clock.js';
import { Cable } from './cable.js';
import { RunningCommand } from './cli.js';
import { RunningVerb } from './in-process.js';
import { nullModem } from './null-modem.js';

export interface EmulatedDevice {
  /** Where it is, for us. */
  readonly link: string;
  readonly command: RunningCommand;
  close(): Promise<void>;
}

/** `bench` is TOML that names at least the device "dev". */
export async function emulatedDevice(bench: string, options: readonly string[] = []): Promise<EmulatedDevice> {
  const folder = mkdtempSync(join(tmpdir(), 'mctpkit-emulated-'));
  const file = join(folder, 'bench.toml');
  writeFileSync(file, bench);
  const cable = await nullModem();
  const link = `serial:${cable.ends[1]}`;
  const command = new RunningCommand(['emulate', '-l', link, '-B', file, '-d', 'dev', '--json', ...options]);
  await command.line(/"event":"started"/);
  return {
    link: `serial:${cable.ends[0]}`,
    command,
    close: async () => {
      command.child.kill('SIGKILL');
      await command.finished;
      await cable.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface VirtualDevice {
  readonly link: string;
  readonly verb: RunningVerb;
  readonly cable: Cable;
  close(): Promise<void>;
}

/** The same in this process, in the test's own time. */
export async function virtualDevice(
  clock: VirtualClock,
  bench: string,
  options: readonly string[] = [],
): Promise<VirtualDevice> {
  const folder = mkdtempSync(join(tmpdir(), 'mctpkit-emulated-'));
  const file = join(folder, 'bench.toml');
  writeFileSync(file, bench);
  const cable = new Cable(clock);
  const verb = new RunningVerb(['emulate', '-l', cable.far, '-B', file, '-d', 'dev', '--json', ...options], { clock });
  await verb.line(/"event":"started"/);
  return {
    link: cable.near,
    verb,
    cable,
    close: async () => {
      await cable.end();
      await verb.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A device "dev" that can be updated: lines of its firmware table. */
export function updatable(...firmware: readonly string[]): string {
  return [
    '[wires.uart]',
    'kind = "serial"',
    'host = true',
    '[devices.dev]',
    'wire = "uart"',
    'uuid = "7a1c5e10-4c2b-11ee-8d07-001b21000099"',
    '[devices.dev.pldm]',
    '[devices.dev.pldm.firmware]',
    'version = "1.0"',
    'iana = 412',
    ...firmware,
    '',
  ].join('\n');
}
