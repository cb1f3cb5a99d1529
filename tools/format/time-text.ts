/** Moments as text. */

/** `14:03:27.123456`, in local time. */
export function clockTime(timeUs: number): string {
  const date = new Date(timeUs / 1000);
  const part = (value: number, width = 2): string => String(value).padStart(width, '0');
  const micros = Math.floor(timeUs % 1_000_000);
  return `${part(date.getHours())}:${part(date.getMinutes())}:${part(date.getSeconds())}.${part(micros, 6)}`;
}

/** `2026-03-01T14:03:27.123Z` */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
