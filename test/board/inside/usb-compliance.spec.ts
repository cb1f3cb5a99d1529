// Runs inside the board, under vitest: the compliance suite of links on both sides of a USB cable of Linux (dummy_hcd).

import { afterAll, beforeAll, describe } from 'vitest';
import { systemClock } from '../../../bindings/system-clock.js';
import { UsbGadgetPort } from '../../../bindings/usb/gadget/gadget-port.js';
import { UsbHostPort } from '../../../bindings/usb/host/host-port.js';
import type { TransferPort, TransferPortHost } from '../../../bindings/usb/transfer-port.js';
import { UsbLink } from '../../../bindings/usb/usb-link.js';
import { describeLinkCompliance } from '../../../hw-fixtures/testing/link-compliance.js';

const IDENTITY = { vendorId: 0x1209, productId: 1, serial: '42', manufacturer: 'mctpkit', product: 'test' };
const clock = systemClock;
// There is a host, however long it takes on a busy machine: opened without one, a link would lose what these tests send.
const gadget = (): UsbGadgetPort => new UsbGadgetPort({ identity: IDENTITY, clock, hostWaitMs: 30_000 });
const host = (): UsbHostPort => new PatientPort('42', { serial: '42' });

/**
 * udev tells libusb of a device a moment after the host's kernel has configured it. A device that was lost is not waited for: its
 * link opens it again by itself, and does not close before that has ended.
 */
class PatientPort extends UsbHostPort {
  #patience = { over: false };

  override async open(listener: TransferPortHost): Promise<void> {
    const patience = this.#patience;
    for (let attempt = 0; ; attempt++) {
      try {
        await super.open(listener);
        patience.over = true;
        return;
      } catch (error) {
        if (patience.over || attempt === 400) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** The link waits for an opening under way: that must not wait for a device which is gone. */
  override async close(): Promise<void> {
    this.#patience.over = true;
    this.#patience = { over: false };
    await super.close();
  }
}

/** A device that stays plugged in while links on it open and close. */
class PluggedIn implements TransferPort {
  readonly name = 'gadget';
  readonly #port = gadget();
  #host: TransferPortHost | undefined;
  #writing = false;

  plugIn(): Promise<void> {
    return this.#port.open({
      received: (...range) => this.#host?.received(...range),
      written: (error) => {
        this.#writing = false;
        this.#host?.written(error);
      },
      fault: (what) => this.#host?.fault(what),
      state: (up, reason) => this.#host?.state(up, reason),
      closed: (reason) => this.#host?.closed(reason),
    });
  }

  async open(listener: TransferPortHost): Promise<void> {
    this.#host = listener;
  }

  write(buffer: Uint8Array, start: number, end: number): void {
    this.#writing = true;
    this.#port.write(buffer, start, end);
  }

  async close(): Promise<void> {
    this.#host = undefined;
  }

  /** What no host has fetched would reach the next one: plugging it in anew forgets it. */
  async settle(): Promise<void> {
    if (!this.#writing) return;
    await this.unplug();
    this.#writing = false;
    await this.plugIn();
  }

  unplug(): Promise<void> {
    return this.#port.close();
  }
}

for (const [transmissionUnit, batch] of [
  [64, false],
  [247, true],
] as const) {
  describe('a device that stays plugged in', () => {
    const device = new PluggedIn();
    beforeAll(() => device.plugIn());
    afterAll(() => device.unplug());
    describeLinkCompliance(`usb: against a gadget, ${transmissionUnit} bytes`, () => {
      const a = new UsbLink({ port: host(), clock, transmissionUnit, batch });
      const b = new UsbLink({ port: device, clock, transmissionUnit, batch });
      return { a, b, dispose: () => device.settle() };
    });
  });
}

// Every opening plugs the device in: a host takes most of a second to find it.
describeLinkCompliance('usb-gadget: against a host', () => ({
  a: new UsbLink({ port: gadget(), clock, transmissionUnit: 247, batch: true }),
  b: new UsbLink({ port: host(), clock, transmissionUnit: 247, batch: true }),
}));
