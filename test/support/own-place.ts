/** Places on this machine at which nobody listens until the test does: what may not be port 0 has one of these. */

import { createServer } from 'node:net';

/** All of 127/8 is this machine on Linux, so that each process has an address of its own; elsewhere there is one. */
const HOST = process.platform === 'linux' ? ownAddress(process.pid) : '127.0.0.1';

/** Below the ports which systems give to those who ask for any; where the address is shared, not where others begin. */
let nextPort = 20_000 + 25 * (process.pid % 400);

/** HOST:PORT, another one each time. No other process of tests, and nobody who asks for any port, takes it later. */
export async function ownPlace(): Promise<string> {
  for (;;) {
    const port = nextPort++;
    if (await isFree(port)) return `${HOST}:${port}`;
  }
}

function ownAddress(pid: number): string {
  return `127.${64 + ((pid >> 16) & 127)}.${(pid >> 8) & 255}.${pid & 255}`;
}

/** False where another program listens at this port of all addresses. */
function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, HOST, () => server.close(() => resolve(true)));
  });
}
