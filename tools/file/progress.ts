/** How far a transfer is, on a terminal. */

import type { Io } from '../io.js';

/** Between two looks at the screen. */
const EVERY_MS = 100;

/** `all` 0: not known. */
export function transferProgress(io: Io, name: string, all: number, now: () => number): (done: number) => void {
  const start = now();
  let shownAt = start;
  return (done) => {
    const time = now();
    if (time - shownAt < EVERY_MS) return;
    shownAt = time;
    const share = all > 0 ? ` of ${sizeText(all)}  ${Math.floor((100 * done) / all)}%` : '';
    io.progress(`${name}  ${sizeText(done)}${share}  ${rateText(done, time - start)}`);
  };
}

/** "2.5 kB" */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export function rateText(bytes: number, ms: number): string {
  return `${sizeText(Math.round((1000 * bytes) / Math.max(ms, 1)))}/s`;
}
