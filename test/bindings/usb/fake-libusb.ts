/** What the package `usb` is to our host port: devices of a list, which fail as libusb does. */

import { MCTP_INTERFACE } from '../../../bindings/usb/mctp-interface.js';

const IN = 0x81;
const OUT = 0x02;
const BULK = 2;

const endpoint = (address: number, bmAttributes = BULK) => ({
  bEndpointAddress: address,
  bmAttributes,
  wMaxPacketSize: 512,
});

/** Descriptor of an interface, by default one for MCTP. */
export const mctpInterface = (change: object = {}) => ({
  bInterfaceNumber: 0,
  bAlternateSetting: 0,
  bInterfaceClass: MCTP_INTERFACE.class,
  bInterfaceSubClass: MCTP_INTERFACE.subclass,
  bInterfaceProtocol: MCTP_INTERFACE.protocol,
  endpoints: [endpoint(IN), endpoint(OUT)],
  ...change,
});

export const withoutBulkIn = mctpInterface({ endpoints: [endpoint(IN, 3), endpoint(OUT)] });

function libusbError(name: string, errno = -1): Error {
  return Object.assign(new Error(name), { errno });
}

export class FakeDevice {
  readonly busNumber = 1;
  readonly deviceDescriptor = { idVendor: 0x1209, idProduct: 1, bcdDevice: 0x0102, iProduct: 2, iSerialNumber: 3 };
  product = 'Drive';
  /** Control requests, and what the device answers; undefined: it refuses. */
  readonly requests: (readonly number[])[] = [];
  answer: (request: number) => Uint8Array | undefined = () => undefined;
  interfaces: object[] | undefined;
  /** `open`, or `claim`, fails with that. */
  openError: string | undefined;
  claimError: string | undefined;
  gone = false;
  opens = 0;
  /** Requests to clear a halted endpoint, which are pending. */
  readonly clearing: (() => void)[] = [];
  readonly portNumbers: number[];

  constructor(
    port: number,
    private readonly settings: object[] | 'nonsense' = [mctpInterface()],
    private readonly serial = '42',
  ) {
    this.portNumbers = [port];
  }

  get configDescriptor(): object {
    if (this.settings === 'nonsense') throw libusbError('LIBUSB_ERROR_IO');
    return { interfaces: [this.settings] };
  }

  open(): void {
    if (this.openError !== undefined) throw libusbError(this.openError);
    this.opens++;
    this.interfaces = [];
  }

  close(): void {
    if (this.clearing.length > 0) throw new Error("Can't close device with a pending request");
    this.interfaces = undefined;
  }

  __clearHalt(_address: number, done: () => void): void {
    this.clearing.push(done);
  }

  getStringDescriptor(index: number, done: (error: Error | undefined, text?: string) => void): void {
    done(undefined, index === this.deviceDescriptor.iProduct ? this.product : this.serial);
  }

  controlTransfer(
    ...[type, request, value, index, data, done]: [
      number,
      number,
      number,
      number,
      number | Uint8Array,
      (error: Error | undefined, answer?: Buffer | number) => void,
    ]
  ): void {
    this.requests.push([type, request, value, index, typeof data === 'number' ? data : data.length]);
    const answer = this.answer(request);
    if (answer === undefined) done(libusbError('LIBUSB_TRANSFER_STALL', 4));
    else done(undefined, typeof data === 'number' ? Buffer.from(answer.subarray(0, data)) : data.length);
  }

  interface(): object {
    return {
      claim: () => {
        if (this.claimError !== undefined) throw libusbError(this.claimError);
      },
      release: (done: () => void) => done(),
      endpoint: (address: number) => ({ descriptor: endpoint(address) }),
      endpoints: [],
    };
  }
}

type Done = (error: Error | undefined, buffer: Buffer, actual: number) => void;

/** Pending until the device is gone. */
export class FakeTransfer {
  static readonly pending = new Map<FakeTransfer, FakeDevice>();

  constructor(
    private readonly device: FakeDevice,
    _address: number,
    _type: number,
    _timeout: number,
    private readonly done: Done,
  ) {}

  submit(): void {
    if (this.device.gone) throw libusbError('LIBUSB_ERROR_NO_DEVICE', -4);
    FakeTransfer.pending.set(this, this.device);
  }

  /** Of a device which is gone it throws; what was pending calls back all the same. */
  cancel(): boolean {
    if (this.device.gone) throw libusbError('LIBUSB_ERROR_NO_DEVICE', -4);
    return this.#end(libusbError('LIBUSB_TRANSFER_CANCELLED', 3));
  }

  /** The cable is pulled. */
  static pull(device: FakeDevice): void {
    device.gone = true;
    for (const [transfer, of] of FakeTransfer.pending) {
      if (of === device) transfer.#end(libusbError('LIBUSB_TRANSFER_NO_DEVICE', 5));
    }
  }

  /** The device stalls the endpoint on which the oldest transfer is pending. */
  static stall(device: FakeDevice): void {
    const [transfer] = [...FakeTransfer.pending].find(([, of]) => of === device)!;
    transfer.#end(libusbError('LIBUSB_TRANSFER_STALL', 4));
  }

  #end(error: Error): boolean {
    if (!FakeTransfer.pending.delete(this)) return false;
    queueMicrotask(() => this.done(error, Buffer.alloc(0), 0));
    return true;
  }
}
