/** PLDM file transfer, type 7 (DSP0242 1.0): file client and file host. */

export * from './client.js';
export { FileHost, type FileHostCounters, type FileHostOptions } from './host.js';
export { FILE_CAPABILITY, type HostedFile } from './hosted-file.js';
export { OpenFile, type ReadOptions, type WriteOptions } from './open-file.js';
export * from './storage.js';
export * from './tree.js';
