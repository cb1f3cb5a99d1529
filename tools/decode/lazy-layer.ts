/** A layer whose code is only loaded when its first message comes: most of what is decoded is not PLDM. */

import type { MessageLayer } from './layer.js';

/** Thrown by a layer that is not there yet; `lazily` loads it and does the work again. */
export class LayerMissing extends Error {
  override readonly name = 'LayerMissing';

  constructor(readonly load: () => Promise<unknown>) {
    super('a layer was used before it was loaded: call it by lazily()');
  }
}

/** What can be said of a layer without its code. */
export type KnownOfLayer = Pick<MessageLayer, 'carries' | 'title' | 'type' | 'typeByteInHex' | 'looksLike'>;

/** Where a layer's own module puts it when it is loaded. */
export class LayerSlot {
  layer: MessageLayer | undefined;
}

/** `load` loads the module that fills the slot. */
export function lazyLayer(known: KnownOfLayer, slot: LayerSlot, load: () => Promise<unknown>): MessageLayer {
  const real = (): MessageLayer => {
    if (slot.layer === undefined) throw new LayerMissing(load);
    return slot.layer;
  };
  return {
    ...known,
    decode: (message) => real().decode(message),
    encode: (request) => real().encode(request),
    decodeForm: (kind, request, bytes) => real().decodeForm!(kind, request, bytes),
    encodeForm: (kind, request) => real().encodeForm!(kind, request),
  };
}

/** Do pure work, again when a layer had to be loaded for it. */
export async function lazily<T>(work: () => T): Promise<T> {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof LayerMissing)) throw error;
      await error.load();
    }
  }
}
