// Which processor a board runs on. Its kernel and its programs are processes of the host which take turns: never do two run at
// once. A system call or a page fault takes several turns, and from one processor to another a turn takes two to three times as long.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jobOwner } from './job.js';
import { isRunning } from './kernel-process.js';

/** File in the job folder of each board that runs. */
const FILE = 'processor';

/** The processors which this process may use, from a list such as "0-3,8". */
function usable(): number[] {
  const list = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number) as [number, number?];
    return Array.from({ length: last - first + 1 }, (_, at) => first + at);
  });
}

/** Processors of the boards which run now, of any process. */
function taken(): number[] {
  return readdirSync(tmpdir()).flatMap((name) => {
    const owner = jobOwner(name);
    if (owner === undefined || !isRunning(owner)) return [];
    try {
      return [Number(readFileSync(join(tmpdir(), name, FILE), 'utf8'))];
    } catch {
      return []; // it ended, or does not know yet
    }
  });
}

/** The processor with the fewest boards, which the board of this job takes. */
export function takeProcessor(job: string): number {
  const boards = new Map(usable().map((processor) => [processor, 0]));
  for (const processor of taken()) boards.set(processor, (boards.get(processor) ?? 0) + 1);
  const [processor] = usable().sort((a, b) => boards.get(a)! - boards.get(b)!) as [number];
  writeFileSync(join(job, FILE), `${processor}`);
  return processor;
}
