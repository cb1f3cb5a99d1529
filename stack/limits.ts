/** Everything has a bound (docs/architecture.md, Bounds); these are the bounds of the stack and their defaults. */

export interface Limits {
  /** Longest message, type byte included, sent or received; bytes. Linux has the same. */
  readonly messageBytes: number;
  /** Assemblies in progress per link. Over it the physical address that has the most loses its oldest (`assemblyLimit`). */
  readonly assemblies: number;
  /** Bytes in assemblies per link. */
  readonly assemblyBytes: number;
  /** Bytes in assemblies of one peer of a link. */
  readonly assemblyBytesPerPeer: number;
  /** An assembly to which nothing was added for this long is given up; ms. Measured in steps of an eighth. */
  readonly assemblyTimeoutMs: number;
  /** Messages queued per link, and their bytes. Over it senders wait, or get EAGAIN when they do not want to. */
  readonly queueMessages: number;
  readonly queueBytes: number;
  /** Senders waiting for room or for a tag, per link and per peer. Over it they get ENOBUFS. */
  readonly waiters: number;
  /** Messages a socket holds for its reader, and their bytes. Over it the newest is dropped and counted. */
  readonly socketMessages: number;
  readonly socketBytes: number;
  /** An unanswered automatic tag is free again after this; a tag whose request timed out rests as long; ms. */
  readonly tagExpiryMs: number;
  /** Devices addressed by physical address alone that are remembered per link. */
  readonly physicalPeers: number;
}

export const DEFAULT_LIMITS: Limits = {
  messageBytes: 65_536,
  assemblies: 512,
  assemblyBytes: 8 * 1024 * 1024,
  assemblyBytesPerPeer: 1024 * 1024,
  assemblyTimeoutMs: 6_000,
  queueMessages: 1_024,
  queueBytes: 1024 * 1024,
  waiters: 1_024,
  socketMessages: 256,
  socketBytes: 1024 * 1024,
  tagExpiryMs: 6_000,
  physicalPeers: 256,
};
