/** Termini watched for as long as a program runs. */

export * from './terminus-manager.js';
export type * from './terminus-snapshot.js';
