// Runs inside the board: three endpoints of ours on one wire, found by a bus owner on a fourth adapter and by the
// command, as it is published, in a process of its own.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import i2c from 'i2c-bus';
import { createLink } from '../../../bindings/link-registry.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { BusOwner } from '../../../stack/bus-owner/index.js';
import { Mctp } from '../../../stack/mctp.js';
import { EndpointRole } from '../../../stack/roles/index.js';
import { type ReportsOf, runScenarios } from './scenarios.js';
import { addTarget } from './sysfs.js';

const OWNER = { bus: 0, address: 0x10 };
const DEVICES = [
  { bus: 1, address: 0x1d, uuid: '7a1c5e10-4c2b-11ee-8d01-001b21000001' },
  { bus: 2, address: 0x32, uuid: '7a1c5e10-4c2b-11ee-8d02-001b21000002' },
  { bus: 3, address: 0x71, uuid: '7a1c5e10-4c2b-11ee-8d03-001b21000003' },
];

const run = promisify(execFile);

interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function mctpkit(...args: string[]): Promise<Finished> {
  try {
    return { code: 0, ...(await run(process.execPath, ['dist/tools/mctpkit.js', ...args])) };
  } catch (error) {
    const { code, stdout, stderr } = error as Finished;
    return { code, stdout, stderr };
  }
}

const parts: { close(): unknown }[] = [];
addTarget(OWNER.bus, 'slave-mqueue', OWNER.address);
const roles: EndpointRole[] = [];
for (const { bus, address, uuid } of DEVICES) {
  addTarget(bus, 'slave-mqueue', address);
  const mctp = new Mctp({ clock: systemClock });
  mctp.addLink(await createLink(`i2c:${bus}?address=${address}`));
  const role = new EndpointRole({ mctp, clock: systemClock, uuid });
  await mctp.open();
  roles.push(role);
  parts.push(role, mctp);
}

interface Found {
  readonly endpoints: readonly { readonly eid: number; readonly physicalAddress: string; readonly uuid: string }[];
  readonly conflicts: readonly object[];
}

const places = ({ endpoints, conflicts }: Found) => ({
  endpoints: endpoints.map(({ eid, physicalAddress, uuid }) => `${eid} at ${physicalAddress}: ${uuid}`),
  conflicts: conflicts.length,
});

type Scan = Awaited<ReturnType<typeof scan>>;

/** A bus owner that knows nobody asks at every address. */
async function scan() {
  for (const role of roles) role.reset();
  const mctp = new Mctp({ clock: systemClock });
  const link = await createLink(`i2c:${OWNER.bus}?address=${OWNER.address}`);
  mctp.addLink(link);
  mctp.addAddress(8, link.name);
  await mctp.open();
  const owner = new BusOwner({ host: mctp, clock: systemClock });
  const started = performance.now();
  const endpoints = await owner.discover();
  const ms = performance.now() - started;
  const asked = [...link.probeAddresses()].length;
  const absent = link.counters.txNackAddress;
  owner.close();
  await mctp.close();
  return { ms, asked, absent, found: endpoints.map(({ physicalAddress }) => physicalAddress) };
}

/** Milliseconds that one write to each address takes, by the kernel's own interface and one after the other. */
function plainWrites(): number {
  const bus = i2c.openSync(OWNER.bus);
  const frame = Buffer.alloc(12);
  const started = performance.now();
  for (let address = 0x08; address < 0x78; address++) {
    try {
      bus.i2cWriteSync(address, frame.length, frame);
    } catch {
      // Nobody there: that is what a scan meets most.
    }
  }
  const ms = performance.now() - started;
  bus.closeSync();
  return ms;
}

const scenarios = {
  // Whatever else the machine does slows the board down, scans and plain writes alike: of several scans the fastest
  // counts, beside what plain writes took between them.
  'a full scan': async () => {
    const scans: Scan[] = [];
    const plainMs: number[] = [];
    while (scans.length < 3 || (scans.length < 12 && scans.every(({ ms }) => ms > 800))) {
      scans.push(await scan());
      plainMs.push(plainWrites());
    }
    const [{ found, asked, absent }] = scans as [Scan, ...Scan[]];
    return { ms: scans.map(({ ms }) => ms), plainMs, found, asked, absent };
  },

  'mctpkit discover': async () => {
    for (const role of roles) role.reset();
    const { code, stdout, stderr } = await mctpkit('discover', '--link', `i2c:${OWNER.bus}?address=0x10`, '--json');
    return { code, stderr, ...(code === 0 && places(JSON.parse(stdout) as Found)) };
  },

  'mctpkit discover --address': async () => {
    const link = ['--link', `i2c:${OWNER.bus}?address=0x10`];
    const { code, stdout } = await mctpkit('discover', ...link, '--address', '0x71', '--address', '0x33', '--json');
    const nobody = await mctpkit('discover', ...link, '--address', '0x33');
    return { code, ...places(JSON.parse(stdout) as Found), nobody: nobody.code };
  },

  'mctpkit discover on a bus that only sends': () => mctpkit('discover', '--link', 'i2c:4?address=0x10'),

  'mctpkit discover on a missing bus': () => mctpkit('discover', '--link', 'i2c:9?address=0x10'),

  'mctpkit i2c': async () => {
    const text = await mctpkit('i2c');
    const { stdout } = await mctpkit('i2c', '--json');
    return {
      code: text.code,
      lines: text.stdout.trimEnd().split('\n'),
      adapters: JSON.parse(stdout).adapters as object[],
    };
  },

  'closed, nothing is left': async () => {
    for (const part of parts) await part.close();
    return {};
  },
};

export type DiscoverReports = ReportsOf<typeof scenarios>;
await runScenarios(scenarios);
