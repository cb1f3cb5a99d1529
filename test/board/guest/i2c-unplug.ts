// Runs inside the board: an adapter goes away while open and comes back.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import i2c from 'i2c-bus';
import { addTarget, takeMessages } from './sysfs.js';

export interface UnplugReport {
  whileOpen: string;
  nodeWhileOpen: boolean;
  nodeAfterReturn: boolean;
  port: string;
  received: string[];
}

const plug = (verb: 'plug' | 'unplug', port: string) => writeFileSync(`/sys/devices/i2c-wire/${verb}`, port);
const target = addTarget(1, 'slave-mqueue', 0x10);

function write(bus: i2c.I2CBus): string {
  try {
    bus.i2cWriteSync(0x10, 1, Buffer.of(0x55));
    return 'ok';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

const before = i2c.openSync(0);
write(before);
plug('unplug', '0.0');
const whileOpen = write(before);
await sleep(100);
const nodeWhileOpen = existsSync('/dev/i2c-0');
before.closeSync();

plug('plug', '0.0');
const nodeAfterReturn = existsSync('/dev/i2c-0');
const after = i2c.openSync(0);
write(after);
after.closeSync();

const report: UnplugReport = {
  whileOpen,
  nodeWhileOpen,
  nodeAfterReturn,
  port: readFileSync('/sys/bus/i2c/devices/i2c-0/wire', 'utf8').trim(),
  received: takeMessages(target),
};
console.log(JSON.stringify(report));
