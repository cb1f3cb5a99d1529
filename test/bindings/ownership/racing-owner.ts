/**
 * A process which owns a place again and again, beside others: `node racing-owner.mjs FOLDER TIMES KILLED-AT`. Now and then it
 * lets the place go; more often it begins another life, and the name it had is that of a process which is not there any
 * more. KILLED-AT: before which of its calls to the file system it kills itself; 0: it does not.
 */

import fs, { readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { own } from '../../../bindings/ownership.js';
import { PROCESSES, type Processes } from '../../../bindings/processes.js';
import { MctpError } from '../../../stack/errors.js';

const [, , folder = '', times = '0', killedAt = '0'] = process.argv;
const inside = join(folder, 'inside');
let life = 0;

/** Of a process; it says in which life it is. */
const lifeOf = (pid: number): string => join(folder, `life-${pid}`);
const beginLife = (): void => writeFileSync(lifeOf(process.pid), String(++life));
const processes: Processes = {
  ...PROCESSES,
  startOf: (pid) => {
    try {
      return readFileSync(lifeOf(pid), 'utf8') || 'between two lives';
    } catch {
      return 'none';
    }
  },
};

/** Undefined: nobody else is there. */
function enter(): number | undefined {
  for (;;) {
    try {
      symlinkSync(String(process.pid), inside);
      return undefined;
    } catch {
      const other = Number(readlinkSync(inside));
      if (PROCESSES.isThere(other)) return other;
      rmSync(inside);
    }
  }
}

let calls = 0;
for (const name of ['mkdirSync', 'writeFileSync', 'renameSync', 'rmSync', 'readdirSync'] as const) {
  const real = fs[name] as (...values: unknown[]) => unknown;
  const counted = (...values: unknown[]): unknown => {
    if (++calls === Number(killedAt)) process.kill(process.pid, 'SIGKILL');
    return real(...values);
  };
  Object.assign(fs, { [name]: counted });
}
syncBuiltinESMExports();

const counts = { owned: 0, refused: 0 };
beginLife();
while (counts.owned < Number(times)) {
  try {
    const ownership = own(join(folder, 'place'), 'the place', processes);
    counts.owned++;
    const other = enter();
    if (other !== undefined) {
      process.stderr.write(`${process.pid} and ${other} own it at the same time\n`);
      process.exit(1);
    }
    rmSync(inside);
    if (counts.owned % 4 === 0) ownership.release();
    else beginLife();
  } catch (error) {
    if (!MctpError.is(error, 'EBUSY')) throw error;
    counts.refused++;
  }
}
process.stdout.write(`${JSON.stringify(counts)}\n`);
