import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holderOf, listUsbInterfaces } from '../../../bindings/usb/host/usb-sysfs.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mctpkit-usb-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function files(folder: string, values: Readonly<Record<string, string>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, value] of Object.entries(values)) writeFileSync(join(folder, name), `${value}\n`);
}

interface Plugged {
  readonly path: string;
  readonly type?: string;
  readonly subclass?: string;
  readonly driver?: string;
  readonly network?: string;
  readonly values?: Readonly<Record<string, string>>;
}

/** As Linux lays it out. */
function plug({ path, type = '14', subclass = '00', driver, network, values }: Plugged): void {
  const devices = join(root, 'sys/bus/usb/devices');
  const ofInterface = join(devices, `${path}:1.0`);
  files(join(devices, path), {
    busnum: '1',
    devnum: '4',
    idVendor: '1209',
    idProduct: '0001',
    serial: '42',
    product: 'Drive',
    manufacturer: 'mctpkit',
    speed: '480',
    ...values,
  });
  files(ofInterface, {
    bInterfaceNumber: '00',
    bInterfaceClass: type,
    bInterfaceSubClass: subclass,
    bInterfaceProtocol: '01',
  });
  if (driver !== undefined) {
    const folder = join(root, 'sys/bus/usb/drivers', driver);
    mkdirSync(folder, { recursive: true });
    symlinkSync(folder, join(ofInterface, 'driver'));
  }
  if (network !== undefined) mkdirSync(join(ofInterface, 'net', network), { recursive: true });
}

const list = () => listUsbInterfaces({ sys: join(root, 'sys'), dev: join(root, 'dev') });

describe('USB devices of this machine', () => {
  it('are those with the class of MCTP', async () => {
    plug({ path: '1-1' });
    plug({ path: '1-1.4', type: '03' });
    plug({ path: '1-2', subclass: '01' });
    expect(await list()).toMatchObject([
      {
        path: '1-1',
        vendorId: 0x1209,
        productId: 1,
        serial: '42',
        product: 'Drive',
        speed: 480,
        usable: true,
        allowed: false,
        device: join(root, 'dev/bus/usb/001/004'),
      },
      { path: '1-2', usable: false },
    ]);
  });

  it('are told as held by the driver of the kernel, with both remedies', async () => {
    plug({ path: '1-1.2', driver: 'mctp-usb', network: 'mctpusb0' });
    const [info] = await list();
    expect(info).toMatchObject({ driver: 'mctp-usb', network: 'mctpusb0' });
    expect(holderOf(info!)).toBe(
      "the kernel's driver mctp-usb holds USB device 1-1.2: use kernel:mctpusb0, or release it: " +
        'echo 1-1.2:1.0 | sudo tee /sys/bus/usb/drivers/mctp-usb/unbind',
    );
  });

  it('are told as held by a program', async () => {
    plug({ path: '1-1', driver: 'usbfs' });
    expect(holderOf((await list())[0]!)).toBe('USB device 1-1 is in use by another program');
  });

  it('may describe themselves with nonsense', async () => {
    plug({ path: '1-1', values: { idVendor: 'zz', speed: 'fast', serial: '', devnum: '' } });
    expect(await list()).toMatchObject([{ vendorId: 0, speed: undefined, serial: '' }]);
    rmSync(join(root, 'sys'), { recursive: true });
    expect(await list()).toEqual([]);
  });
});
