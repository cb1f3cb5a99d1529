/** The Linux kernel's own MCTP stack: sockets, tables, and joining it with ours. */

export { type EidRange, type JoinOptions, joinKernel, type KernelJoin } from './join.js';
export { type KernelLinkStatus, KernelMctp, type KernelMctpOptions } from './kernel.js';
export { type KernelFromUrl, openKernelUrl } from './kernel-url.js';
export { findMctpd } from './mctpd.js';
export type { KernelLinkCounters } from './netlink/statistics.js';
