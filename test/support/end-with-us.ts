/** A test that ran out of time leaves its command running, which would hold its terminal, and hear the keys of the next one. */

import type { ChildProcess } from 'node:child_process';

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
// So the runner ends its workers, which would end without the above.
process.once('SIGTERM', () => process.exit(143));

/** The child is killed at the latest when this process ends. */
export function endWithUs<Child extends ChildProcess>(child: Child): Child {
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}
