/** Numbers and times for people. */

/** "1.2 kB", "340 B" */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = -1;
  do {
    value /= 1000;
    unit++;
  } while (value >= 1000 && unit < units.length - 1);
  return `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}

/** A number with as many digits as are of use. */
export function numberText(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1000 ? value.toFixed(0) : size >= 100 ? value.toFixed(1) : value.toFixed(size >= 1 ? 2 : 3);
}

/** "12", "3.4", "0" of so many per second. */
export function rateText(perSecond: number): string {
  return perSecond === 0 ? '0' : perSecond < 10 ? perSecond.toFixed(1) : perSecond.toFixed(0);
}

/** "14:03:09" */
export function timeText(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

/** "14:03:09.123" */
export function exactTimeText(ms: number): string {
  return `${timeText(ms)}.${String(Math.floor(ms % 1000)).padStart(3, '0')}`;
}

/** "3 s", "12 min", "4 h", "9 days" */
export function agoText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** "1 link", "2 links" */
export function countText(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** "upper critical" of "upperCritical" */
export function wordsText(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** "00000010  01 09 08 c8 00 80 02 ..." in rows of sixteen. */
export function hexRows(hex: string): string {
  const rows: string[] = [];
  for (let at = 0; at < hex.length; at += 32) {
    const row = hex.slice(at, at + 32);
    const offset = (at / 2).toString(16).padStart(4, '0');
    const letters = (row.match(/../g) ?? []).map((byte) => {
      const code = Number.parseInt(byte, 16);
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '.';
    });
    rows.push(`${offset}  ${(row.match(/../g) ?? []).join(' ').padEnd(47)}  ${letters.join('')}`);
  }
  return rows.join('\n');
}
