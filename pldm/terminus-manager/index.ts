/** Termini looked after for as long as a program runs. */

export type * from './terminus-snapshot.js';
