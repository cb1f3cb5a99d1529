/** `i2c:1?address=0x10` */

import { MctpError } from '../../stack/errors.js';
import type { Link } from '../../stack/link.js';
import { LinuxI2cPort } from '../i2c/linux/linux-i2c-port.js';
import type { LinkContext } from '../link-context.js';
import { type LinkUrl, listOf, oneOf, readOptions, wholeNumber, yesOrNo } from '../link-url.js';
import type { I2cPort } from './i2c-port.js';
import { SmbusLink } from './smbus-link.js';

const deviceAddress = wholeNumber(0x08, 0x77);

/** Of every link on an I2C bus, whatever reaches the bus. */
export const SMBUS_OPTIONS = {
  /** Our own 7-bit address. */
  address: deviceAddress,
  pec: oneOf('require', 'accept'),
  /** Payload bytes per packet sent. */
  unit: wholeNumber(64, 250),
  /** kHz. */
  speed: oneOf(100, 400, 1000),
  bridging: yesOrNo,
  window: wholeNumber(1, 64),
  /** Addresses of devices. */
  probe: listOf(deviceAddress),
};

const LINUX_OPTIONS = { ...SMBUS_OPTIONS, force: yesOrNo };

/** DSP0237 leaves it open; 0x10 is what the examples of Linux use for the BMC. */
const DEFAULT_OWN_ADDRESS = 0x10;

export function linuxI2cLink(url: LinkUrl, context: LinkContext): Link {
  const { force, ...options } = readOptions(url, LINUX_OPTIONS);
  const [, bus, address] = /^(\d{1,5})\/(.*)$/.exec(url.place) ?? [];
  if (address !== undefined) {
    const way = `write i2c:${bus}/0x1d for a device, i2c:${bus} for the bus`;
    throw new MctpError('EUSAGE', `${url.text}: "${address}" is not an address of a device: ${way}`);
  }
  if (!/^\d{1,5}$/.test(url.place)) {
    throw new MctpError('EUSAGE', `${url.text}: name the bus by its number, as in i2c:1 for /dev/i2c-1`);
  }
  const port = new LinuxI2cPort({
    bus: Number(url.place),
    clock: context.clock,
    ...(force !== undefined && { forceAccess: force }),
  });
  return smbusLink(`i2c:${url.place}`, port, options, context);
}

/** The link on any bus, from options read by `SMBUS_OPTIONS`. */
export function smbusLink(
  name: string,
  port: I2cPort,
  options: ReturnType<typeof readOptions<typeof SMBUS_OPTIONS>>,
  { clock }: LinkContext,
): Link {
  const { address = DEFAULT_OWN_ADDRESS, unit, speed, ...rest } = options;
  return new SmbusLink({
    name,
    port,
    clock,
    ownAddress: address,
    ...(unit !== undefined && { transmissionUnit: unit }),
    ...(speed !== undefined && { speedKhz: speed }),
    ...rest,
  });
}
