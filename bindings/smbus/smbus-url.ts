/** `i2c:1?address=0x10`, and adapters that speak the adapter protocol: `i2c:pico?address=0x10`. */

import { MctpError } from '../../stack/errors.js';
import type { Link } from '../../stack/link.js';
import { adapterPlace, isAdapterPlace } from '../i2c/adapter/adapter-place.js';
import { AdapterPort } from '../i2c/adapter/adapter-port.js';
import { SnifferLink } from '../i2c/adapter/sniffer-link.js';
import { LinuxI2cPort } from '../i2c/linux/linux-i2c-port.js';
import { I2C_PACKAGES, openerOf } from '../i2c/linux/open-i2c.js';
import type { LinkContext } from '../link-context.js';
import { type LinkUrl, listOf, oneOf, readOptions, textValue, wholeNumber, yesOrNo } from '../link-url.js';
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

const LINUX_OPTIONS = {
  ...SMBUS_OPTIONS,
  force: yesOrNo,
  /** The package which reaches the bus; default: the first which loads. */
  via: oneOf(...I2C_PACKAGES),
};

const ADAPTER_OPTIONS = {
  ...SMBUS_OPTIONS,
  /** Which Pico, when several are plugged in: its serial number, or the end of it. */
  serial: textValue('a serial number', /^[0-9a-z]+$/i),
  /** Only listen, to packets of others. */
  mode: oneOf('sniff'),
};

/** DSP0237 leaves it open; 0x10 is what the examples of Linux use for the BMC. */
const DEFAULT_OWN_ADDRESS = 0x10;

export function i2cLink(url: LinkUrl, context: LinkContext): Link {
  return isAdapterPlace(url.place) ? adapterLink(url, context) : linuxI2cLink(url, context);
}

function adapterLink(url: LinkUrl, context: LinkContext): Link {
  const { serial, mode, ...options } = readOptions(url, ADAPTER_OPTIONS);
  const { stream } = adapterPlace(url.place, serial);
  const name = serial === undefined ? url.place : `${url.place}?serial=${serial}`;
  if (mode === 'sniff') {
    const idle = Object.keys(options)[0];
    if (idle !== undefined) throw new MctpError('EUSAGE', `${url.text}: ${idle}= means nothing with mode=sniff`);
    return new SnifferLink({ name: `i2c:${name}`, clock: context.clock, stream });
  }
  const port = new AdapterPort({
    name,
    clock: context.clock,
    stream,
    ...(options.speed !== undefined && { speedHz: options.speed * 1000 }),
  });
  return smbusLink(`i2c:${name}`, port, options, context);
}

function linuxI2cLink(url: LinkUrl, context: LinkContext): Link {
  const { force, via, ...options } = readOptions(url, LINUX_OPTIONS);
  const [, bus, address] = /^(\d{1,5})\/(.*)$/.exec(url.place) ?? [];
  if (address !== undefined) {
    const way = `write i2c:${bus}/0x1d for a device, i2c:${bus} for the bus`;
    throw new MctpError('EUSAGE', `${url.text}: "${address}" is not an address of a device: ${way}`);
  }
  if (!/^\d{1,5}$/.test(url.place)) {
    throw new MctpError(
      'EUSAGE',
      `${url.text}: name the bus by its number, as in i2c:1 for /dev/i2c-1, or an adapter: i2c:pico`,
    );
  }
  const port = new LinuxI2cPort({
    bus: Number(url.place),
    clock: context.clock,
    ...(force !== undefined && { forceAccess: force }),
    ...(via !== undefined && { openBus: openerOf(via) }),
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
