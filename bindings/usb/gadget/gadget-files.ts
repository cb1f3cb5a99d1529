/** The gadget in configfs and its function's file system: set up and torn down as a whole, also what a crash left. */

import { execFile } from 'node:child_process';
import { access, mkdir, readdir, readFile, rmdir, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MctpError } from '../../../stack/errors.js';

export interface GadgetIdentity {
  readonly vendorId: number;
  readonly productId: number;
  readonly serial: string;
  readonly manufacturer: string;
  readonly product: string;
}

/** Where the system's trees are: for tests. */
export interface GadgetRoots {
  readonly sys: string;
  readonly run: string;
  readonly proc: string;
  /** Run mount or umount. */
  command(program: string, args: readonly string[]): Promise<void>;
}

const run = promisify(execFile);
/** A service or a user's shell may have a PATH without the administrator's programs. */
const SYSTEM_FOLDERS = '/usr/sbin:/usr/bin:/sbin:/bin';
export const GADGET_ROOTS: GadgetRoots = {
  sys: '/sys',
  run: '/run/mctpkit',
  proc: '/proc',
  command: async (program, args) => {
    const { PATH } = process.env;
    await run(program, [...args], { env: { ...process.env, PATH: `${PATH ?? ''}:${SYSTEM_FOLDERS}` } });
  },
};

/** The device controllers of this machine. */
export async function deviceControllers(sys = '/sys'): Promise<string[]> {
  return (await readdir(join(sys, 'class/udc')).catch(() => [])).sort();
}

export class GadgetFiles {
  /** Where ep0, ep1 and ep2 are. */
  readonly mountPoint: string;
  readonly #roots: GadgetRoots;
  readonly #controller: string;
  readonly #name: string;
  readonly #gadget: string;

  constructor(controller: string, roots: GadgetRoots = GADGET_ROOTS) {
    this.#roots = roots;
    this.#controller = controller;
    this.#name = `mctpkit-${controller.replaceAll(/[^\w-]/g, '_')}`;
    this.#gadget = join(roots.sys, 'kernel/config/usb_gadget', this.#name);
    this.mountPoint = join(roots.run, `usb-${this.#name}`);
  }

