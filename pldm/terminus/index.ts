/** A terminus whole: another one to ask, and one of our own to be. */

export * from './terminus.js';
export type * from './terminus-description.js';
export * from './terminus-responder.js';
