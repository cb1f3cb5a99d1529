/** mctpkit: the MCTP stack. */

export * from './bus-owner/index.js';
export * from './clock.js';
export * as codec from './codec/index.js';
export * from './control/index.js';
export type { ForwardFilter } from './core/forwarder.js';
export { LOCAL_LINK } from './core/path.js';
export type { PacketTap, TapEvent } from './core/tap.js';
export type { DropCounters, DropReason, LinkCounters, PeerCounters } from './counters.js';
export * from './errors.js';
export * from './families/index.js';
export * from './ids.js';
export { DEFAULT_LIMITS, LIMIT_RANGES, type LimitRange, type Limits } from './limits.js';
export * from './link.js';
export { type Logger, SILENT } from './logger.js';
export * from './mctp.js';
export * from './multipath/index.js';
export * from './names/index.js';
export * from './packet.js';
export { addressText, placeName } from './place.js';
export * as protocol from './protocol/index.js';
export * from './roles/index.js';
export * from './transport.js';
export { Emitter, type Listener } from './util/emitter.js';
export * as vendor from './vendor/index.js';
export * as watch from './watch/index.js';
