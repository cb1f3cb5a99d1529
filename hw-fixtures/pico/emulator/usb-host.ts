/** The host's side of the emulated Pico's USB: enumeration, control requests, and packets of its bulk endpoints. */

import type { RPUSBController } from 'rp2040js';

const DATA_ENDPOINT = 2;
const GET_DEVICE = [0x80, 6, 0, 1, 0, 0, 18, 0];
const SET_ADDRESS = [0x00, 5, 1, 0, 0, 0, 0, 0];
const GET_CONFIGURATION = [0x80, 6, 0, 2, 0, 0, 0xff, 0];
const getString = (number: number) => [0x80, 6, number, 3, 9, 4, 0xff, 0];
const SET_CONFIGURATION = [0x00, 9, 1, 0, 0, 0, 0, 0];
const SET_LINE_STATE = [0x21, 0x22, 3, 0, 0, 0, 0, 0];
/** Class of the device (byte 4 of its descriptor): functions of several interfaces, here a serial port. */
const CLASS_MISCELLANEOUS = 0xef;
/** Full speed. */
export const USB_PACKET = 64;

export interface Enumerated {
  readonly device: Uint8Array;
  readonly configuration: Uint8Array;
  /** Manufacturer, product, serial number. */
  readonly strings: readonly string[];
}

interface ControlRequest {
  readonly setup: Uint8Array;
  readonly answer: number[];
  done(answer: Uint8Array): void;
}

interface OutTransfer {
  readonly bytes: Uint8Array;
  at: number;
  readonly done: (() => void) | undefined;
}

export class EmulatedUsbHost {
  /** A bulk packet of the device, empty ones too. */
  onData: (bytes: Uint8Array) => void = () => {};
  onUnplugged: () => void = () => {};
  readonly #queue: ControlRequest[] = [];
  readonly #out: OutTransfer[] = [];
  #current: ControlRequest | undefined;
  #armed = 0;
  #plugged = true;

  constructor(
    private readonly usb: RPUSBController,
    private readonly wake: () => void,
    private readonly told: () => void,
  ) {
    usb.onUSBEnabled = () => usb.resetDevice();
    usb.onEndpointWrite = (endpoint, bytes) => this.#fromDevice(endpoint, bytes);
    usb.onEndpointRead = (endpoint, size) => {
      if (endpoint === 0) {
        if (size === 0) usb.endpointReadDone(0, new Uint8Array(0));
      } else {
        this.#armed = size;
        this.#pump();
      }
    };
  }

  /** Resolves when the device is configured. */
  enumerated(): Promise<Enumerated> {
    return new Promise((resolve) => {
      this.usb.onResetReceived = () => {
        void this.#enumerate().then(resolve);
      };
    });
  }

  /** Send packets of 64 bytes and the rest; an empty array is an empty packet. `done`: the device took the last one. */
  write(bytes: Uint8Array, done?: () => void): void {
    if (!this.#plugged) return;
    this.#out.push({ bytes: bytes.slice(), at: 0, done });
    this.#pump();
  }

  /** A control request: eight bytes of setup, no data to the device. Resolves with what the device sends. */
  control(setup: readonly number[]): Promise<Uint8Array> {
    return new Promise((done) => {
      this.#queue.push({ setup: Uint8Array.from(setup), answer: [], done });
      this.#next();
    });
  }

  get plugged(): boolean {
    return this.#plugged;
  }

  /** The cable is pulled: nothing passes any more. */
  unplug(): void {
    this.#plugged = false;
    this.#out.length = 0;
    this.onUnplugged();
  }

  /** The cable is back; the Pico has had power all the time. */
  plug(): void {
    this.#plugged = true;
  }

  async #enumerate(): Promise<Enumerated> {
    const device = await this.control(GET_DEVICE);
    await this.control(SET_ADDRESS);
    const configuration = await this.control(GET_CONFIGURATION);
    const strings: string[] = [];
    for (const number of [1, 2, 3]) {
      const bytes = await this.control(getString(number));
      strings.push(new TextDecoder('utf-16le').decode(bytes.subarray(2)));
    }
    await this.control(SET_CONFIGURATION);
    if (device[4] === CLASS_MISCELLANEOUS) await this.control(SET_LINE_STATE);
    return { device, configuration, strings };
  }

  #next(): void {
    if (this.#current !== undefined) return;
    this.#current = this.#queue.shift();
    if (this.#current === undefined) return;
    this.usb.sendSetupPacket(this.#current.setup);
    this.wake();
  }

  #fromDevice(endpoint: number, bytes: Uint8Array): void {
    if (endpoint === DATA_ENDPOINT) {
      if (this.#plugged) {
        this.told();
        this.onData(bytes.slice());
      }
      return;
    }
    const request = this.#current;
    if (endpoint !== 0 || request === undefined) return;
    const [type, , , , , , low, high] = request.setup;
    if ((type! & 0x80) !== 0) {
      request.answer.push(...bytes);
      if (bytes.length === 64 && request.answer.length < (low! | (high! << 8))) return;
    }
    this.#current = undefined;
    this.told();
    queueMicrotask(() => {
      request.done(Uint8Array.from(request.answer));
      this.#next();
    });
  }

  #pump(): void {
    const next = this.#out[0];
    if (this.#armed === 0 || next === undefined) return;
    const part = next.bytes.subarray(next.at, next.at + this.#armed);
    next.at += part.length;
    this.#armed = 0;
    this.usb.endpointReadDone(DATA_ENDPOINT, part);
    if (next.at === next.bytes.length) {
      this.#out.shift();
      if (next.done !== undefined) {
        this.told();
        next.done();
      }
    }
    this.wake();
  }
}
