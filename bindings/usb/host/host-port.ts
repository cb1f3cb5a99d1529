/** The host's side of MCTP over USB, by the `usb` package (libusb). */

import type { Device, Interface, LibUSBException, Transfer } from 'usb';
import { MctpError } from '../../../stack/errors.js';
import type { TransferPort, TransferPortHost } from '../transfer-port.js';
import { SEGMENT_BYTES } from '../usb-framing.js';
import {
  bulkEndpoint,
  type FoundUsbDevice,
  findUsbDevice,
  loadUsb,
  selectorText,
  type UsbPackage,
  type UsbSelector,
  usbError,
} from './usb-devices.js';
import { holderOf, listUsbInterfaces } from './usb-sysfs.js';

/** Transfers to us that are pending at a time, so that none waits for this process. */
const PENDING = 4;
/** Stalls in a row after which the device is given up until it is opened again. */
const MOST_STALLS = 8;
const BULK = 2;

/** An open device; a new one after every re-plug, so that late callbacks of an old one are told apart. */
interface Session {
  readonly host: TransferPortHost;
  readonly device: Device;
  readonly interface: Interface;
  readonly out: Transfer;
  /** Bytes per packet on the wire: 64, 512 or 1024. */
  readonly packetBytes: number;
  /** Length of the transfer that is being written. */
  outBytes: number;
  /** Callbacks of libusb that are still to come. */
  pending: number;
  stalls: number;
  ending: boolean;
  ended: (() => void) | undefined;
  readonly transfers: Transfer[];
}

export class UsbHostPort implements TransferPort {
  readonly name: string;
  readonly #selector: UsbSelector;
  #usb: UsbPackage | undefined;
  #session: Session | undefined;
  /** The end of the session before, under way. */
  #ended: Promise<void> = Promise.resolve();

  constructor(name: string, selector: UsbSelector) {
    this.name = name;
    this.#selector = selector;
  }

  async open(host: TransferPortHost): Promise<void> {
    const what = selectorText(this.#selector);
    await this.#ended;
    this.#usb ??= await loadUsb('a USB link');
    const found = await findUsbDevice(this.#usb, this.#selector);
    await refuseHeld(found);
    const session = this.#claim(found, host, what);
    this.#session = session;
    for (let index = 0; index < PENDING; index++) this.#listen(session, found);
  }

  write(buffer: Uint8Array, start: number, end: number): void {
    const session = this.#session;
    if (session === undefined) return; // gone: `closed` has been told
    this.#submit(session, Buffer.from(buffer.buffer, buffer.byteOffset + start, end - start));
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    if (session !== undefined) this.#ended = this.#end(session);
    await this.#ended;
  }

  /** @throws MctpError */
  #claim(found: FoundUsbDevice, host: TransferPortHost, what: string): Session {
    const { device } = found;
    const outAddress = bulkEndpoint(found.interface, false)!;
    try {
      device.open();
      const claimed = device.interface(found.interface.bInterfaceNumber);
      claimed.claim();
      const session: Session = {
        host,
        device,
        interface: claimed,
        out: this.#transfer(device, outAddress, (error) => this.#sent(session, error)),
        packetBytes: claimed.endpoint(outAddress)?.descriptor.wMaxPacketSize ?? SEGMENT_BYTES,
        outBytes: 0,
        pending: 0,
        stalls: 0,
        ending: false,
        ended: undefined,
        transfers: [],
      };
      session.transfers.push(session.out);
      return session;
    } catch (cause) {
      closeQuietly(device);
      throw usbError(cause, `${what} (${found.path})`);
    }
  }

  #transfer(
    device: Device,
    address: number,
    done: (error: LibUSBException | undefined, actual: number) => void,
  ): Transfer {
    const { Transfer } = this.#usb!;
    return new Transfer(device, address, BULK, 0, (error, _buffer, actual) => done(error, actual));
  }

