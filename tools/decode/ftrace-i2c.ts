/** The trace points of Linux's I2C core: `i2c_write`, and `i2c_slave` byte by byte (include/trace/events/i2c.h). Pure. */

import { lineFacts } from './log-line.js';
import type { TextLog, Unit } from './unit.js';

const WRITE = /\bi2c_write: i2c-(\d+) #\d+ a=([0-9a-f]{3}) f=[0-9a-f]+ l=(\d+) \[([0-9a-f-]*)\]/;
const RESULT = /\bi2c_result: i2c-(\d+) n=\d+ ret=(-?\d+)/;
const SLAVE = /\bi2c_slave: i2c-(\d+) a=([0-9a-f]{3}) ret=-?\d+ (WR_REQ|WR_RCV|RD_REQ|RD_PRO|STOP) \[([0-9a-f]{0,2})\]/;

interface Incoming {
  readonly timeUs: number | undefined;
  readonly bytes: number[];
}

export const ftraceI2c: TextLog = {
  title: 'an ftrace log of the I2C trace points',
  read: (text) => {
    const lines = text.split('\n');
    if (!lines.some((line) => WRITE.test(line) || SLAVE.test(line))) return undefined;
    const units: Unit[] = [];
    const incoming = new Map<string, Incoming>();
    /** By bus, the place in `units` of the write whose result has not come. */
    const asked = new Map<string, number>();
    for (const line of lines) {
      const write = WRITE.exec(line);
      if (write !== null) {
        const [, bus = '', address = '', length, data = ''] = write;
        asked.set(bus, units.length);
        units.push(written(timeOf(line), Number.parseInt(address, 16), Number(length), bytesOf(data)));
        continue;
      }
      const result = RESULT.exec(line);
      if (result !== null) {
        const at = asked.get(result[1]!);
        asked.delete(result[1]!);
        if (at !== undefined && Number(result[2]) < 0)
          units[at] = { ...units[at]!, fault: `the I2C adapter says ${errorText(Number(result[2]))}` };
        continue;
      }
      const event = SLAVE.exec(line);
      if (event === null) continue;
      const [, bus, address = '', what, data = ''] = event;
      const key = `${bus} ${address}`;
      const open = incoming.get(key);
      if (what === 'WR_RCV') open?.bytes.push(...bytesOf(data));
      else {
        if (open !== undefined) units.push(received(open));
        incoming.delete(key);
        if (what === 'WR_REQ')
          incoming.set(key, { timeUs: timeOf(line), bytes: [(Number.parseInt(address, 16) << 1) & 0xff] });
      }
    }
    for (const open of incoming.values()) units.push(received(open));
    return { units };
  },
};

function written(timeUs: number | undefined, address: number, length: number, data: readonly number[]): Unit {
  const unit = { timeUs, dir: 'tx', layer: 'smbus', bytes: Uint8Array.from([(address << 1) & 0xff, ...data]) };
  // The trace shows 64 bytes of a longer write.
  return data.length < length ? { ...unit, fault: `the trace shows only ${data.length} of ${length} bytes` } : unit;
}

function received({ timeUs, bytes }: Incoming): Unit {
  return { timeUs, dir: 'rx', layer: 'smbus', bytes: Uint8Array.from(bytes) };
}

function bytesOf(data: string): number[] {
  return data === '' ? [] : data.split('-').map((digits) => Number.parseInt(digits, 16));
}

function timeOf(line: string): number | undefined {
  return lineFacts(line.slice(0, line.indexOf('i2c_'))).timeUs;
}

function errorText(code: number): string {
  if (code === -6 || code === -121) return 'that no device acknowledged';
  return code === -110 ? 'that it timed out' : `error ${-code}`;
}
