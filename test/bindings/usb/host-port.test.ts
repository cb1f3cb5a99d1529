import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { standInFor } from '../../../bindings/optional.js';
import { UsbHostPort } from '../../../bindings/usb/host/host-port.js';
import { selectorOf } from '../../../bindings/usb/host/usb-url.js';
import { UsbLink } from '../../../bindings/usb/usb-link.js';
import { RecordingHost } from '../../../hw-fixtures/testing/recording-host.js';
import { TestClock } from '../../../hw-fixtures/testing/test-clock.js';
import { FakeDevice, FakeTransfer, mctpInterface, withoutBulkIn } from './fake-libusb.js';

const libusb = { devices: [] as object[], initError: 0 };
const usb = {
  get INIT_ERROR() {
    return libusb.initError;
  },
  getDeviceList: () => libusb.devices,
  LIBUSB_TRANSFER_STALL: 4,
  LIBUSB_TRANSFER_OVERFLOW: 6,
};
afterAll(standInFor('usb', { Transfer: FakeTransfer, usb }));

function plugIn(...devices: FakeDevice[]): void {
  libusb.devices = devices;
}

const linkTo = (place: string, clock = new TestClock()): { link: UsbLink; host: RecordingHost; clock: TestClock } => {
  const link = new UsbLink({ clock, port: new UsbHostPort(place, selectorOf(place)) });
  return { link, host: new RecordingHost().attach(link), clock };
};
const opening = (place: string): Promise<void> => linkTo(place).link.open();

describe('the USB port of a host', () => {
  beforeEach(() => {
    libusb.initError = 0;
    plugIn();
  });

  it('says that libusb does not start', async () => {
    libusb.initError = -99;
    await expect(opening('')).rejects.toMatchObject({
      code: 'EIO',
      message: 'a USB link: libusb does not start (-99): is /dev/bus/usb there?',
    });
  });

  it('says that nothing is plugged in', async () => {
    await expect(opening('')).rejects.toMatchObject({
      code: 'ENODEV',
      message: 'no USB device with an MCTP interface: is it plugged in?',
    });
  });

  const nonsense: Readonly<Record<string, object[] | 'nonsense'>> = {
    'another class': [mctpInterface({ bInterfaceClass: 3 })],
    'a host interface': [mctpInterface({ bInterfaceSubClass: 1 })],
    'MCTP 2': [mctpInterface({ bInterfaceProtocol: 2 })],
    'no bulk endpoint to us': [withoutBulkIn],
    'no endpoints': [mctpInterface({ endpoints: [] })],
    'no interfaces': [],
    'a configuration that cannot be read': 'nonsense',
  };
  it.each(Object.keys(nonsense))('is not taken in by a device with %s', async (what) => {
    plugIn(new FakeDevice(1, nonsense[what]!));
    await expect(opening('1209:0001')).rejects.toMatchObject({
      code: 'ENODEV',
      message:
        'the USB device 1209:0001 has no MCTP interface (class 14, subclass 00, protocol 01) with a bulk endpoint each way',
    });
  });

  it('names them when there are several, and takes the one that is meant', async () => {
    plugIn(new FakeDevice(2, undefined, 'B'), new FakeDevice(1, undefined, 'A'));
    await expect(opening('')).rejects.toMatchObject({
      code: 'EBUSY',
      message: 'several USB devices have an MCTP interface: name one: usb:1-1, usb:1-2',
    });
    for (const place of ['A', '1-1']) {
      const { link } = linkTo(place);
      await link.open();
      await link.close();
    }
    expect(libusb.devices.map((device) => (device as FakeDevice).interfaces)).toEqual([undefined, undefined]);
    await expect(opening('C')).rejects.toMatchObject({ code: 'ENODEV' });
  });

  it.each([
    ['LIBUSB_ERROR_ACCESS', 'EACCES', /permission denied; as root: echo 'SUBSYSTEM=="usb"/],
    ['LIBUSB_ERROR_NO_DEVICE', 'ENODEV', /^USB device at 1-1 \(1-1\) is gone$/],
    ['LIBUSB_ERROR_IO', 'EIO', /LIBUSB_ERROR_IO/],
  ])('says what it is when opening fails with %s', async (what, code, message) => {
    const device = new FakeDevice(1);
    device.openError = what;
    plugIn(device);
    await expect(opening('1-1')).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('gives the device back when its interface is claimed by another program', async () => {
    const device = new FakeDevice(1);
    device.claimError = 'LIBUSB_ERROR_BUSY';
    plugIn(device);
    await expect(opening('1-1')).rejects.toMatchObject({
      code: 'EBUSY',
      message: 'USB device at 1-1 (1-1) is in use by another program',
    });
    expect(device.interfaces).toBeUndefined();
  });

  it('is closed when it has been cleared of a stall, not under that', async () => {
    const device = new FakeDevice(1);
    plugIn(device);
    const { link } = linkTo('1-1');
    await link.open();
    FakeTransfer.stall(device);
    await vi.waitFor(() => expect(device.clearing).toHaveLength(1), { timeout: 30_000, interval: 1 });
    const closing = link.close();
    await new Promise((resolve) => setImmediate(resolve));
    device.clearing.shift()!();
    await closing;
    expect(device.interfaces).toBeUndefined();
    expect(FakeTransfer.pending.size).toBe(0);
  });

  it('comes back after the cable was pulled, though nothing of a device that is gone can be cancelled', async () => {
    const device = new FakeDevice(1);
    plugIn(device);
    const { link, host, clock } = linkTo('42');
    await link.open();
    FakeTransfer.pull(device);
    plugIn();
    await clock.pass(3000);
    expect(host.states.map(({ up }) => up)).toEqual([true, false]);
    const again = new FakeDevice(1);
    plugIn(again);
    await vi.waitFor(
      async () => {
        await clock.pass(1000);
        expect(host.states.map(({ up }) => up)).toEqual([true, false, true]);
      },
      { timeout: 30_000, interval: 5 },
    );
    await link.close();
    expect([device.opens, again.opens]).toEqual([2, 2]);
    expect(FakeTransfer.pending.size).toBe(0);
  });
});
