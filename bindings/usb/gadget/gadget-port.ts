/**
 * The device's side of MCTP over USB, by FunctionFS. ep0 tells what the host does, ep1 is written, ep2 is read.
 *
 * A read that waits holds a thread of the pool of four, and there are two of them; so a process has one gadget.
 */

import { close, constants, open, read, write } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../../../stack/clock.js';
import { MctpError } from '../../../stack/errors.js';
import { wait } from '../../../stack/util/async.js';
import type { TransferPort, TransferPortHost } from '../transfer-port.js';
import { SEGMENT_BYTES } from '../usb-framing.js';
import { EVENT_BYTES, type FunctionEvent, functionDescriptors, functionStrings, readEvent } from './descriptors.js';
import { deviceControllers, GADGET_ROOTS, GadgetFiles, type GadgetIdentity } from './gadget-files.js';

const openFile = promisify(open);
const closeFile = promisify(close);
const readFrom = promisify(read);
const writeTo = promisify(write);

export interface UsbGadgetOptions {
  /** A name below /sys/class/udc; default the only one. */
  readonly controller?: string;
  readonly identity: GadgetIdentity;
  readonly clock: Clock;
  /** How long `open` waits for a host to configure the device; ms, default 2000. It may also come later. */
  readonly hostWaitMs?: number;
}

/** Between two reads that fail at once. */
const PAUSE_MS = 20;
const EVENTS_PER_READ = 4;

interface Session {
  readonly host: TransferPortHost;
  readonly files: GadgetFiles;
  readonly controller: string;
  readonly ep0: number;
  readonly toHost: number;
  readonly fromHost: number;
  /** The host has configured us. */
  enabled: boolean;
  asleep: boolean;
  /** The host was there before: its absence is news. */
  seen: boolean;
  packetBytes: number;
  /** How often the host went: a write from before is not told of any more. */
  downs: number;
  ending: boolean;
  /** Loops that are still running. */
  readonly loops: Promise<void>[];
  reading: boolean;
  /** Called at the first configuration. */
  configured: (() => void) | undefined;
}

export class UsbGadgetPort implements TransferPort {
  readonly #options: UsbGadgetOptions;
  #session: Session | undefined;
  /** The end of the session before, under way. */
  #ended: Promise<void> = Promise.resolve();

  constructor(options: UsbGadgetOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.controller ?? '';
  }

  async open(host: TransferPortHost): Promise<void> {
    await this.#ended;
    const controller = await chooseController(this.#options.controller);
    const files = new GadgetFiles(controller);
    await files.create(this.#options.identity);
    const fds: number[] = [];
    const opened = async (name: string, flags: number): Promise<number> => {
      const fd = await openFile(join(files.mountPoint, name), flags);
      fds.push(fd);
      return fd;
    };
    try {
      const ep0 = await opened('ep0', constants.O_RDWR);
      await writeTo(ep0, functionDescriptors());
      await writeTo(ep0, functionStrings('MCTP'));
      // Not blocking: a read before the host has configured us could never be ended.
      const toHost = await opened('ep1', constants.O_RDWR | constants.O_NONBLOCK);
      const fromHost = await opened('ep2', constants.O_RDWR | constants.O_NONBLOCK);
      await files.bind();
      this.#session = {
        host,
        files,
        controller,
        ep0,
        toHost,
        fromHost,
        enabled: false,
        asleep: false,
        seen: false,
        packetBytes: SEGMENT_BYTES,
        downs: 0,
        ending: false,
        loops: [],
        reading: false,
        configured: undefined,
      };
    } catch (cause) {
      for (const fd of fds) await closeFile(fd).catch(() => {});
      await files.destroy();
      if (MctpError.is(cause)) throw cause;
      throw new MctpError('EIO', `the USB device cannot be set up: ${(cause as Error).message}`, { cause });
    }
    const session = this.#session;
    const configured = new Promise<void>((resolve) => {
      session.configured = resolve;
    });
    const timer = this.#options.clock.schedule(this.#options.hostWaitMs ?? 2000, () => session.configured?.());
    session.loops.push(this.#hear(session));
    await configured;
    timer.cancel();
  }

  write(buffer: Uint8Array, start: number, end: number): void {
    const session = this.#session;
    if (session === undefined) return; // closed: nobody waits for it
    void this.#write(session, buffer, start, end);
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) this.#ended = this.#end(session);
    await this.#ended;
  }

  async #end(session: Session): Promise<void> {
    session.ending = true;
    session.configured?.();
    // Ends every read and write under way.
    await session.files.unbind();
    await Promise.all(session.loops);
    for (const fd of [session.toHost, session.fromHost, session.ep0]) await closeFile(fd).catch(() => {});
    await session.files.destroy();
  }

  hints(): readonly string[] {
    const session = this.#session;
    return session === undefined || session.enabled
      ? []
      : [`no host has configured the USB device on ${session.controller}: is the cable in a data port?`];
  }

