// Runs inside the board: knobs of the i2c-wire module and target devices.

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';

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
