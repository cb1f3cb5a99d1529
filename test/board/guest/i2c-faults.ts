// Runs inside the board: writes through i2c-dev while the wire misbehaves; prints what came of each write.

import i2c from 'i2c-bus';
import { addTarget, setFault, takeMessages } from './sysfs.js';

export interface FaultReport {
  [attempt: string]: { outcome: string; ms: number; received: string[] };
}

const target = addTarget(1, 'slave-mqueue', 0x10);
const bus = i2c.openSync(0);
const report: FaultReport = {};

function attempt(name: string, address = 0x10): void {
  const start = performance.now();
  let outcome = 'ok';
  try {
    bus.i2cWriteSync(address, 4, Buffer.from([1, 2, 3, 4]));
  } catch (error) {
    outcome = (error as NodeJS.ErrnoException).code ?? String(error);
  }
  report[name] = { outcome, ms: performance.now() - start, received: takeMessages(target) };
}

attempt('undisturbed');
attempt('nobody', 0x11);

setFault(0, 'inject_nack', 1);
attempt('nack');
attempt('after nack');

setFault(0, 'inject_data_nack_byte', 2);
setFault(0, 'inject_data_nack', 1);
attempt('data nack');

setFault(0, 'inject_arb', 1); // the i2c core retries: invisible
attempt('arbitration lost once');
setFault(0, 'inject_arb', 4);
attempt('arbitration lost four times');

setFault(0, 'inject_flip', 1);
attempt('flip in the last byte');
setFault(0, 'inject_flip_byte', 0);
setFault(0, 'inject_flip', 1);
attempt('flip in the first byte');

setFault(0, 'stuck', 1);
attempt('stuck');
setFault(0, 'stuck', 0);
attempt('after stuck');

bus.closeSync();
console.log(JSON.stringify(report));
