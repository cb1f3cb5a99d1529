/** The MCTP interface of an emulated Pico as a `TransferPort`: what libusb makes of it on a host. */

import type { TransferPort, TransferPortHost } from '../../../bindings/usb/transfer-port.js';
import { SEGMENT_BYTES } from '../../../bindings/usb/usb-framing.js';
import { MctpError } from '../../../stack/errors.js';
import type { EmulatedPico } from './pico.js';
import { USB_PACKET } from './usb-host.js';

export class EmulatedUsbPort implements TransferPort {
  readonly name = 'emulated Pico';
  readonly #pico: EmulatedPico;
  readonly #endsFullTransfers: boolean;
  readonly #transfer = new Uint8Array(SEGMENT_BYTES);
  #length = 0;
  #host: TransferPortHost | undefined;

  /** `endsFullTransfers`: send an empty packet behind a transfer which fills its last one. libusb does here, Linux does not. */
  constructor(pico: EmulatedPico, endsFullTransfers = true) {
    this.#pico = pico;
    this.#endsFullTransfers = endsFullTransfers;
  }

  async open(host: TransferPortHost): Promise<void> {
    const { usb } = this.#pico;
    if (!usb.plugged) throw new MctpError('ENODEV', 'the emulated Pico is not plugged in');
    this.#host = host;
    this.#length = 0;
    usb.onData = (packet) => this.#packet(packet);
    usb.onUnplugged = () => {
      this.#host = undefined;
      host.closed(new MctpError('ENODEV', 'the emulated Pico was unplugged'));
    };
  }

  write(buffer: Uint8Array, start: number, end: number): void {
    const host = this.#host;
    const { usb } = this.#pico;
    const done = (): void => {
      if (this.#host === host) host?.written();
    };
    const full = (end - start) % USB_PACKET === 0 && end - start < SEGMENT_BYTES;
    const transfer = buffer.subarray(start, end);
    if (!full || !this.#endsFullTransfers) {
      usb.write(transfer, done);
      return;
    }
    usb.write(transfer);
    usb.write(new Uint8Array(0), done);
  }

  async close(): Promise<void> {
    this.#host = undefined;
  }

  #packet(packet: Uint8Array): void {
    this.#transfer.set(packet, this.#length);
    this.#length += packet.length;
    if (packet.length === USB_PACKET && this.#length < SEGMENT_BYTES) return;
    const end = this.#length;
    this.#length = 0;
    this.#host?.received(this.#transfer, 0, end);
  }
}
