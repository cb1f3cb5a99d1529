// Runs inside the board: what another adapter writes arrives in the queue, within its bounds.

import i2c from 'i2c-bus';
import { addTarget, statistics, takeMessages } from './sysfs.js';

export interface QueueReport {
  messages: string[];
  tooLong: string;
  overflow: string[];
  statistics: Record<string, number>;
}

const target = addTarget(1, 'slave-mqueue', 0x10);
const bus = i2c.openSync(0);
const write = (...bytes: number[]) => bus.i2cWriteSync(0x10, bytes.length, Buffer.from(bytes));

write(0x0f, 0x01);
write(0xff, 0x00, 0x7e, 0x0a, 0x0d);
const messages = takeMessages(target);

let tooLong = 'ok';
try {
  write(1, 2, 3, 4, 5, 6, 7, 8); // with the address byte one more than msg_size
} catch (error) {
  tooLong = (error as NodeJS.ErrnoException).code ?? String(error);
}

for (let i = 0; i < 5; i++) write(i); // one more than depth
const overflow = takeMessages(target);
bus.closeSync();

const report: QueueReport = { messages, tooLong, overflow, statistics: statistics(target) };
console.log(JSON.stringify(report));
