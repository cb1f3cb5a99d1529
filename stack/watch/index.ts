/** Watching devices for months: what is known of them, what happens to them, and a fair share of the wire. */

export * from './bus-share.js';
export * from './paced-transport.js';
export * from './watch-events.js';
export * from './watched-device.js';
export * from './watched-ways.js';
