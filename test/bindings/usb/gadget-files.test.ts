// What goes wrong while a gadget is set up. That nothing is left behind is proven where configfs is real: on the board.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceControllers, GadgetFiles } from '../../../bindings/usb/gadget/gadget-files.js';

const IDENTITY = { vendorId: 0x1209, productId: 1, serial: '42', manufacturer: 'mctpkit', product: 'test' };
let root: string;
let commands: string[];
let failure: Error | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mctpkit-gadget-'));
  commands = [];
  failure = undefined;
  mkdirSync(join(root, 'sys/class/udc/a.udc'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

const gadgets = (): string => join(root, 'sys/kernel/config/usb_gadget');

function filesFor(controller: string): GadgetFiles {
  return new GadgetFiles(controller, {
    sys: join(root, 'sys'),
    run: join(root, 'run'),
    proc: join(root, 'proc'),
    command: async (program, args) => {
      commands.push([program, ...args].join(' '));
      if (failure !== undefined) throw failure;
    },
  });
}

describe('the files of a gadget', () => {
  it('say which controllers there are', async () => {
    expect(await deviceControllers(join(root, 'sys'))).toEqual(['a.udc']);
    expect(await deviceControllers(join(root, 'nowhere'))).toEqual([]);
  });

  it('need configfs, and try to mount it', async () => {
    await expect(filesFor('a.udc').create(IDENTITY)).rejects.toMatchObject({
      code: 'ENOTSUP',
      message: expect.stringMatching(
        /^no USB gadgets in .*: as root: mount -t configfs .*modprobe libcomposite usb_f_fs$/,
      ),
    });
    expect(commands).toEqual([`mount -t configfs none ${join(root, 'sys/kernel/config')}`]);
  });

  it('say that the modules are missing where configfs is mounted already', async () => {
    mkdirSync(join(root, 'proc/self'), { recursive: true });
    const configfs = join(root, 'sys/kernel/config');
    writeFileSync(join(root, 'proc/self/mounts'), `sysfs /sys sysfs rw 0 0\nnone ${configfs} configfs rw 0 0\n`);
    await expect(filesFor('a.udc').create(IDENTITY)).rejects.toMatchObject({
      code: 'ENOTSUP',
      message: `no USB gadgets in ${configfs}: as root: modprobe libcomposite usb_f_fs`,
    });
    expect(commands).toEqual([]);
  });

  it('say that the program mount is missing, not that there are no gadgets', async () => {
    failure = Object.assign(new Error('spawn mount ENOENT'), { code: 'ENOENT', syscall: 'spawn mount' });
    await expect(filesFor('a.udc').create(IDENTITY)).rejects.toMatchObject({
      code: 'ENOTSUP',
      message: expect.stringMatching(
        /^configfs is not mounted on .*kernel\/config, and this machine has no program "mount"/,
      ),
    });
    mkdirSync(gadgets(), { recursive: true });
    await expect(filesFor('a.udc').create(IDENTITY)).rejects.toMatchObject({
      code: 'ENOTSUP',
      message: 'FunctionFS cannot be mounted: this machine has no program "mount": install util-linux or busybox',
    });
  });

  it('leave the gadget of another program alone', async () => {
    mkdirSync(join(gadgets(), 'other'), { recursive: true });
    writeFileSync(join(gadgets(), 'other/UDC'), 'a.udc\n');
    await expect(filesFor('a.udc').create(IDENTITY)).rejects.toMatchObject({
      code: 'EBUSY',
      message: expect.stringMatching(/a\.udc is in use by the gadget other: stop its program, or as root: echo > /),
    });
    expect(commands).toEqual([]);
  });

  it.each([
    ['mount: must be superuser to use mount', 'EACCES', 'only root may set up a USB device: use sudo'],
    [
      "mount: unknown filesystem type 'functionfs'",
      'EIO',
      "the USB device cannot be set up on a.udc: mount: unknown filesystem type 'functionfs'",
    ],
  ])('say why FunctionFS is not mounted: %s', async (text, code, message) => {
    mkdirSync(gadgets(), { recursive: true });
    failure = new Error(text);
    await expect(filesFor('a.udc').create(IDENTITY)).rejects.toMatchObject({ code, message });
    expect(commands.map((command) => command.split(' ')[0])).toEqual(['mount', 'umount']);
  });

  it('are as the kernel wants them', async () => {
    mkdirSync(gadgets(), { recursive: true });
    const files = filesFor('a.udc');
    await files.create(IDENTITY);
    expect(commands).toEqual([`mount -t functionfs mctpkit-a_udc ${files.mountPoint}`]);
  });
});
