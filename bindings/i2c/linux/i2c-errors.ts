/** The errno of Linux's I2C drivers as what happened on the bus (Documentation/i2c/fault-codes.rst). */

import { MctpError } from '../../../stack/errors.js';
import { hexNumber } from '../../../stack/util/text.js';
import { NackError } from '../../smbus/i2c-port.js';

interface ErrnoLike {
  readonly code?: string;
  readonly message?: string;
}

/** Why a write to the 7-bit address on the bus failed. Drivers differ; each code goes where most of them use it. */
export function writeError(cause: unknown, bus: number, address: number): MctpError {
  const { code = '', message = '' } = (cause ?? {}) as ErrnoLike;
  const where = `${hexNumber(address)} on i2c-${bus}`;
  switch (code) {
    case 'ENXIO':
      return new NackError('address', `no device acknowledged ${where}`, { cause });
    case 'EREMOTEIO':
    case 'EIO':
      return new NackError('data', `${where} did not acknowledge a byte`, { cause });
    case 'EAGAIN':
      return new MctpError('EARBITRATION', `another controller kept i2c-${bus} while we wrote to ${where}`, { cause });
    case 'EBUSY':
      return new MctpError('EBUSSTUCK', `i2c-${bus} stays busy: a line is held low, or the controller is stuck`, {
        cause,
      });
    case 'ETIMEDOUT':
      return new MctpError('ETIMEDOUT', `the write to ${where} did not end in time: the device holds the clock`, {
        cause,
      });
    case 'EOPNOTSUPP':
    case 'ENOTSUP':
      return new MctpError('ENOTSUP', `i2c-${bus} cannot do plain I2C writes`, { cause });
    default:
      if (isGone(cause)) return new MctpError('ENODEV', `i2c-${bus} is gone`, { cause });
      return new MctpError('EIO', `the write to ${where} failed: ${message}`, { cause });
  }
}

/** The adapter itself is not there any more. */
export function isGone(cause: unknown): boolean {
  const { code = '' } = (cause ?? {}) as ErrnoLike;
  return code === 'ENODEV' || code === 'ESHUTDOWN' || code === 'EBADF' || code === 'ENOENT';
}

/** Why /dev/i2c-N cannot be opened. */
export function openError(cause: unknown, device: string): MctpError {
  const { code = '', message = '' } = (cause ?? {}) as ErrnoLike;
  if (isGone(cause) || code === 'ENXIO') {
    return new MctpError(
      'ENODEV',
      `${device} does not exist: is the bus enabled, and i2c-dev loaded (modprobe i2c-dev)?`,
      {
        cause,
      },
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new MctpError('EACCES', `${device}: permission denied; add yourself to the i2c group and log in again`, {
      cause,
    });
  }
  return new MctpError('EIO', `${device} cannot be opened: ${message}`, { cause });
}
