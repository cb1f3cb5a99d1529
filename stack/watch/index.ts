/** Watching devices for months: what is known of them, what happens to them, and a fair share of the wire. */

export * from './watch-events.js';
export * from './watched-device.js';
