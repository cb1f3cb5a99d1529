/**
 * `i2c:1?address=0x10`, adapters that speak the adapter protocol: `i2c:pico?address=0x10`, and channels of muxes on either:
 * `i2c:1:70.3`.
 */

import { MctpError } from '../../stack/errors.js';
import type { Link } from '../../stack/link.js';
import { adapterPlace, isAdapterPlace } from '../i2c/adapter/adapter-place.js';
import { AdapterPort } from '../i2c/adapter/adapter-port.js';
import { SnifferLink } from '../i2c/adapter/sniffer-link.js';
import { LinuxI2cPort } from '../i2c/linux/linux-i2c-port.js';
import { I2C_PACKAGES, openerOf } from '../i2c/linux/open-i2c.js';
import { type BusUse, DEFAULT_HOLD_MS, type MuxBus } from '../i2c/mux/mux-bus.js';
import type { MuxChannel } from '../i2c/mux/mux-channel.js';
import { MUX_KINDS, type MuxKindName } from '../i2c/mux/mux-kind.js';
import { channelAt, type MuxedPlace, type MuxStep, muxedPlace, sharedMuxBus } from '../i2c/mux/mux-place.js';
import { MuxedPort } from '../i2c/mux/muxed-port.js';
import type { LinkContext } from '../link-context.js';
import { type LinkUrl, listOf, oneOf, readOptions, textValue, wholeNumber, yesOrNo } from '../link-url.js';
import type { I2cPort } from './i2c-port.js';
import { DEFAULT_SPEED_KHZ, SmbusLink } from './smbus-link.js';

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

/** Of links which share a bus. */
const MUXED_OPTIONS = {
  ...LINUX_OPTIONS,
  ...ADAPTER_OPTIONS,
  /** For how long a channel stays selected when an answer does not come; ms. */
  hold: wholeNumber(1, 60_000),
  /** What the muxes on the way are: one for all of them, or one for each, from the outermost on. */
  mux: listOf(oneOf(...MUX_KINDS)),
};

export function i2cLink(url: LinkUrl, context: LinkContext): Link {
  const muxed = muxedPlace(url.place);
  if (muxed !== undefined) return muxedLink(url, muxed, context);
  return isAdapterPlace(url.place) ? adapterLink(url, context) : linuxI2cLink(url, context);
}

function adapterLink(url: LinkUrl, context: LinkContext): Link {
  const { serial, mode, ...options } = readOptions(url, ADAPTER_OPTIONS);
  const name = serial === undefined ? url.place : `${url.place}?serial=${serial}`;
  if (mode === 'sniff') {
    const idle = Object.keys(options)[0];
    if (idle !== undefined) throw new MctpError('EUSAGE', `${url.text}: ${idle}= means nothing with mode=sniff`);
    const { stream } = adapterPlace(url.place, serial);
    return new SnifferLink({ name: `i2c:${name}`, clock: context.clock, stream });
  }
  return smbusLink(`i2c:${name}`, adapterPort(url.place, name, serial, options.speed, context), options, context);
}

function adapterPort(
  place: string,
  name: string,
  serial: string | undefined,
  speed: number | undefined,
  { clock }: LinkContext,
): I2cPort {
  const { stream } = adapterPlace(place, serial);
  return new AdapterPort({ name, clock, stream, ...(speed !== undefined && { speedHz: speed * 1000 }) });
}

function linuxI2cLink(url: LinkUrl, context: LinkContext): Link {
  const { force, via, ...options } = readOptions(url, LINUX_OPTIONS);
  return smbusLink(`i2c:${url.place}`, linuxPort(url, url.place, { force, via }, context), options, context);
}

function linuxPort(
  url: LinkUrl,
  place: string,
  { force, via }: { readonly force: boolean | undefined; readonly via: (typeof I2C_PACKAGES)[number] | undefined },
  { clock }: LinkContext,
): I2cPort {
  const [, bus, address] = /^(\d{1,5})\/(.*)$/.exec(place) ?? [];
  if (address !== undefined) {
    const way = `write i2c:${bus}/0x1d for a device, i2c:${bus} for the bus`;
    throw new MctpError('EUSAGE', `${url.text}: "${address}" is not an address of a device: ${way}`);
  }
  if (!/^\d{1,5}$/.test(place)) {
    throw new MctpError(
      'EUSAGE',
      `${url.text}: name the bus by its number, as in i2c:1 for /dev/i2c-1, a channel of a mux on it as in i2c:1:70.3, or an adapter: i2c:pico`,
    );
  }
  return new LinuxI2cPort({
    bus: Number(place),
    clock,
    ...(force !== undefined && { forceAccess: force }),
    ...(via !== undefined && { openBus: openerOf(via) }),
  });
}

/** The mux is switched by us, with writes on its bus: no driver of the kernel may have it. */
function muxedLink(url: LinkUrl, { root, path }: MuxedPlace, context: LinkContext): Link {
  const { serial, mode, force, via, hold, mux, ...options } = readOptions(url, MUXED_OPTIONS);
  if (mode !== undefined) throw new MctpError('EUSAGE', `${url.text}: mode=sniff hears a whole bus: write i2c:${root}`);
  const name = serial === undefined ? root : `${root}?serial=${serial}`;
  const { speed = DEFAULT_SPEED_KHZ } = options;
  const use: BusUse = {
    options: {
      speed: String(speed),
      hold: String(hold ?? DEFAULT_HOLD_MS),
      force: force === true ? '1' : '0',
      via,
    },
    make: () => ({
      root: isAdapterPlace(root)
        ? adapterPort(root, name, serial, speed, context)
        : linuxPort(url, root, { force, via }, context),
      ...(hold !== undefined && { holdMs: hold }),
    }),
  };
  const bus = sharedMuxBus(context.clock, name, use);
  const which = serial === undefined ? '' : `?serial=${serial}`;
  const port = new MuxedPort(bus, channelOf(url, bus, path, mux), use);
  return smbusLink(`i2c:${url.place}${which}`, port, options, context);
}

function channelOf(
  url: LinkUrl,
  bus: MuxBus,
  path: readonly MuxStep[],
  kinds: readonly MuxKindName[] | undefined,
): MuxChannel {
  try {
    return channelAt(bus, path, kinds);
  } catch (error) {
    if (!(error instanceof MctpError)) throw error;
    throw new MctpError(error.code, `${url.text}: ${error.message}`, { cause: error });
  }
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
