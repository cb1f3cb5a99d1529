/** A worker of the tests which is ended takes along what it has started. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

const PROGRAM = `
import { spawn } from 'node:child_process';
import { endWithUs } from ${JSON.stringify(new URL('end-with-us.ts', import.meta.url).href)};
endWithUs(spawn(process.execPath, ['-e', 'console.log("runs"); setInterval(() => {}, 1000)'], { stdio: 'inherit' }));
`;

it.each(['ends by a signal, as the runner ends it', 'ends by itself'])('a worker which %s', async (how) => {
  const after = how === 'ends by itself' ? "process.once('SIGUSR2', () => process.exit());" : '';
  const worker = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', PROGRAM + after], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  expect(String(await once(worker.stdout, 'data'))).toBe('runs\n');
  worker.kill(after === '' ? 'SIGTERM' : 'SIGUSR2');
  // The pipe is open for as long as one of both has it.
  await once(worker.stdout, 'end');
});
