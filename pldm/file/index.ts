/** PLDM file transfer, type 7 (DSP0242): file client and file host. */

export * from './file-client.js';
export * from './file-commands.js';
export { FileHost, type FileHostCounters, type FileHostOptions } from './file-host.js';
export * from './file-storage.js';
export * from './file-tree.js';
export { FILE_CAPABILITY, type HostedFile } from './hosted-file.js';
export { OpenFile, type ReadOptions, type WriteOptions } from './open-file.js';
