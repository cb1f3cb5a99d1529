// Loaded before a program: tells how much processor time it took, in microseconds, on its standard error.
// A busy machine makes everything late, but hardly more expensive.

import { writeSync } from 'node:fs';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  writeSync(2, `cpu ${user + system}\n`);
});
