/**
 * `npm run bench [-- WORD...]`: measure, and print the figures beside what was aimed at. With words, only groups whose title
 * has one of them. Runs on the compiled code. Times depend on the machine: compare within one run, by the reference row.
 */

import { cpus } from 'node:os';
import { type BenchRow, round } from './row.js';

interface Group {
  readonly title: string;
  run(): Promise<BenchRow[]> | BenchRow[];
}

const groups: readonly Group[] = [
  { title: 'stack: throughput', run: async () => (await import('./stack-throughput.js')).benchStack() },
  { title: 'serial framing', run: async () => (await import('./serial-framing.js')).benchSerialFraming() },
  { title: 'wire goodput', run: async () => (await import('./wire-goodput.js')).benchWireGoodput() },
  { title: 'turnaround', run: async () => (await import('./turnaround.js')).benchTurnaround() },
  { title: 'PLDM: messages', run: async () => (await import('./pldm-codec.js')).benchPldmCodec() },
  { title: 'PLDM: download', run: async () => (await import('./pldm-download.js')).benchPldmDownload() },
  {
    title: 'PLDM: firmware update of 1 MiB, virtual time',
    run: async () => (await import('./firmware-update.js')).benchFirmwareUpdate(),
  },
  { title: 'cable: goodput and latency', run: async () => (await import('./cable-goodput.js')).benchCable() },
  { title: 'command start', run: async () => (await import('./cli-start.js')).benchCliStart() },
  { title: 'memory', run: async () => (await import('./memory.js')).benchMemory() },
];

const words = process.argv.slice(2);
const chosen = groups.filter(
  ({ title }) => words.length === 0 || words.some((word) => title.toLowerCase().includes(word.toLowerCase())),
);
if (chosen.length === 0) {
  console.error(`no group has ${words.join(' or ')} in its title: ${groups.map((g) => g.title).join(', ')}`);
  process.exit(2);
}
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}\n`);
for (const group of chosen) {
  console.log(group.title);
  for (const row of await group.run()) console.log(format(row));
  console.log('');
}

function format({ name, value, unit, target, ok, note }: BenchRow): string {
  const aim = target === undefined ? '' : `  aim ${target}${ok === undefined ? '' : ok ? ', met' : ', MISSED'}`;
  return `  ${name.padEnd(58)} ${round(value).padStart(9)} ${unit.padEnd(10)}${aim}${note === undefined ? '' : `  (${note})`}`;
}
