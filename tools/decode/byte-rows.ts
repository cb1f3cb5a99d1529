/** Rows of one byte each, as logic analysers export them, put together to I2C writes and serial bytes. Pure. */

import { hexNumber } from '../../stack/util/text.js';
import { type AddressForm, addressForm, formRemark, onTheWire } from './smbus-pec-form.js';
import type { LogContents, Unit } from './unit.js';

/** Bytes of a serial line that lie this far apart belong to different units. */
const SERIAL_GAP_US = 5_000;

interface Transfer {
  readonly timeUs: number | undefined;
  /** The address first, in the form of the program. */
  bytes: number[];
  read: boolean;
  nack: boolean;
}

export class ByteRows {
  readonly #units: Unit[] = [];
  readonly #transfers = new Map<string, Transfer>();
  readonly #serialEnd = new Map<string, number>();
  /** Bytes of the last unit, while it is of a serial line. */
  #open: number[] = [];

  /** The form of the addresses, which a PEC may contradict. */
  constructor(readonly usualForm: AddressForm) {}

  inI2c(name: string): boolean {
    return this.#transfers.has(name);
  }

  i2cStart(name: string, timeUs: number | undefined): void {
    this.i2cStop(name);
    this.#transfers.set(name, { timeUs, bytes: [], read: false, nack: false });
  }

  i2cAddress(name: string, address: number | undefined, read: boolean, ack: boolean): void {
    const transfer = this.#transfers.get(name);
    if (transfer === undefined || address === undefined) return;
    transfer.bytes = [address];
    transfer.read = read;
    transfer.nack ||= !ack;
  }

  i2cData(name: string, value: number | undefined, ack: boolean): void {
    const transfer = this.#transfers.get(name);
    if (transfer === undefined || value === undefined) return;
    transfer.bytes.push(value);
    transfer.nack ||= !ack;
  }

  i2cNack(name: string): void {
    const transfer = this.#transfers.get(name);
    if (transfer !== undefined) transfer.nack = true;
  }

  /** Reads are not MCTP, which only writes. */
  i2cStop(name: string): void {
    const transfer = this.#transfers.get(name);
    this.#transfers.delete(name);
    if (transfer === undefined || transfer.bytes.length === 0 || transfer.read) return;
    const { timeUs, bytes, nack } = transfer;
    const unit = { timeUs, dir: undefined, layer: 'smbus', bytes: Uint8Array.from(bytes) };
    this.#closeSerial();
    this.#units.push(nack && bytes.length === 1 ? { ...unit, fault: 'not acknowledged' } : unit);
  }

  serial(name: string, timeUs: number | undefined, value: number | undefined): void {
    if (value === undefined) return;
    const dir = name === '' ? undefined : name;
    const last = this.#units.at(-1);
    const near =
      timeUs === undefined || timeUs - (this.#serialEnd.get(name) ?? Number.NEGATIVE_INFINITY) < SERIAL_GAP_US;
    if (timeUs !== undefined) this.#serialEnd.set(name, timeUs);
    if (last?.layer !== 'serial' || last.dir !== dir || !near) {
      this.#closeSerial();
      this.#units.push({ timeUs, dir, layer: 'serial', bytes: new Uint8Array() });
    }
    this.#open.push(value);
  }

  found(): LogContents {
    for (const name of [...this.#transfers.keys()]) this.i2cStop(name);
    this.#closeSerial();
    const writes = this.#units.filter(({ layer }) => layer === 'smbus').map(({ bytes }) => bytes);
    const form = addressForm(writes, this.usualForm);
    const units = this.#units.map((unit) => (unit.layer === 'smbus' ? asWrite(unit, form) : unit));
    return form === this.usualForm ? { units } : { units, remarks: [formRemark(form)] };
  }

  #closeSerial(): void {
    const last = this.#units.at(-1);
    if (this.#open.length > 0 && last !== undefined) {
      this.#units[this.#units.length - 1] = { ...last, bytes: Uint8Array.from(this.#open) };
    }
    this.#open = [];
  }
}

function asWrite(unit: Unit, form: AddressForm): Unit {
  const bytes = onTheWire(unit.bytes, form);
  return { ...unit, dir: `to ${hexNumber(bytes[0]! >> 1)}`, bytes };
}
