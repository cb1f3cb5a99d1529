// Runs inside the board: knobs of the i2c-wire module and target devices.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

export function setFault(bus: number, fault: string, value: number): void {
  writeFileSync(`/sys/bus/i2c/devices/i2c-${bus}/${fault}`, String(value));
}

/** Binds a target driver to an address of our own; its folder in sysfs. */
export function addTarget(bus: number, driver: string, address: number): string {
  return execFileSync('i2c-target', [String(bus), driver, String(address)], { encoding: 'utf8' }).trim();
}

/** Takes the messages that wait in a slave-mqueue, as hex. */
export function takeMessages(device: string): string[] {
  const fd = openSync(`${device}/slave-mqueue`, 'r');
  const buffer = Buffer.alloc(512);
  const messages: string[] = [];
  try {
    for (;;) messages.push(buffer.toString('hex', 0, readSync(fd, buffer, 0, buffer.length, 0)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  } finally {
    closeSync(fd);
  }
  return messages;
}

export function statistics(device: string): Record<string, number> {
  const lines = readFileSync(`${device}/mq_stats`, 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split(' ') as [string, string]).map(([k, v]) => [k, Number(v)]));
}

export function removeTarget(bus: number, address: number): void {
  execFileSync('i2c-target', ['-d', String(bus), String(address)]);
}

/** Pulls a port of wire 0 out, or puts it back. Putting back waits half a second for the last who has it open. */
export function plug(verb: 'plug' | 'unplug', port: number): Promise<void> {
  return writeFile(`/sys/devices/i2c-wire/${verb}`, `0.${port}`);
}

/** The adapter number of a port of wire 0 at this moment; undefined when there is none. */
export function adapterOfPort(port: number): number | undefined {
  const devices = '/sys/bus/i2c/devices';
  const numbers = readdirSync(devices).flatMap((name) => (/^i2c-\d+$/.test(name) ? [Number(name.slice(4))] : []));
  return numbers.find((number) => {
    try {
      return readFileSync(`${devices}/i2c-${number}/wire`, 'utf8').trim() === `0.${port}`;
    } catch {
      return false; // going away
    }
  });
}