  /** Keep one transfer to us pending, with a buffer of its own, until the session ends. */
  #listen(session: Session, { device, interface: setting }: FoundUsbDevice): void {
    const address = bulkEndpoint(setting, true)!;
    const buffer = Buffer.alloc(SEGMENT_BYTES);
    const submit = (): void => {
      if (session.ending) return;
      try {
        transfer.submit(buffer);
        session.pending++;
      } catch (cause) {
        this.#lost(session, cause);
      }
    };
    const transfer = this.#transfer(device, address, (error, actual) => {
      this.#calledBack(session);
      if (session.ending) return;
      if (!error) {
        session.stalls = 0;
        session.host.received(buffer, 0, actual);
        submit();
      } else if (!this.#isPassing(session, error)) this.#lost(session, error);
      else if (error.errno === this.#usb!.usb.LIBUSB_TRANSFER_STALL) this.#clearHalt(session, address, submit);
      else submit();
    });
    session.transfers.push(transfer);
    submit();
  }

  /** A stall or an overflow: told, and over with the next transfer, unless there is nothing else any more. */
  #isPassing(session: Session, { errno }: LibUSBException): boolean {
    const { LIBUSB_TRANSFER_STALL, LIBUSB_TRANSFER_OVERFLOW } = this.#usb!.usb;
    if (errno !== LIBUSB_TRANSFER_STALL && errno !== LIBUSB_TRANSFER_OVERFLOW) return false;
    session.host.fault(errno === LIBUSB_TRANSFER_STALL ? 'stalled' : 'transfer longer than 512 bytes');
    return ++session.stalls < MOST_STALLS * PENDING;
  }

  #submit(session: Session, transfer: Buffer): void {
    session.outBytes = transfer.length;
    try {
      session.out.submit(transfer);
      session.pending++;
    } catch (cause) {
      // Never from inside `write`.
      queueMicrotask(() => this.#lost(session, cause));
    }
  }

  /** A transfer that fills its last packet, and is not as long as a receiver reads, needs an empty one to end it. */
  #sent(session: Session, error: LibUSBException | undefined): void {
    this.#calledBack(session);
    if (session.ending) return;
    const { outBytes, packetBytes } = session;
    const unfinished = !error && outBytes > 0 && outBytes < SEGMENT_BYTES && outBytes % packetBytes === 0;
    if (unfinished) this.#submit(session, Buffer.alloc(0));
    else if (!error) session.host.written();
    else if (!this.#isPassing(session, error)) this.#lost(session, error);
    else {
      const { address } = session.interface.endpoints.find(({ direction }) => direction === 'out')!;
      this.#clearHalt(session, address, () => session.host.written(usbError(error, this.name)));
    }
  }

  /** A device is not closed under a request which is pending, and this is one. */
  #clearHalt(session: Session, address: number, then: () => void): void {
    session.pending++;
    session.device.__clearHalt(address, () => {
      this.#calledBack(session);
      if (!session.ending) then();
    });
  }

  #calledBack(session: Session): void {
    session.pending--;
    if (session.pending === 0) session.ended?.();
  }

  #lost(session: Session, cause: unknown): void {
    if (session.ending) return;
    this.#session = undefined;
    this.#ended = this.#end(session);
    const reason = `USB device ${this.name} is gone: unplugged, reset or switched off`;
    session.host.closed(new MctpError('ENODEV', reason, { cause }));
  }

  async #end(session: Session): Promise<void> {
    if (session.ending) return;
    session.ending = true;
    for (const transfer of session.transfers) cancelQuietly(transfer);
    // An interface is not released under transfers that are pending.
    if (session.pending > 0) {
      await new Promise<void>((resolve) => {
        session.ended = resolve;
      });
    }
    await new Promise<void>((resolve) => session.interface.release(() => resolve()));
    closeQuietly(session.device);
  }
}

/** @throws MctpError EBUSY: another driver or program has it, and what to do */
async function refuseHeld(found: FoundUsbDevice): Promise<void> {
  const info = (await listUsbInterfaces()).find(
    ({ path, interfaceNumber }) => path === found.path && interfaceNumber === found.interface.bInterfaceNumber,
  );
  const holder = info === undefined ? undefined : holderOf(info);
  if (holder !== undefined) throw new MctpError('EBUSY', holder);
}

/** One that is not pending, or whose device is gone, cannot be cancelled; a pending one calls back in any case. */
function cancelQuietly(transfer: Transfer): void {
  try {
    transfer.cancel();
  } catch {
    // Its callback says what there is to say.
  }
}

function closeQuietly(device: Device): void {
  try {
    device.close();
  } catch {
    // It was not open, or is gone: either way it is closed.
  }
}