  /** @throws MctpError EACCES, EBUSY, ENODEV, ENOTSUP, EIO; nothing is left then */
  async create(identity: GadgetIdentity): Promise<void> {
    await this.#needConfigfs();
    await this.#refuseBusy();
    await this.destroy();
    try {
      await this.#create(identity);
    } catch (cause) {
      await this.destroy();
      throw gadgetError(cause, this.#controller);
    }
  }

  /** Show the device to the host; the function's descriptors have to be there. @throws MctpError EBUSY, EIO */
  async bind(): Promise<void> {
    await this.#put('UDC', this.#controller).catch((cause: unknown) =>
      Promise.reject(gadgetError(cause, this.#controller)),
    );
  }

  /** Take the device from the host; harmless when it is not shown. */
  async unbind(): Promise<void> {
    await this.#put('UDC', '\n').catch(() => {});
  }

  /** Remove all of it, as far as it is there. Files of the function have to be closed. */
  async destroy(): Promise<void> {
    await this.unbind();
    const removals = [
      () => unlink(join(this.#gadget, 'configs/c.1', `ffs.${this.#name}`)),
      () => rmdir(join(this.#gadget, 'configs/c.1/strings/0x409')),
      () => rmdir(join(this.#gadget, 'configs/c.1')),
      () => this.#roots.command('umount', [this.mountPoint]),
      () => rmdir(this.mountPoint),
      () => rmdir(join(this.#gadget, 'functions', `ffs.${this.#name}`)),
      () => rmdir(join(this.#gadget, 'strings/0x409')),
      () => rmdir(this.#gadget),
    ];
    if (!(await exists(this.#gadget)) && !(await exists(this.mountPoint))) return;
    for (const remove of removals) await remove().catch(() => {});
  }

  async #create({ vendorId, productId, serial, manufacturer, product }: GadgetIdentity): Promise<void> {
    const function_ = `ffs.${this.#name}`;
    await mkdir(this.#gadget);
    await this.#put('idVendor', String(vendorId));
    await this.#put('idProduct', String(productId));
    await this.#put('bcdUSB', '0x0200');
    await mkdir(join(this.#gadget, 'strings/0x409'), { recursive: true });
    await this.#put('strings/0x409/manufacturer', manufacturer);
    await this.#put('strings/0x409/product', product);
    await this.#put('strings/0x409/serialnumber', serial);
    await mkdir(join(this.#gadget, 'configs/c.1'), { recursive: true });
    await mkdir(join(this.#gadget, 'functions', function_), { recursive: true });
    await symlink(join(this.#gadget, 'functions', function_), join(this.#gadget, 'configs/c.1', function_));
    await mkdir(this.mountPoint, { recursive: true });
    await this.#roots.command('mount', ['-t', 'functionfs', this.#name, this.mountPoint]);
  }

  async #needConfigfs(): Promise<void> {
    const configfs = join(this.#roots.sys, 'kernel/config');
    const gadgets = join(configfs, 'usb_gadget');
    if (await exists(gadgets)) return;
    const mounted = async (): Promise<boolean> => {
      const mounts = await readFile(join(this.#roots.proc, 'self/mounts'), 'utf8').catch(() => '');
      return mounts.split('\n').some((line) => line.split(' ')[1] === configfs);
    };
    const mount = `mount -t configfs none ${configfs}`;
    const modules = 'modprobe libcomposite usb_f_fs';
    if (!(await mounted())) {
      try {
        await this.#roots.command('mount', ['-t', 'configfs', 'none', configfs]);
      } catch (cause) {
        if (noProgram(cause)) {
          throw new MctpError(
            'ENOTSUP',
            `configfs is not mounted on ${configfs}, and this machine has no program "mount": install util-linux or busybox`,
            {
              cause,
            },
          );
        }
      }
    }
    if (await exists(gadgets)) return;
    const remedy = (await mounted()) ? modules : `${mount}; ${modules}`;
    throw new MctpError('ENOTSUP', `no USB gadgets in ${configfs}: as root: ${remedy}`);
  }

  /** A gadget of ours that nobody runs any more is not shown: the kernel takes it from the host when ep0 is closed. */
  async #refuseBusy(): Promise<void> {
    const gadgets = join(this.#roots.sys, 'kernel/config/usb_gadget');
    for (const gadget of await readdir(gadgets).catch(() => [])) {
      const bound = (await readFile(join(gadgets, gadget, 'UDC'), 'utf8').catch(() => '')).trim();
      if (bound !== this.#controller) continue;
      throw new MctpError(
        'EBUSY',
        `device controller ${this.#controller} is in use by the gadget ${gadget}: stop its program, or as root: ` +
          `echo > ${join(gadgets, gadget, 'UDC')}`,
      );
    }
  }

  #put(name: string, value: string): Promise<void> {
    return writeFile(join(this.#gadget, name), value);
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Was it the program which is missing, and not what it works on? */
function noProgram(cause: unknown): boolean {
  const { code, syscall } = (cause ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOENT' && syscall?.startsWith('spawn') === true;
}

function gadgetError(cause: unknown, controller: string): MctpError {
  const { code, message = '' } = (cause ?? {}) as { code?: string; message?: string };
  if (noProgram(cause)) {
    return new MctpError(
      'ENOTSUP',
      'FunctionFS cannot be mounted: this machine has no program "mount": install util-linux or busybox',
      { cause },
    );
  }
  if (code === 'EACCES' || code === 'EPERM' || /permission denied|must be superuser/i.test(message)) {
    return new MctpError('EACCES', 'only root may set up a USB device: use sudo', { cause });
  }
  if (code === 'EBUSY') {
    return new MctpError('EBUSY', `device controller ${controller} is in use by another gadget`, { cause });
  }
  if (code === 'ENODEV') return new MctpError('ENODEV', `there is no device controller ${controller}`, { cause });
  return new MctpError('EIO', `the USB device cannot be set up on ${controller}: ${message.split('\n')[0]}`, { cause });
}
