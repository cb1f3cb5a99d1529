/** A layer whose code is only loaded when its first message comes: most of what is decoded is not PLDM. */

import type { MessageLayer } from './layer.js';

/** Thrown by a layer that is not there yet; `lazily` loads it and does the work again. */
class LayerMissing extends Error {
  override readonly name = 'LayerMissing';

  constructor(readonly load: () => Promise<unknown>) {
    super('a layer was used before it was loaded: call it by lazily()');
  }
}

interface Known extends Omit<MessageLayer, keyof LoadedLayer> {
  /** It decodes more than messages. */
  readonly hasForms?: boolean;
}

/** What is in the layer's own module. */
export type LoadedLayer = Pick<MessageLayer, 'decode' | 'encode' | 'decodeForm' | 'encodeForm'>;

export interface LazyLayer {
  readonly layer: MessageLayer;
  /** Called when the layer's own module is loaded. */
  provide(layer: LoadedLayer): void;
}

export function lazyLayer(known: Known, load: () => Promise<unknown>): LazyLayer {
  let loaded: LoadedLayer | undefined;
  const real = (): LoadedLayer => {
    if (loaded === undefined) throw new LayerMissing(load);
    return loaded;
  };
  return {
    layer: {
      ...known,
      decode: (message, about) => real().decode(message, about),
      encode: (request) => real().encode(request),
      ...(known.hasForms === true && {
        decodeForm: (kind, request, bytes) => real().decodeForm!(kind, request, bytes),
        encodeForm: (kind, request) => real().encodeForm!(kind, request),
      }),
    },
    provide: (layer) => {
      loaded = layer;
    },
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
