// Runs inside the board, under vitest: the compliance suite of links on a real I2C bus of Linux.

import i2c from 'i2c-bus';
import { I2C_PACKAGES } from '../../../bindings/i2c/linux/open-i2c.js';
import { createLink } from '../../../bindings/link-registry.js';
import { systemClock } from '../../../bindings/system-clock.js';
import { describeLinkCompliance } from '../../../hw-fixtures/testing/link-compliance.js';
import { addTarget } from '../guest/sysfs.js';

addTarget(0, 'slave-mqueue', 0x12);
addTarget(1, 'slave-mqueue', 0x1d);

const CASES = I2C_PACKAGES.flatMap((via) => [64, 250].map((unit) => ({ via, unit })));

for (const { via, unit } of CASES) {
  describeLinkCompliance(`SMBus on i2c-dev by ${via} and slave-mqueue, ${unit} bytes`, async () => {
    const context = { clock: systemClock };
    const raw = i2c.openSync(2);
    return {
      a: await createLink(`i2c:0?address=0x12&unit=${unit}&via=${via}`, context),
      b: await createLink(`i2c:1?address=0x1d&unit=${unit}&via=${via}`, context),
      absent: ['20', '21', '22', '23'],
      garbage: (bytes) => {
        if (bytes.length > 0) raw.i2cWriteSync(0x1d, bytes.length, Buffer.from(bytes));
      },
      dispose: () => raw.closeSync(),
    };
  });
}
