/** The files that a device of the bench offers by PLDM file transfer: logs, a crash dump, telemetry, settings to write. */

import { FileHost } from '../../../pldm/file/file-host.js';
import { type FileStorage, MemoryFile } from '../../../pldm/file/file-storage.js';
import type { HostedFile } from '../../../pldm/file/hosted-file.js';
import { PldmTerminus } from '../../../pldm/terminus/terminus-responder.js';
import type { Clock } from '../../../stack/clock.js';
import { MESSAGE_TYPE } from '../../../stack/ids.js';
import type { DeviceApp } from '../device/device.js';
import { PLDM_OVER_MCTP, type PldmExtension } from './pldm-app.js';

const CRASH_BYTES = 20_000;
const SETTINGS_BYTES = 4096;
const SETTINGS = '# settings of this device\nfan.mode = auto\nfan.minimum = 30\n';

/** What outlives a reset. */
export interface BenchFileState {
  readonly crash: MemoryFile;
  readonly settings: MemoryFile;
}

export function benchFileState(): BenchFileState {
  return { crash: new MemoryFile(crashDump()), settings: new MemoryFile(ascii(SETTINGS)) };
}

/** Files of one boot of a device. */
export function benchFiles(name: string, clock: Clock, { crash, settings }: BenchFileState): HostedFile[] {
  const boot = new MemoryFile(bootLog(name), { readOnly: true });
  const telemetry = new TelemetryFile(clock);
  const { maximumSize } = telemetry;
  return [
    { identifier: 1, name: 'logs' },
    { identifier: 2, name: 'boot.log', directory: 1, classification: 'bootLog', storage: boot },
    {
      identifier: 3,
      name: 'crash.bin',
      directory: 1,
      classification: 'crashDump',
      storage: crash,
      maximumSize: CRASH_BYTES,
      zeroLength: true,
    },
    { identifier: 4, name: 'telemetry.csv', classification: 'telemetryDataFile', storage: telemetry, maximumSize },
    { identifier: 5, name: 'settings.txt', storage: settings, maximumSize: SETTINGS_BYTES, zeroLength: true },
  ];
}

/** These files for a terminus that has more. */
export function filesExtension(): PldmExtension {
  const state = benchFileState();
  return (terminus, _description, { name, clock }) => {
    const host = new FileHost(terminus, { files: benchFiles(name, clock, state) });
    return () => host.close();
  };
}

/** A terminus with these files and nothing else. */
export function filesApp(): DeviceApp {
  const state = benchFileState();
  return ({ name, clock, mctp, types }) => {
    types.add(MESSAGE_TYPE.pldm, { versions: [PLDM_OVER_MCTP] });
    const terminus = new PldmTerminus({ transport: mctp, clock, description: {} });
    const host = new FileHost(terminus, { files: benchFiles(name, clock, state) });
    terminus.start();
    return () => {
      host.close();
      terminus.close();
    };
  };
}

const LINE_BYTES = 24;
const LINE_MS = 250;
const MOST_LINES = 1024;
/** From before it was switched on, so that there is something to read. */
const FIRST_LINES = 120;

/** Seconds, degrees, volts: a line of fixed length every 250 ms. Each depends on its number alone. */
class TelemetryFile implements FileStorage {
  readonly maximumSize = LINE_BYTES * MOST_LINES;
  readonly #start: number;

  constructor(private readonly clock: Clock) {
    this.#start = clock.now();
  }

  get size(): number {
    const lines = FIRST_LINES + Math.floor((this.clock.now() - this.#start) / LINE_MS);
    return LINE_BYTES * Math.min(MOST_LINES, lines);
  }

  read(offset: number, length: number): Uint8Array {
    const end = Math.min(this.size, offset + length);
    const first = Math.floor(offset / LINE_BYTES);
    const lines: string[] = [];
    for (let line = first; line * LINE_BYTES < end; line++) lines.push(telemetryLine(line));
    return ascii(lines.join('')).slice(offset - first * LINE_BYTES, end - first * LINE_BYTES);
  }
}

function telemetryLine(line: number): string {
  const seconds = ((line * LINE_MS) / 1000).toFixed(2);
  const celsius = (42 + 6 * Math.sin(line / 20)).toFixed(2);
  const volts = (3.3 + 0.02 * Math.cos(line / 7)).toFixed(3);
  return `${seconds.padStart(9)},${celsius.padStart(6)},${volts.padStart(6)}\n`;
}

const STAGES = [
  'reset cause: power on',
  'clock 64 MHz, crystal stable',
  'SRAM 256 KiB tested',
  'image A 2.4.1 valid, image B 2.4.0 valid',
  'image A started',
  'watchdog 2000 ms',
  'ADC calibrated, offset -3',
  'fan tacho 0: 8040 RPM',
  'fan tacho 1: 7980 RPM',
  'rail 3V3: 3.302 V, in range',
  'rail 1V8: 1.801 V, in range',
  'MCTP endpoint started',
  'PLDM terminus started',
];

function bootLog(name: string): Uint8Array {
  const lines = STAGES.map((stage, index) => `[${(index * index * 0.0137).toFixed(6).padStart(12)}] ${name}: ${stage}`);
  return ascii(`${lines.join('\n')}\n`);
}

/** A header and memory that looks like some. */
function crashDump(): Uint8Array {
  const dump = new Uint8Array(CRASH_BYTES);
  let state = 0x5eed;
  for (let at = 0; at < CRASH_BYTES; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    dump[at] = at % 64 < 40 ? state >>> 24 : 0;
  }
  dump.set(ascii('CRSH\u0001HardFault pc=0x0800a3f2 lr=0x08009c11'));
  return dump;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
