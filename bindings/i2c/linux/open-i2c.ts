/** Which package reaches an I2C bus: `i2c-bus` where it loads, else koffi, which comes with binaries. */

import { MctpError } from '../../../stack/errors.js';
import { type OpenI2cBus, openWithI2cBus } from './i2c-bus.js';
import { openWithIoctl } from './i2c-ioctl.js';

export const I2C_PACKAGES = ['i2c-bus', 'koffi'] as const;
export type I2cPackage = (typeof I2C_PACKAGES)[number];

/** @throws MctpError ENOPACKAGE when neither loads; errors with errno codes */
export const openI2cBus: OpenI2cBus = async (number, forceAccess) => {
  try {
    return await openWithI2cBus(number, forceAccess);
  } catch (error) {
    if (!MctpError.is(error, 'ENOPACKAGE')) throw error;
    return await openWithIoctl(number, forceAccess).catch((second: unknown) => {
      if (!MctpError.is(second, 'ENOPACKAGE')) throw second;
      throw new MctpError(
        'ENOPACKAGE',
        `i2c:${number} needs the package i2c-bus or koffi, neither of which loads here: npm install koffi`,
        { cause: error },
      );
    });
  }
};

/** By this package alone. */
export function openerOf(name: I2cPackage): OpenI2cBus {
  return name === 'koffi' ? openWithIoctl : openWithI2cBus;
}
