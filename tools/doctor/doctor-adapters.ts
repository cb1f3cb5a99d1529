/** Serial ports and I2C buses: what is there, and whether we may use it. */

import { constants } from 'node:fs';
import { access, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type ListI2cOptions, listI2cAdapters } from '../../bindings/i2c/linux/i2c-adapters.js';
import { latencyTimerHint } from '../../bindings/serial/latency-timer.js';
import type { Check, Roots } from './check.js';

/** Lines that are there when something is plugged in or soldered on. */
const SERIAL_NAMES = /^tty(USB|ACM|AMA|GS|THS|mxc|O|SC|PS)\d+$/;
/** Grabs every new modem-like tty for some seconds, and writes AT commands to it. */
const MODEM_MANAGER = 'ModemManager';

export async function checkSerial(roots: Roots): Promise<Check[]> {
  const names = (await readdir(roots.dev).catch(() => [])).filter((name) => SERIAL_NAMES.test(name)).sort();
  if (names.length === 0) {
    return [{ id: 'serial', status: 'missing', what: 'no serial adapter is plugged in' }];
  }
  const checks = await Promise.all(names.map((name) => checkTty(join(roots.dev, name), roots)));
  const modemManager = await isRunning(roots, MODEM_MANAGER);
  const fix = 'sudo systemctl stop ModemManager (or a udev rule with ID_MM_DEVICE_IGNORE)';
  return [
    ...checks.flat(),
    ...(modemManager
      ? [
          {
            id: 'serial:modemmanager',
            status: 'warning' as const,
            what: 'ModemManager writes to new serial adapters',
            fix,
          },
        ]
      : []),
  ];
}

async function checkTty(path: string, { sys }: Roots): Promise<Check[]> {
  const id = `serial:${path}`;
  const allowed = await access(path, constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!allowed)
    return [{ id, status: 'broken', what: `${path} may not be opened`, fix: await groupFix(path, 'dialout') }];
  const driver = await driverOf(basename(path), sys);
  const found: Check = { id, status: 'ok', what: `serial:${path}${driver === '' ? '' : ` (${driver})`}` };
  const slow = await latencyTimerHint(path, sys);
  if (slow === undefined) return [found];
  const [what = slow, fix] = slow.split('; ');
  return [found, { id: `${id}:latency`, status: 'warning', what, ...(fix !== undefined && { fix }) }];
}

async function driverOf(name: string, sys: string): Promise<string> {
  const uevent = await readFile(join(sys, 'class/tty', name, 'device/uevent'), 'utf8').catch(() => '');
  return /^DRIVER=(.*)$/m.exec(uevent)?.[1] ?? '';
}

/** In the words of the group that owns the device. */
async function groupFix(path: string, usual: string): Promise<string> {
  const gid = await stat(path).then(
    (found) => found.gid,
    () => undefined,
  );
  const lines = (await readFile('/etc/group', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const group = lines.find((line) => Number(line[2]) === gid)?.[0] ?? usual;
  if (group === 'root') return `sudo chgrp ${usual} ${path} && sudo chmod g+rw ${path}, for good by a udev rule`;
  return `sudo usermod -aG ${group} $USER, then log in again`;
}

export async function checkI2c(roots: Roots, options: Pick<ListI2cOptions, 'openBus'> = {}): Promise<Check[]> {
  const adapters = await listI2cAdapters({ sysRoot: roots.sys, devRoot: roots.dev, ...options });
  if (adapters.length === 0) {
    return [
      {
        id: 'i2c',
        status: 'missing',
        what: 'no I2C bus',
        fix: 'on a Raspberry Pi: sudo raspi-config nonint do_i2c 0; elsewhere enable it in the device tree',
      },
    ];
  }
  return Promise.all(
    adapters.map(async (adapter): Promise<Check> => {
      const { bus, name, device, problem, by, controller, target, targetAddresses, behind } = adapter;
      const id = `i2c:${bus}`;
      if (problem !== undefined) {
        const exists = await access(device).then(
          () => true,
          () => false,
        );
        const fix = exists ? await groupFix(device, 'i2c') : 'sudo modprobe i2c-dev';
        return {
          id,
          status: problem.code === 'ENOPACKAGE' ? 'missing' : 'broken',
          what: `i2c:${bus} (${name}): ${problem.message}`,
          fix,
        };
      }
      if (!controller) {
        return { id, status: 'missing', what: `i2c:${bus} (${name}) cannot write blocks of bytes: of no use for MCTP` };
      }
      if (target) {
        const at = targetAddresses.map((address) => `0x${address.toString(16)}`).join(', ');
        return { id, status: 'ok', what: `i2c:${bus} (${name}, by ${by}), receives at ${at}` };
      }
      if (behind !== undefined) {
        return {
          id,
          status: 'warning',
          what: `i2c:${bus} (${name}, by ${by}) can send but not receive: it is a channel of a mux on i2c:${behind}`,
          fix: `let the kernel do it: --link kernel:mctpi2c${bus}, with mctp-controller on the channel in the device tree`,
        };
      }
      return {
        id,
        status: 'warning',
        what: `i2c:${bus} (${name}, by ${by}) can send but not receive: there is no target at our address`,
        fix: `load i2c-slave-mqueue and: echo slave-mqueue 0x1010 | sudo tee /sys/bus/i2c/devices/i2c-${bus}/new_device`,
      };
    }),
  );
}

async function isRunning({ proc }: Roots, program: string): Promise<boolean> {
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^\d+$/.test(name));
  const names = await Promise.all(pids.map((pid) => readFile(join(proc, pid, 'comm'), 'utf8').catch(() => '')));
  return names.some((name) => name.trim() === program);
}
