/** A Pico with the bridge image, seen by `mctpkit adapter`: by libusb, with a device that is simulated. */

import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { standInFor } from '../../bindings/optional.js';
import { BRIDGE_COUNTERS, BRIDGE_PRODUCT, BRIDGE_REQUEST } from '../../hw-fixtures/pico/bridge-requests.js';
import { BRIDGE_FIRMWARE_VERSION } from '../../hw-fixtures/pico/firmware-version.js';
import { isBridgeUrl, withBridge } from '../../tools/adapter/bridge-access.js';
import { bridgeLines } from '../../tools/adapter/bridge-lines.js';
import { FakeDevice } from '../bindings/usb/fake-libusb.js';

const libusb = { devices: [] as object[] };
afterAll(standInFor('usb', { usb: { INIT_ERROR: 0, getDeviceList: () => libusb.devices } }));

describe('the bridge at a usb: URL', () => {
  let device: FakeDevice;

  beforeEach(() => {
    device = new FakeDevice(1);
    device.product = BRIDGE_PRODUCT;
    libusb.devices = [device];
  });

  it('is told from adapters by its URL', () => {
    expect([isBridgeUrl('usb:42'), isBridgeUrl('i2c:pico')]).toEqual([true, false]);
  });

  it('says its version, its number, and what it has counted', async () => {
    device.answer = () => {
      const bytes = new Uint8Array(4 * BRIDGE_COUNTERS.length);
      for (const index of BRIDGE_COUNTERS.keys()) new DataView(bytes.buffer).setUint32(4 * index, 300 + index, true);
      return bytes;
    };
    const shown = await withBridge('usb:', async ({ firmware, serialNumber, counters }) => ({
      firmware,
      serialNumber,
      counters: await counters(),
    }));
    expect(shown).toMatchObject({ firmware: '1.2', serialNumber: '42', counters: { usbTaken: 300, notForUs: 316 } });
    expect(device.requests).toEqual([[0xc0, BRIDGE_REQUEST.readCounters, 0, 0, 68]]);
    expect(device.interfaces).toBeUndefined();
  });

  it('goes into its boot loader', async () => {
    device.answer = () => new Uint8Array(0);
    await withBridge('usb:1-1', (bridge) => bridge.enterBootLoader());
    expect(device.requests).toEqual([[0x40, BRIDGE_REQUEST.enterBootLoader, 0x4f42, 0x544f, 0]]);
  });

  it.each([
    [
      'another device',
      (): unknown => Object.assign(device, { product: 'Drive' }),
      'ENODEV',
      /1-1 is not a Pico with mctpkit's/,
    ],
    ['no permission', (): unknown => Object.assign(device, { openError: 'LIBUSB_ERROR_ACCESS' }), 'EACCES', /udev/],
    ['a refusal', (): unknown => undefined, 'EIO', /USB device 1-1: LIBUSB_TRANSFER_STALL/],
    ['nothing', (): unknown => Object.assign(libusb, { devices: [] }), 'ENODEV', /is it plugged in/],
  ] as const)('%s is told in one line', async (_what, make, code, message) => {
    make();
    const asked = withBridge('usb:', (bridge) => bridge.counters());
    await expect(asked).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(device.interfaces).toBeUndefined();
  });

  it('is shown with faults that there are, and with newer firmware', () => {
    const counters = Object.fromEntries(BRIDGE_COUNTERS.map((name) => [name, 0])) as Parameters<typeof bridgeLines>[3];
    expect(bridgeLines('usb:', BRIDGE_FIRMWARE_VERSION, 'E6', { ...counters, usbTaken: 3, i2cBadPec: 2 })).toEqual([
      `mctpkit MCTP bridge, firmware ${BRIDGE_FIRMWARE_VERSION}, serial number E6`,
      'USB: 3 packets from the host, 0 to it; I2C: 0 packets from devices, 0 to them',
      '2 writes with a bad PEC',
    ]);
    expect(bridgeLines('usb:', '0.9', 'E6', counters)[2]).toMatch(
      /^old firmware: .* comes with this mctpkit: mctpkit adapter flash --link 'usb:'$/,
    );
  });
});
