/** What the stacks the table of socket semantics runs against can do, and where docs/kernel.md says how they differ. */

import { DEFAULT_LIMITS } from '../../stack/limits.js';
import type { SemanticsFeatures } from './socket-semantics.js';

/** Messages a socket keeps in these tests. */
export const QUEUED = 16;

export const OWN_FEATURES: SemanticsFeatures = {
  connect: true,
  waitsForTags: true,
  queuedMessages: QUEUED,
  tagExpiryMs: DEFAULT_LIMITS.tagExpiryMs,
};

/** Linux 6.12. */
export const KERNEL_FEATURES: SemanticsFeatures = {
  connect: false,
  waitsForTags: true,
  queuedMessages: QUEUED,
  // Six seconds by the kernel's constant, and an eighth more: its timers of this length are that coarse.
  tagExpiryMs: 6_800,
};

/** The first cell of the row that has to be there when the two differ. */
export const DOCUMENTED_AS: Readonly<Record<keyof SemanticsFeatures, string>> = {
  connect: '`connect`',
  waitsForTags: 'a ninth request',
  queuedMessages: 'unread messages',
  tagExpiryMs: 'life of an unanswered automatic tag',
};
