// Runs inside the board: who is on a bus, asked by each package; and writes that a kernel driver's address refuses.

import { I2C_PACKAGES, type I2cPackage, openerOf } from '../../../bindings/i2c/linux/open-i2c.js';
import { addTarget } from './sysfs.js';

export interface ProbeReport {
  readonly functions: readonly string[];
  readonly found: readonly boolean[];
  /** Of a write to an address which a driver of the kernel has, when access is not forced. */
  readonly refused: string | undefined;
}

addTarget(1, 'slave-mqueue', 0x10);

async function report(via: I2cPackage): Promise<ProbeReport> {
  const bus = await openerOf(via)(0, true);
  const found = [await bus.probe(0x10), await bus.probe(0x11), await bus.probe(0x50)];
  await bus.close();
  const polite = await openerOf(via)(1, false);
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    polite.i2cWrite(0x10, 1, Buffer.of(0), (cause) => resolve(cause as NodeJS.ErrnoException | undefined));
  });
  await polite.close();
  return { functions: bus.functions, found, refused: error?.code };
}

const reports: Partial<Record<I2cPackage, ProbeReport>> = {};
for (const via of I2C_PACKAGES) reports[via] = await report(via);
console.log(JSON.stringify(reports));