  async #write(session: Session, buffer: Uint8Array, start: number, end: number): Promise<void> {
    const { downs } = session;
    try {
      if (!session.enabled) throw new MctpError('ENETDOWN', 'no host has configured the USB device');
      const length = end - start;
      await writeTo(session.toHost, buffer, start, length, null);
      // A transfer that fills its last packet, and is not as long as the host reads, needs an empty one to end it.
      if (length % session.packetBytes === 0 && length < SEGMENT_BYTES) {
        await writeTo(session.toHost, buffer, start, 0, null);
      }
      if (!session.ending && session.downs === downs) session.host.written();
    } catch (cause) {
      if (session.ending || session.downs !== downs) return;
      session.host.written(MctpError.is(cause) ? cause : new MctpError('EIO', (cause as Error).message, { cause }));
    }
  }

  /** What the host does, until the device is taken from it. */
  async #hear(session: Session): Promise<void> {
    const buffer = Buffer.alloc(EVENT_BYTES * EVENTS_PER_READ);
    while (!session.ending) {
      let count: number;
      try {
        count = (await readFrom(session.ep0, buffer, 0, buffer.length, null)).bytesRead;
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        // A setup that was refused, or is over already.
        if (code === 'EL2HLT' || code === 'EIDRM' || code === 'EINTR') continue;
        this.#lost(session, cause);
        return;
      }
      for (let at = 0; at + EVENT_BYTES <= count; at += EVENT_BYTES) {
        const event = readEvent(buffer, at);
        if (event?.event === 'setup') await this.#refuseSetup(session, event.inward);
        else if (event !== undefined) await this.#happened(session, event.event);
      }
    }
  }

  /** DSP0283 has no requests of its own: transfer no data in the wrong direction, which stalls ep0. */
  async #refuseSetup({ ep0 }: Session, inward: boolean): Promise<void> {
    const nothing = Buffer.alloc(0);
    await (inward ? readFrom(ep0, nothing, 0, 0, null) : writeTo(ep0, nothing, 0, 0, null)).catch(() => {});
  }

  async #happened(session: Session, event: FunctionEvent): Promise<void> {
    if (event === 'enable') {
      session.packetBytes = (await speedOf(session.controller)) === 'full-speed' ? 64 : SEGMENT_BYTES;
      session.enabled = true;
      session.asleep = false;
      if (!session.reading) session.loops.push(this.#receive(session));
      session.configured?.();
    } else if (event === 'suspend') session.asleep = true;
    else if (event === 'resume') session.asleep = false;
    else session.enabled = false;
    if (session.ending) return;
    if (event === 'unbind') {
      this.#lost(session);
      return;
    }
    if (session.enabled && !session.asleep) {
      session.seen = true;
      session.host.state(true);
    } else if (session.seen) {
      session.downs++;
      const what = session.enabled ? 'the host has suspended the bus' : 'the host is gone: unplugged, or switched off';
      session.host.state(false, new MctpError('ENETDOWN', what));
    }
  }

  /** Transfers from the host, while it has us configured. */
  async #receive(session: Session): Promise<void> {
    session.reading = true;
    const buffer = Buffer.alloc(SEGMENT_BYTES);
    while (session.enabled && !session.ending) {
      try {
        const { bytesRead } = await readFrom(session.fromHost, buffer, 0, SEGMENT_BYTES, null);
        if (session.enabled && !session.ending && bytesRead > 0) session.host.received(buffer, 0, bytesRead);
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        // The host went; ep0 says so, too, if it has not yet.
        if (code !== 'EAGAIN' && code !== 'ESHUTDOWN' && code !== 'ENODEV') session.host.fault(code ?? 'read failed');
        await wait(this.#options.clock, PAUSE_MS);
      }
    }
    session.reading = false;
  }

  /** Somebody wrote to the gadget's UDC: ep0 has nothing more to say then. */
  #lost(session: Session, cause?: unknown): void {
    if (session.ending) return;
    void this.close();
    session.host.closed(new MctpError('ENODEV', 'the USB device was taken down by another program', { cause }));
  }
}

/** @throws MctpError ENODEV, EUSAGE */
async function chooseController(wanted: string | undefined): Promise<string> {
  const all = await deviceControllers(GADGET_ROOTS.sys);
  const [first, ...others] = all;
  if (first === undefined) {
    throw new MctpError(
      'ENODEV',
      'this machine has no USB device controller that is switched on: on a Raspberry Pi add dtoverlay=dwc2 to config.txt',
    );
  }
  if (wanted !== undefined) {
    if (all.includes(wanted)) return wanted;
    throw new MctpError('ENODEV', `there is no USB device controller ${wanted}: there is ${all.join(', ')}`);
  }
  if (others.length === 0) return first;
  throw new MctpError(
    'EUSAGE',
    `several USB device controllers: name one, as in usb-gadget:${first} (${all.join(', ')})`,
  );
}

async function speedOf(controller: string): Promise<string> {
  const path = join(GADGET_ROOTS.sys, 'class/udc', controller, 'current_speed');
  return (await readFile(path, 'utf8').catch(() => '')).trim();
}
