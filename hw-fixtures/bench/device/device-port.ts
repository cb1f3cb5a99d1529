/** A device's place: a virtual port on a wire and the real link on it, or any link at all. */

import { SerialLink } from '../../../bindings/serial/serial-link.js';
import { SmbusLink } from '../../../bindings/smbus/smbus-link.js';
import { UsbLink } from '../../../bindings/usb/usb-link.js';
import type { Clock } from '../../../stack/clock.js';
import type { Link } from '../../../stack/link.js';
import type { I2cSpeed } from '../wires/i2c-timing.js';
import type { I2cWirePort } from '../wires/i2c-wire-port.js';
import type { UartEnd } from '../wires/uart-end.js';
import type { UsbEnd } from '../wires/usb-cable.js';
import type { Behaviours } from './behaviour.js';
import { framedBytePort, framedI2cPort, framedTransferPort } from './frame-ports.js';

export interface I2cDevicePort {
  readonly kind: 'smbus';
  /** Of the link, unique within the device: the wire's. */
  readonly name: string;
  readonly port: I2cWirePort;
  /** 7-bit. */
  readonly address: number;
  readonly speedKhz: I2cSpeed;
  /** A bridge: addresses of what is on the wire below. */
  readonly probe?: readonly number[];
  /** Payload bytes per packet; default 64. */
  readonly unit?: number;
}

export interface UartDevicePort {
  readonly kind: 'serial';
  readonly name: string;
  readonly port: UartEnd;
  readonly unit?: number;
}

export interface UsbDevicePort {
  readonly kind: 'usb';
  readonly name: string;
  readonly port: UsbEnd;
  readonly unit?: number;
}

/**
 * A link of any kind, real ones too: an emulated device. It can be switched off and reset, but not pulled out; a write
 * that it does not acknowledge is lost, and behaviours do not change its frames.
 */
export interface LinkDevicePort {
  readonly kind: 'link';
  /** Asked at every boot; a link that was closed may be given again. */
  create(): Link | Promise<Link>;
}

export type DevicePort = I2cDevicePort | UartDevicePort | UsbDevicePort | LinkDevicePort;

/** A fresh link on the port, as after a power-up. */
export async function deviceLink(
  place: DevicePort,
  clock: Clock,
  behaviours: Behaviours,
  bridging: boolean,
): Promise<Link> {
  if (place.kind === 'link') return place.create();
  const { name, unit } = place;
  const { changeFrames } = behaviours;
  const common = { name, clock, ...(unit !== undefined && { transmissionUnit: unit }) };
  // A device's UART is soldered on, and its USB plug is: it does not come and go, the device does.
  if (place.kind === 'serial') {
    const port = changeFrames ? framedBytePort(place.port, behaviours, clock) : place.port;
    return new SerialLink({ ...common, port, reopen: false });
  }
  if (place.kind === 'usb') {
    const port = changeFrames ? framedTransferPort(place.port, behaviours, clock) : place.port;
    return new UsbLink({ ...common, port });
  }
  return new SmbusLink({
    ...common,
    port: changeFrames ? framedI2cPort(place.port, behaviours, clock) : place.port,
    ownAddress: place.address,
    speedKhz: place.speedKhz,
    bridging,
    ...(place.probe !== undefined && { probe: place.probe }),
  });
}
