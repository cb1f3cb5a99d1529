/** All structures of NVMe-MI and of the admin commands in its tunnel, by name. */

export * from './admin-structures.js';
export * from './mi-structures.js';
