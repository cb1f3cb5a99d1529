/**
 * Logs of serial lines and of logic analysers, as the programs write them that engineers use. Each reader takes the text
 * and gives the bytes it finds, or undefined when the text is none of its own. Pure.
 */

import type { TextLog, Unit } from './unit.js';

const SERIAL = 'serial';

/** `> 2026/05/02 12:00:00.123456  length=13 from=0 to=12`, then lines of hex. */
const socat: TextLog = {
  title: 'a log of socat -x',
  read: (text) => {
    const head = /^([<>]) (\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d):(\d\d)\.(\d+)\s+length=\d+/;
    if (!head.test(firstLine(text))) return undefined;
    const units: Unit[] = [];
    for (const line of text.split('\n')) {
      const found = head.exec(line);
      if (found !== null) {
        const [, dir, year, month, day, hours, minutes, seconds, fraction = ''] = found;
        const whole = Date.UTC(+year!, +month! - 1, +day!, +hours!, +minutes!, +seconds!);
        const timeUs = whole * 1000 + microseconds(fraction);
        units.push({ timeUs, dir: dir === '>' ? 'right' : 'left', layer: SERIAL, bytes: new Uint8Array() });
      } else if (units.length > 0) append(units, hexBytes(line.split('  ')[0]!.replace(/\s*--.*$/, '')));
    }
    return units;
  },
};

/** `2026-05-30 13:23:49.461075: /dev/ttyUSB0`, then lines of hex (jpnevulator --timing-print --tty). */
const jpnevulator: TextLog = {
  title: 'a log of jpnevulator',
  read: (text) => {
    const head = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d+)(?:: ?(.*))?$/;
    if (!head.test(firstLine(text))) return undefined;
    const units: Unit[] = [];
    for (const line of text.split('\n')) {
      const found = head.exec(line.trimEnd());
      if (found !== null) {
        const [, year, month, day, hours, minutes, seconds, fraction = '', tty] = found;
        const whole = Date.UTC(+year!, +month! - 1, +day!, +hours!, +minutes!, +seconds!);
        units.push({
          timeUs: whole * 1000 + microseconds(fraction),
          dir: tty === '' ? undefined : tty,
          layer: SERIAL,
          bytes: new Uint8Array(),
        });
      } else if (units.length > 0) append(units, leadingHex(line));
    }
    return units;
  },
};

/** `14:03:27.123456 write(3, "\x7e\x01", 2) = 2`: strace -tt -xx -e read,write of whoever has the tty. */
const strace: TextLog = {
  title: 'a log of strace',
  read: (text) => {
    const call =
      /^(?:\[pid\s+\d+\]\s*|\d+\s+)?(?:(\d\d):(\d\d):(\d\d)\.(\d+)\s+|(\d{9,})\.(\d+)\s+)?(read|write)\((\d+)(?:<[^>]*>)?, "((?:\\x[0-9a-f]{2})*)"(\.\.\.)?, \d+\)\s*=\s*(\d+)/i;
    if (!text.split('\n', 50).some((line) => call.test(line))) return undefined;
    return text.split('\n').flatMap((line) => {
      const found = call.exec(line);
      if (found === null) return [];
      const [, hours, minutes, seconds, fraction = '', epoch, epochFraction = '', name, , bytes = ''] = found;
      const clock =
        hours === undefined ? undefined : ((+hours * 60 + +minutes!) * 60 + +seconds!) * 1e6 + microseconds(fraction);
      const timeUs = epoch === undefined ? clock : +epoch * 1e6 + microseconds(epochFraction);
      return [
        { timeUs, dir: name === 'read' ? 'rx' : 'tx', layer: SERIAL, bytes: hexBytes(bytes.replace(/\\x/g, '')) },
      ];
    });
  },
};

/** `< 0x7e (~)`: interceptty, a byte per line. */
const interceptty: TextLog = {
  title: 'a log of interceptty',
  read: (text) => {
    const line = /^([<>])\s+0x([0-9a-f]{2})\b/i;
    if (!line.test(firstLine(text))) return undefined;
    const units: Unit[] = [];
    for (const row of text.split('\n')) {
      const found = line.exec(row);
      if (found === null) continue;
      const dir = found[1] === '>' ? 'tx' : 'rx';
      if (units.at(-1)?.dir !== dir) units.push({ timeUs: undefined, dir, layer: SERIAL, bytes: new Uint8Array() });
      append(units, hexBytes(found[2]!));
    }
    return units;
  },
};

/** `00000000  7e 01 07 ...  |~..|` (hexdump -C) or `00000000: 7e01 07.. ..` (xxd): one stream. */
const hexdump: TextLog = {
  title: 'a hex dump',
  read: (text) => {
    const line = /^([0-9a-f]{6,16})(:|\s)\s*((?:[0-9a-f]{2,4}[ \t]{1,2})*[0-9a-f]{2,4})(?:\s{2,}.*|\s+\|.*\|\s*)?$/i;
    const rows = text.split('\n').filter((row) => row.trim() !== '' && row.trim() !== '*');
    if (rows.length === 0 || !/^0+(:|\s\s)/.test(rows[0]!)) return undefined;
    const bytes: number[] = [];
    for (const row of rows) {
      const found = line.exec(row.trimEnd());
      if (found === null) {
        // The last line of hexdump is the length alone.
        if (/^[0-9a-f]{6,16}$/i.test(row.trim())) continue;
        return undefined;
      }
      bytes.push(...hexBytes(found[3]!));
    }
    return [{ timeUs: undefined, dir: undefined, layer: '', bytes: Uint8Array.from(bytes) }];
  },
};

export const TEXT_LOGS: readonly TextLog[] = [socat, jpnevulator, strace, interceptty, hexdump];

/** Serial links are a stream: bytes belong to the unit before. */
function append(units: Unit[], bytes: Uint8Array): void {
  const last = units.at(-1)!;
  const whole = new Uint8Array(last.bytes.length + bytes.length);
  whole.set(last.bytes);
  whole.set(bytes, last.bytes.length);
  units[units.length - 1] = { ...last, bytes: whole };
}

/** Pairs of hex digits at the start of a line; what follows is their text. */
function leadingHex(line: string): Uint8Array {
  return hexBytes(/^\s*((?:[0-9a-f]{2}(?:\s|$))*)/i.exec(line)?.[1] ?? '');
}

function hexBytes(text: string): Uint8Array {
  const digits = text.replace(/[^0-9a-f]/gi, '');
  return Uint8Array.from({ length: digits.length >> 1 }, (_, at) =>
    Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16),
  );
}

/** Of the digits behind a decimal point. */
function microseconds(fraction: string): number {
  return Number(`0.${fraction || '0'}`) * 1e6;
}

function firstLine(text: string): string {
  return text.trimStart().split('\n', 1)[0]!.trimEnd();
}
