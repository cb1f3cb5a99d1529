/**
 * Logs of serial lines and of logic analysers, as the programs write them that engineers use. Each reader takes the text
 * and gives the bytes it finds, or undefined when the text is none of its own. Pure.
 */

import { ftraceI2c } from './ftrace-i2c.js';
import { bytesOf } from './hex-run.js';
import { microseconds } from './log-line.js';
import type { LogContents, TextLog, Unit } from './unit.js';

const SERIAL = 'serial';

/** `> 2026/05/02 12:00:00.123456  length=13 from=0 to=12`, then lines of hex. */
const socat: TextLog = {
  title: 'a log of socat -x',
  read: (text) => {
    const head = /^([<>]) (\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)\.(\d+)\s+length=\d+/;
    if (!head.test(firstLine(text))) return undefined;
    const units = new SerialUnits();
    for (const line of text.split('\n')) {
      const found = head.exec(line);
      if (found !== null) {
        const [, dir, year, month, day, hours, minutes, seconds, fraction = ''] = found;
        const whole = Date.UTC(+year!, +month! - 1, +day!, +hours!, +minutes!, +seconds!);
        const timeUs = whole * 1000 + microseconds(fraction);
        units.begin(timeUs, dir === '>' ? 'right' : 'left');
      } else units.add(leadingHex(line));
    }
    return units.found();
  },
};

/** `2026-05-30 13:23:49.461075: /dev/ttyUSB0`, then lines of hex (jpnevulator --timing-print --tty). */
const jpnevulator: TextLog = {
  title: 'a log of jpnevulator',
  read: (text) => {
    const head = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d+)(?:: ?(.*))?$/;
    if (!head.test(firstLine(text))) return undefined;
    const units = new SerialUnits();
    for (const line of text.split('\n')) {
      const found = head.exec(line.trimEnd());
      if (found !== null) {
        const [, year, month, day, hours, minutes, seconds, fraction = '', tty] = found;
        const whole = Date.UTC(+year!, +month! - 1, +day!, +hours!, +minutes!, +seconds!);
        units.begin(whole * 1000 + microseconds(fraction), tty === '' ? undefined : tty);
      } else units.add(leadingHex(line));
    }
    return units.found();
  },
};

/** `14:03:27.123456 write(3, "\x7e\x01", 2) = 2`: strace -tt -xx -e read,write of whoever has the tty. */
const strace: TextLog = {
  title: 'a log of strace',
  read: (text) => {
    const call =
      /^(?:\[pid\s+\d+\]\s*|\d+\s+)?(?:(\d\d):(\d\d):(\d\d)\.(\d+)\s+|(\d{9,})\.(\d+)\s+)?(read|write)\((\d+)(?:<[^>]*>)?, "((?:\\x[0-9a-f]{2})*)"(\.\.\.)?, \d+\)\s*=\s*(\d+)/i;
    if (!text.split('\n', 50).some((line) => call.test(line))) return undefined;
    const units = text.split('\n').flatMap((line): Unit[] => {
      const found = call.exec(line);
      if (found === null) return [];
      const [, hours, minutes, seconds, fraction = '', epoch, epochFraction = '', name, , bytes = ''] = found;
      const clock =
        hours === undefined ? undefined : ((+hours * 60 + +minutes!) * 60 + +seconds!) * 1e6 + microseconds(fraction);
      const timeUs = epoch === undefined ? clock : +epoch * 1e6 + microseconds(epochFraction);
      return [
        { timeUs, dir: name === 'read' ? 'rx' : 'tx', layer: SERIAL, bytes: bytesOf(bytes.replaceAll('\\x', '')) },
      ];
    });
    return { units };
  },
};

/** `< 0x7e (~)`: interceptty, a byte per line. */
const interceptty: TextLog = {
  title: 'a log of interceptty',
  read: (text) => {
    const line = /^([<>])\s+0x([0-9a-f]{2})\b/i;
    if (!line.test(firstLine(text))) return undefined;
    const units = new SerialUnits();
    for (const row of text.split('\n')) {
      const found = line.exec(row);
      if (found === null) continue;
      const dir = found[1] === '>' ? 'tx' : 'rx';
      if (units.dir !== dir) units.begin(undefined, dir);
      units.add(bytesOf(found[2]!));
    }
    return units.found();
  },
};

export const TEXT_LOGS: readonly TextLog[] = [socat, jpnevulator, strace, interceptty, ftraceI2c];

/** Serial lines are a stream: bytes belong to the unit before. */
class SerialUnits {
  readonly #units: { readonly unit: Omit<Unit, 'bytes'>; readonly chunks: Uint8Array[] }[] = [];

  /** Of the last unit. */
  get dir(): string | undefined {
    return this.#units.at(-1)?.unit.dir;
  }

  begin(timeUs: number | undefined, dir: string | undefined): void {
    this.#units.push({ unit: { timeUs, dir, layer: SERIAL }, chunks: [] });
  }

  /** Nothing happens to bytes before the first unit. */
  add(bytes: Uint8Array): void {
    this.#units.at(-1)?.chunks.push(bytes);
  }

  found(): LogContents {
    return { units: this.#units.map(({ unit, chunks }) => ({ ...unit, bytes: joined(chunks) })) };
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Pairs of hex digits at the start of a line, a blank between them; what two blanks set apart is their text. */
function leadingHex(line: string): Uint8Array {
  return bytesOf((/^\s*((?:[0-9a-f]{2}(?:\s|$))*)/i.exec(line)?.[1] ?? '').replace(/\s/g, ''));
}

function firstLine(text: string): string {
  return text.trimStart().split('\n', 1)[0]!.trimEnd();
}
