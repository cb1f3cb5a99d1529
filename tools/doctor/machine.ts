/** Node, packages, kernel and capabilities. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotInstalled } from '../../bindings/optional.js';
import type { Check, Roots } from './check.js';

const OLDEST_NODE = 20;
/** AF_MCTP came with Linux 5.15; since 6.1 the serial link computes its FCS right. */
const OLDEST_KERNEL = [5, 15] as const;
const GOOD_SERIAL_KERNEL = [6, 1] as const;
const CAP_NET_ADMIN = 12;
const CAP_NET_RAW = 13;
/** ARPHRD_MCTP */
const INTERFACE_TYPE = '290';

export function checkNode(version: string, platform: string, arch: string): Check[] {
  const major = Number(/^v?(\d+)/.exec(version)?.[1]);
  const node: Check =
    major >= OLDEST_NODE
      ? { id: 'node', status: 'ok', what: `Node ${version} on ${platform} ${arch}` }
      : {
          id: 'node',
          status: 'broken',
          what: `Node ${version} is too old`,
          fix: `install Node ${OLDEST_NODE} or later (https://nodejs.org)`,
        };
  if (platform === 'linux') return [node];
  const what = `${platform} has serial and USB links and the virtual bench; I2C, kernel and usb-gadget links need Linux`;
  return [node, { id: 'platform', status: 'warning', what }];
}

export interface PackageCheck {
  readonly name: string;
  readonly purpose: string;
  /** Of the list: does the same where this one does not load. */
  readonly instead?: string;
  load(): Promise<unknown>;
}

/** As literal imports, so that bundlers and people see them. */
export const PACKAGES: readonly PackageCheck[] = [
  { name: 'serialport', purpose: 'serial links', load: () => import('serialport') },
  { name: 'i2c-bus', purpose: 'I2C links', instead: 'koffi', load: () => import('i2c-bus') },
  {
    name: 'koffi',
    purpose: 'kernel sockets, pseudo terminals, I2C links without i2c-bus',
    load: () => import('koffi'),
  },
  { name: 'usb', purpose: 'USB links', load: () => import('usb') },
  { name: 'node-sqlite3-wasm', purpose: 'history of watched devices', load: () => import('node-sqlite3-wasm') },
];

export async function checkPackages(packages: readonly PackageCheck[] = PACKAGES): Promise<Check[]> {
  return Promise.all(
    packages.map(async ({ name, purpose, instead, load }): Promise<Check> => {
      const id = `package:${name}`;
      try {
        await load();
        return { id, status: 'ok', what: `package ${name} (${purpose})` };
      } catch (error) {
        const missing = isNotInstalled(error, name);
        if (await loads(packages.find((other) => other.name === instead))) {
          const why = missing ? 'is not installed' : 'does not load';
          return { id, status: 'ok', what: `package ${name} ${why}: ${purpose} use ${instead}` };
        }
        if (missing) {
          return {
            id,
            status: 'missing',
            what: `package ${name} is not installed: no ${purpose}`,
            fix: `npm install ${name}`,
          };
        }
        const why = String((error as Error).message).split('\n')[0];
        return {
          id,
          status: 'broken',
          what: `package ${name} does not load: ${why}`,
          fix: `npm rebuild ${name} (needs a compiler where no binary is published for this machine)`,
        };
      }
    }),
  );
}

/** Does it? One that is not there does not. */
async function loads(found: PackageCheck | undefined): Promise<boolean> {
  return (
    found?.load().then(
      () => true,
      () => false,
    ) ?? false
  );
}

export async function checkKernel(roots: Roots): Promise<Check[]> {
  const release = (await text(join(roots.proc, 'sys/kernel/osrelease'))).trim();
  if (release === '') return [{ id: 'kernel', status: 'missing', what: 'no Linux kernel: no kernel links' }];
  const checks: Check[] = [];
  const protocols = await text(join(roots.proc, 'net/protocols'));
  const available = /^MCTP\b/m.test(protocols);
  if (available) checks.push({ id: 'kernel', status: 'ok', what: `Linux ${release} with MCTP sockets` });
  else if (!atLeast(release, OLDEST_KERNEL)) {
    const what = `Linux ${release} has no MCTP sockets: they came with ${OLDEST_KERNEL.join('.')}`;
    checks.push({ id: 'kernel', status: 'missing', what, fix: 'for kernel links use a newer kernel' });
  } else {
    const fix = 'sudo modprobe mctp; when there is no such module the kernel was built without CONFIG_MCTP';
    checks.push({ id: 'kernel', status: 'missing', what: `Linux ${release} without MCTP sockets loaded`, fix });
  }
  const links = await mctpInterfaces(roots);
  if (links.length > 0) checks.push({ id: 'kernel:links', status: 'ok', what: `kernel links: ${links.join(', ')}` });
  if (available && !atLeast(release, GOOD_SERIAL_KERNEL)) {
    checks.push({
      id: 'kernel:serial',
      status: 'warning',
      what: `the serial link of Linux ${release} starts its FCS from 0: others refuse its frames`,
      fix: 'use Linux 6.1 or later, or serial:...?fcs=any on our side',
    });
  }
  checks.push(...(await checkCapabilities(roots, available)));
  return checks;
}

async function mctpInterfaces({ sys }: Roots): Promise<string[]> {
  const names = await readdir(join(sys, 'class/net')).catch(() => []);
  const types = await Promise.all(names.map((name) => text(join(sys, 'class/net', name, 'type'))));
  return names.filter((_, index) => types[index]!.trim() === INTERFACE_TYPE);
}

async function checkCapabilities({ proc }: Roots, kernelHasMctp: boolean): Promise<Check[]> {
  const status = await text(join(proc, 'self/status'));
  const digits = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1];
  if (digits === undefined || !kernelHasMctp) return [];
  const capabilities = BigInt(`0x${digits}`);
  const has = (bit: number): boolean => ((capabilities >> BigInt(bit)) & 1n) === 1n;
  const lacking = [
    ...(has(CAP_NET_RAW) ? [] : ['capture kernel links (CAP_NET_RAW)']),
    ...(has(CAP_NET_ADMIN) ? [] : ['set EIDs and routes of the kernel (CAP_NET_ADMIN)']),
  ];
  if (lacking.length === 0)
    return [{ id: 'capabilities', status: 'ok', what: 'may configure and capture kernel links' }];
  return [
    {
      id: 'capabilities',
      status: 'missing',
      what: `may not ${lacking.join(', nor ')}`,
      fix: 'run those with sudo, or: sudo setcap cap_net_raw,cap_net_admin+ep "$(readlink -f "$(command -v node)")" (for every program of that node)',
    },
  ];
}

function atLeast(release: string, [major, minor]: readonly [number, number]): boolean {
  const parts = /^(\d+)\.(\d+)/.exec(release);
  if (parts === null) return true;
  return Number(parts[1]) > major || (Number(parts[1]) === major && Number(parts[2]) >= minor);
}

async function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
