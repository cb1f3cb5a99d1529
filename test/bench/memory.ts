/** Resident memory of a process that does nothing but be there, beside bare Node. */

import { spawnSync } from 'node:child_process';
import type { BenchRow } from './row.js';

const stack = new URL('../../stack/index.js', import.meta.url).href;
const fixtures = new URL('../../hw-fixtures/index.js', import.meta.url).href;
const bindings = new URL('../../bindings/system-clock.js', import.meta.url).href;

const PROGRAMS: Readonly<Record<string, string>> = {
  'bare Node': '',
  'the stack loaded': `await import(${JSON.stringify(stack)});`,
  'the virtual bench running, all endpoints known': `
    const { Mctp } = await import(${JSON.stringify(stack)});
    const { openBench } = await import(${JSON.stringify(fixtures)});
    const { systemClock: clock } = await import(${JSON.stringify(bindings)});
    const { BusOwner } = await import(${JSON.stringify(new URL('../../stack/bus-owner/index.js', import.meta.url).href)});
    const bench = await openBench({ clock });
    const host = new Mctp({ clock });
    for (const link of bench.hostLinks()) { host.addLink(link); host.addAddress(8, link.name); }
    await host.open();
    const found = await new BusOwner({ host, clock }).discover();
    if (found.length === 0) throw new Error('nothing was found');`,
};

export function benchMemory(): BenchRow[] {
  return Object.entries(PROGRAMS).map(([name, program]) => {
    const script = `${program}\nglobalThis.gc(); console.log(process.memoryUsage().rss); process.exit(0);`;
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['--expose-gc', '--input-type=module', '-e', script],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    return { name: `resident memory, ${name}`, value: Number(stdout) / 2 ** 20, unit: 'MiB' };
  });
}
