/** The host's side of the emulated Pico's USB: enumeration, then the bytes of its serial port. */

import type { RPUSBController } from 'rp2040js';

const DATA_ENDPOINT = 2;
const GET_DEVICE = [0x80, 6, 0, 1, 0, 0, 18, 0];
const SET_ADDRESS = [0x00, 5, 1, 0, 0, 0, 0, 0];
const GET_CONFIGURATION = [0x80, 6, 0, 2, 0, 0, 0xff, 0];
const getString = (number: number) => [0x80, 6, number, 3, 9, 4, 0xff, 0];
const SET_CONFIGURATION = [0x00, 9, 1, 0, 0, 0, 0, 0];
const SET_LINE_STATE = [0x21, 0x22, 3, 0, 0, 0, 0, 0];

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

export class EmulatedUsbHost {
  onData: (bytes: Uint8Array) => void = () => {};
  onUnplugged: () => void = () => {};
  readonly #queue: ControlRequest[] = [];
  readonly #out: Uint8Array[] = [];
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

  write(bytes: Uint8Array): void {
    if (!this.#plugged || bytes.length === 0) return;
    this.#out.push(bytes.slice());
    this.#pump();
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
    const device = await this.#control(GET_DEVICE);
    await this.#control(SET_ADDRESS);
    const configuration = await this.#control(GET_CONFIGURATION);
    const strings: string[] = [];
    for (const number of [1, 2, 3]) {
      const bytes = await this.#control(getString(number));
      strings.push(new TextDecoder('utf-16le').decode(bytes.subarray(2)));
    }
    await this.#control(SET_CONFIGURATION);
    await this.#control(SET_LINE_STATE);
    return { device, configuration, strings };
  }

  #control(setup: readonly number[]): Promise<Uint8Array> {
    return new Promise((done) => {
      this.#queue.push({ setup: Uint8Array.from(setup), answer: [], done });
      this.#next();
    });
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
      if (this.#plugged && bytes.length > 0) {
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
    queueMicrotask(() => {
      request.done(Uint8Array.from(request.answer));
      this.#next();
    });
  }

  #pump(): void {
    const next = this.#out[0];
    if (this.#armed === 0 || next === undefined) return;
    const part = next.subarray(0, this.#armed);
    if (part.length === next.length) this.#out.shift();
    else this.#out[0] = next.subarray(part.length);
    this.#armed = 0;
    this.usb.endpointReadDone(DATA_ENDPOINT, part);
    this.wake();
  }
}
