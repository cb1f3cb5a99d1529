/** Exports of logic analysers: I2C writes and serial bytes out of tables. Pure. */

import { hexNumber } from '../../stack/util/text.js';
import type { TextLog, Unit } from './unit.js';

/** Bytes of a serial line that lie this far apart belong to different units. */
const SERIAL_GAP_US = 5_000;

/** One row of a table, by the names in its first line (lower case). */
type Row = Readonly<Record<string, string>>;

/** Saleae Logic 2: `name,type,start_time,duration,...`; the analyser's rows of I2C and async serial. */
const saleae2: TextLog = {
  title: 'an export of Saleae Logic',
  read: (text) => {
    const rows = table(text, ',');
    if (rows === undefined || !hasColumns(rows, 'name', 'type', 'start_time')) return undefined;
    const collect = new Collector();
    for (const row of rows) {
      const timeUs = Number(row.start_time) * 1e6;
      const name = row.name ?? '';
      if (row.type === 'start') collect.i2cStart(name, timeUs);
      else if (row.type === 'address')
        collect.i2cAddress(name, byte(row.address), row.read === 'true', row.ack !== 'false');
      else if (row.type === 'stop') collect.i2cStop(name);
      else if (row.type === 'data' && collect.inI2c(name)) collect.i2cData(name, byte(row.data), row.ack !== 'false');
      else if (row.type === 'data') collect.serial(name, timeUs, byte(row.data));
    }
    return collect.units();
  },
};

/** Saleae Logic 1: I2C `Time [s],Packet ID,Address,Data,Read/Write,ACK/NAK`, serial `Time [s],Value,...`. */
const saleae1: TextLog = {
  title: 'an export of Saleae Logic 1',
  read: (text) => {
    const rows = table(text, ',');
    if (rows === undefined || rows[0]?.['time [s]'] === undefined) return undefined;
    const collect = new Collector();
    let packet = '';
    for (const row of rows) {
      const timeUs = Number(row['time [s]']) * 1e6;
      if (row.data === undefined) {
        collect.serial('', timeUs, byte(row.value));
        continue;
      }
      if (row['packet id'] !== packet) {
        packet = row['packet id'] ?? '';
        collect.i2cStop('');
        collect.i2cStart('', timeUs);
        // Logic 1 writes the address as the byte on the wire.
        const address = byte(row.address);
        collect.i2cAddress('', address === undefined ? undefined : address >> 1, row['read/write'] === 'Read', true);
      }
      collect.i2cData('', byte(row.data), row['ack/nak'] !== 'NAK');
    }
    return collect.units();
  },
};

/** sigrok-cli: `i2c-1: Address write: 1D`, `i2c-1: Data write: 0F`, `uart-1: 7E` (RX/TX data). */
const sigrok: TextLog = {
  title: 'annotations of sigrok-cli',
  read: (text) => {
    const line = /^(?:(\d+)-\d+\s+)?((?:i2c|uart)-\d+): (.*)$/;
    const rows = text.split('\n').map((row) => line.exec(row.trimEnd()));
    if (!rows.some((row) => row !== null)) return undefined;
    const collect = new Collector();
    for (const row of rows) {
      if (row === null) continue;
      const [, , name = '', what = ''] = row;
      const data = /^(Address|Data) (write|read): ([0-9a-f]{2})$/i.exec(what);
      if (name.startsWith('uart')) {
        const value = /^(?:[RT]X: ?)?([0-9a-f]{2})$/i.exec(what)?.[1];
        if (value !== undefined)
          collect.serial(what.startsWith('TX') ? 'TX' : name, undefined, Number.parseInt(value, 16));
      } else if (what === 'Start' || what === 'Start repeat') collect.i2cStart(name, undefined);
      else if (what === 'Stop') collect.i2cStop(name);
      else if (what === 'NACK') collect.i2cNack(name);
      else if (data?.[1] === 'Address')
        collect.i2cAddress(name, Number.parseInt(data[3]!, 16), data[2] === 'read', true);
      else if (data !== null) collect.i2cData(name, Number.parseInt(data[3]!, 16), true);
    }
    return collect.units();
  },
};

