/** The bridge image in an emulated Pico, a host above it and devices below, all on the emulated clock. */

import { SmbusLink } from '../../../bindings/smbus/smbus-link.js';
import { UsbLink } from '../../../bindings/usb/usb-link.js';
import { Device, echoApp } from '../../../hw-fixtures/index.js';
import { BRIDGE_REQUEST, type BridgeCounters, bridgeCounters } from '../../../hw-fixtures/pico/bridge-requests.js';
import type { EmulatedPico } from '../../../hw-fixtures/pico/emulator/pico.js';
import { EmulatedUsbPort } from '../../../hw-fixtures/pico/emulator/usb-transfer-port.js';
import { WirePort } from '../../../hw-fixtures/pico/emulator/wire-port.js';
import { BusOwner } from '../../../stack/bus-owner/index.js';
import type { Clock } from '../../../stack/clock.js';
import { ControlClient } from '../../../stack/control/index.js';
import { Mctp } from '../../../stack/mctp.js';
import { startedPico } from './support.js';

const LONGEST_UNIT = 247;

export class BridgeBench {
  readonly clock: Clock;
  readonly host: Mctp;
  readonly client: ControlClient;
  readonly owner: BusOwner;
  readonly link = 'usb';
  readonly #devices = new Map<number, Device>();

  private constructor(readonly pico: EmulatedPico) {
    this.clock = pico.clock;
    this.host = new Mctp({ clock: this.clock });
    // As Linux's driver does, and not as libusb.
    const port = new EmulatedUsbPort(pico, false);
    this.host.addLink(new UsbLink({ port, clock: this.clock, name: this.link, transmissionUnit: LONGEST_UNIT }));
    this.host.addAddress(8, this.link);
    this.client = new ControlClient({ transport: this.host, clock: this.clock });
    this.owner = new BusOwner({ host: this.host, clock: this.clock });
  }

  static async open(): Promise<BridgeBench> {
    const bench = new BridgeBench(await startedPico(undefined, 'bridge'));
    await bench.host.open();
    return bench;
  }

  /** A device which echoes, at an address of the bus below. */
  async attach(address: number): Promise<Device> {
    const { clock, pico } = this;
    const device = new Device({
      name: `device${address}`,
      clock,
      uuid: `7a1c5e10-4c2b-11ee-8d01-001b210000${address.toString(16)}`,
      apps: [echoApp],
      port: {
        kind: 'link',
        create: () => new SmbusLink({ port: new WirePort(pico.bus), clock, ownAddress: address }),
      },
    });
    this.#devices.set(address, device);
    await device.powerOn();
    return device;
  }

  async detach(address: number): Promise<void> {
    await this.#devices.get(address)?.powerOff();
    this.#devices.delete(address);
  }

  /** So much emulated time. */
  pass(ms: number): Promise<void> {
    return this.pico.pass(ms * 1000);
  }

  async counters(): Promise<BridgeCounters> {
    return bridgeCounters(await this.pico.usb.control([0xc0, BRIDGE_REQUEST.readCounters, 0, 0, 0, 0, 0xff, 0]));
  }

  async close(): Promise<void> {
    this.owner.close();
    this.client.close();
    await this.host.close();
    for (const address of [...this.#devices.keys()]) await this.detach(address);
    this.pico.stop();
  }
}
