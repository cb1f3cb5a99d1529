/** Exports of logic analysers: I2C writes and serial bytes out of tables. Pure. */

import { ByteRows } from './byte-rows.js';
import type { TextLog } from './unit.js';

/** One row of a table, by the names in its first line (lower case). */
type Row = Readonly<Record<string, string>>;

/** Saleae Logic 2: `name,type,start_time,duration,...`; the analyser's rows of I2C and async serial. */
const saleae2: TextLog = {
  title: 'an export of Saleae Logic',
  read: (text) => {
    const rows = table(text, ',');
    if (rows === undefined || !hasColumns(rows, 'name', 'type', 'start_time')) return undefined;
    const collect = new ByteRows(7);
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
    return collect.found();
  },
};

/**
 * Saleae Logic 1: serial `Time [s],Value,...`; I2C as a table, `Time [s],Packet ID,Address,Data,Read/Write,ACK/NAK`, or
 * as text, `Time [s],Analyzer Name,Decoded Protocol Result`.
 */
const saleae1: TextLog = {
  title: 'an export of Saleae Logic 1',
  read: (text) => {
    const rows = table(text, ',');
    if (rows === undefined || rows[0]?.['time [s]'] === undefined) return undefined;
    const collect = new ByteRows(8);
    let packet: string | undefined;
    for (const row of rows) {
      const timeUs = Number(row['time [s]']) * 1e6;
      const result = row['decoded protocol result'];
      if (result !== undefined) readResult(collect, row['analyzer name'] ?? '', timeUs, result);
      else if (row.data === undefined) collect.serial('', timeUs, byte(row.value));
      else {
        if (row['packet id'] !== packet) {
          packet = row['packet id'];
          collect.i2cStart('', timeUs);
          collect.i2cAddress('', byte(row.address), row['read/write'] === 'Read', true);
        }
        collect.i2cData('', byte(row.data), row['ack/nak'] !== 'NAK');
      }
    }
    return collect.found();
  },
};

/** `Setup Write to [0x3A] + ACK`, `0x0F + ACK`, `'0' (0x30)`. */
function readResult(collect: ByteRows, name: string, timeUs: number, result: string): void {
  const setup = /^Setup (Write|Read) to \[([^\]]+)\](.*)$/i.exec(result);
  if (setup !== null) {
    collect.i2cStart(name, timeUs);
    collect.i2cAddress(name, byte(setup[2]), /read/i.test(setup[1]!), !/NAK/i.test(setup[3]!));
    return;
  }
  const value = byte(/\((0x[0-9a-f]{1,2})\)/i.exec(result)?.[1] ?? result.split(' ', 1)[0]);
  if (collect.inI2c(name)) collect.i2cData(name, value, !/\bNAK\b/i.test(result));
  else if (!/\b(N?ACK|NAK)\b/i.test(result)) collect.serial(name, timeUs, value);
}

/** sigrok-cli: `i2c-1: Address write: 1D`, `i2c-1: Data write: 0F`, `uart-1: 7E` (RX/TX data). */
const sigrok: TextLog = {
  title: 'annotations of sigrok-cli',
  read: (text) => {
    const line = /^(?:(\d+)-\d+\s+)?((?:i2c|uart)-\d+): (.*)$/;
    const rows = text.split('\n').map((row) => line.exec(row.trimEnd()));
    if (!rows.some((row) => row !== null)) return undefined;
    const collect = new ByteRows(7);
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
    return collect.found();
  },
};

/** Total Phase Data Center: `Index,...,Addr,Record,Data` behind lines of remarks. */
const totalPhase: TextLog = {
  title: 'an export of Total Phase Data Center',
  read: (text) => {
    const body = text.replace(/^(#(?!.*\bRecord\b).*\n)+/, '').replace(/^#\s*/, '');
    const rows = table(body, ',');
    if (rows === undefined || !hasColumns(rows, 'addr', 'record', 'data')) return undefined;
    const collect = new ByteRows(7);
    for (const row of rows) {
      const address = byte(`0x${(row.addr ?? '').replace(/^0x/i, '')}`);
      if (!/write/i.test(row.record ?? '') || address === undefined) continue;
      const data = (row.data ?? '').match(/\b[0-9a-f]{2}\b/gi) ?? [];
      collect.i2cStart('', minutesUs(row['m:s.ms.us']));
      collect.i2cAddress('', address, false, data.length > 0);
      for (const digits of data) collect.i2cData('', Number.parseInt(digits, 16), true);
    }
    return collect.found();
  },
};

export const ANALYSERS: readonly TextLog[] = [saleae2, saleae1, totalPhase, sigrok];

function hasColumns(rows: readonly Row[], ...names: readonly string[]): boolean {
  return rows.length > 0 && names.every((name) => rows[0]![name] !== undefined);
}

/** Undefined when the first line has no separators. */
function table(text: string, separator: string): Row[] | undefined {
  const lines = text.trim().split('\n');
  const head = lines.shift() ?? '';
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