/** Total Phase Data Center: `Index,...,Addr,Record,Data` behind lines of remarks. */
const totalPhase: TextLog = {
  title: 'an export of Total Phase Data Center',
  read: (text) => {
    const body = text.replace(/^(#(?!.*\bRecord\b).*\n)+/, '').replace(/^#\s*/, '');
    const rows = table(body, ',');
    if (rows === undefined || !hasColumns(rows, 'addr', 'record', 'data')) return undefined;
    return rows.flatMap((row): Unit[] => {
      if (!/write/i.test(row.record ?? '')) return [];
      const address = byte(`0x${(row.addr ?? '').replace(/^0x/i, '')}`);
      const data = (row.data ?? '').match(/\b[0-9a-f]{2}\b/gi) ?? [];
      if (address === undefined) return [];
      const bytes = Uint8Array.of(address << 1, ...data.map((digits) => Number.parseInt(digits, 16)));
      const unit = { timeUs: minutesUs(row['m:s.ms.us']), dir: wire(address), layer: 'smbus', bytes };
      return data.length === 0 ? [{ ...unit, fault: 'nobody acknowledged' }] : [unit];
    });
  },
};

export const ANALYSERS: readonly TextLog[] = [saleae2, saleae1, totalPhase, sigrok];

interface Transfer {
  readonly timeUs: number | undefined;
  bytes: number[];
  read: boolean;
  nack: boolean;
}

/** Rows of one byte each, put together. */
class Collector {
  readonly #units: Unit[] = [];
  readonly #transfers = new Map<string, Transfer>();
  readonly #serialEnd = new Map<string, number>();
  /** Bytes of the last unit, while it is of a serial line. */
  #open: number[] = [];

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
    transfer.bytes = [((address << 1) | (read ? 1 : 0)) & 0xff];
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
    const unit = {
      timeUs: transfer.timeUs,
      dir: wire(transfer.bytes[0]! >> 1),
      layer: 'smbus',
      bytes: Uint8Array.from(transfer.bytes),
    };
    const nobody = transfer.nack && transfer.bytes.length === 1;
    this.#closeSerial();
    this.#units.push(nobody ? { ...unit, fault: 'nobody acknowledged' } : unit);
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

  units(): Unit[] {
    for (const name of [...this.#transfers.keys()]) this.i2cStop(name);
    this.#closeSerial();
    return this.#units;
  }

  #closeSerial(): void {
    const last = this.#units.at(-1);
    if (this.#open.length > 0 && last !== undefined) {
      this.#units[this.#units.length - 1] = { ...last, bytes: Uint8Array.from(this.#open) };
    }
    this.#open = [];
  }
}

function wire(address: number): string {
  return `to ${hexNumber(address)}`;
}

function hasColumns(rows: readonly Row[], ...names: readonly string[]): boolean {
  return rows.length > 0 && names.every((name) => rows[0]![name] !== undefined);
}

/** Undefined when the first line has no separators. */
function table(text: string, separator: string): Row[] | undefined {
  const [head = '', ...lines] = text.trim().split('\n');
  if (!head.includes(separator)) return undefined;
  const names = cells(head, separator).map((name) => name.toLowerCase());
  return lines.map((line) => {
    const values = cells(line, separator);
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
  });
}

function cells(line: string, separator: string): string[] {
  return line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
}

/** `0x1D`, `29`; undefined for what is not a byte. */
function byte(text = ''): number | undefined {
  const value = /^(0x[0-9a-f]{1,4}|\d{1,3})$/i.test(text) ? Number(text) : Number.NaN;
  return value <= 0xff ? value : undefined;
}

/** `0:01.234.567` */
function minutesUs(text = ''): number | undefined {
  const parts = /^(\d+):(\d+)\.(\d{3})\.(\d{3})/.exec(text);
  if (parts === null) return undefined;
  return (Number(parts[1]) * 60 + Number(parts[2])) * 1e6 + Number(parts[3]) * 1e3 + Number(parts[4]);
}
