// Runs inside the board, under vitest: the compliance suite of links on both sides of a USB cable of Linux (dummy_hcd).

import { systemClock } from '../../../bindings/system-clock.js';
import { UsbGadgetPort } from '../../../bindings/usb/gadget/gadget-port.js';
import { UsbHostPort } from '../../../bindings/usb/host/host-port.js';
import type { TransferPort, TransferPortHost } from '../../../bindings/usb/transfer-port.js';
import { UsbLink } from '../../../bindings/usb/usb-link.js';
import { describeLinkCompliance } from '../../../hw-fixtures/testing/link-compliance.js';

const IDENTITY = { vendorId: 0x1209, productId: 1, serial: '42', manufacturer: 'mctpkit', product: 'test' };
const clock = systemClock;
const gadget = (): UsbGadgetPort => new UsbGadgetPort({ identity: IDENTITY, clock });
const host = (): UsbHostPort => new PatientPort('42', { serial: '42' });

/** udev tells libusb of a device a moment after the host's kernel has configured it. */
class PatientPort extends UsbHostPort {
  override async open(listener: TransferPortHost): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await super.open(listener);
      } catch (error) {
        if (attempt === 40) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }
}

/** A device that is plugged in before its link opens it: a host finds it then. */
class PluggedIn implements TransferPort {
  readonly name = 'gadget';
  readonly #port = gadget();
  #host: TransferPortHost | undefined;

  plugIn(): Promise<void> {
    return this.#port.open({
      received: (...range) => this.#host?.received(...range),
      written: (error) => this.#host?.written(error),
      fault: (what) => this.#host?.fault(what),
      state: (up, reason) => this.#host?.state(up, reason),
      closed: (reason) => this.#host?.closed(reason),
    });
  }

  async open(listener: TransferPortHost): Promise<void> {
    this.#host = listener;
  }

  write(buffer: Uint8Array, start: number, end: number): void {
    this.#port.write(buffer, start, end);
  }

  async close(): Promise<void> {
    this.#host = undefined;
  }

  unplug(): Promise<void> {
    return this.#port.close();
  }
}

for (const [transmissionUnit, batch] of [
  [64, false],
  [247, true],
] as const) {
  describeLinkCompliance(`usb: against a gadget, ${transmissionUnit} bytes`, async () => {
    const device = new PluggedIn();
    await device.plugIn();
    const a = new UsbLink({ port: host(), clock, transmissionUnit, batch });
    const b = new UsbLink({ port: device, clock, transmissionUnit, batch });
    return { a, b, dispose: () => device.unplug() };
  });

  describeLinkCompliance(`usb-gadget: against a host, ${transmissionUnit} bytes`, () => ({
    a: new UsbLink({ port: gadget(), clock, transmissionUnit, batch }),
    b: new UsbLink({ port: host(), clock, transmissionUnit, batch }),
  }));
}
