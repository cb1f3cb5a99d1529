/** What can be said of SPDM messages, plain and secured, without the code that knows them. */

import { MESSAGE_TYPE } from '../../stack/ids.js';
import { type LazyLayer, lazyLayer } from './lazy-layer.js';

const VERSIONS: readonly (number | undefined)[] = [0x10, 0x11, 0x12, 0x13, 0x14];

/** The tag alone says which request an answer is to: ERROR answers all of them, and names differ. */
const isAnswer = (): boolean => true;

async function load(layer: LazyLayer): Promise<void> {
  layer.provide((await import('./spdm-messages.js')).spdmMessages);
}

export const spdmLayer: LazyLayer = lazyLayer(
  {
    carries: 'messages',
    title: 'an SPDM message',
    type: MESSAGE_TYPE.spdm,
    typeByteInHex: true,
    isAnswer,
    looksLike: (bytes) => bytes.length >= 5 && bytes[0] === MESSAGE_TYPE.spdm && VERSIONS.includes(bytes[1]),
  },
  () => load(spdmLayer),
);

export const securedLayer: LazyLayer = lazyLayer(
  {
    carries: 'messages',
    title: 'a secured message',
    type: MESSAGE_TYPE.secured,
    typeByteInHex: true,
    isAnswer,
    // Nothing in its first bytes tells it from other bytes.
    looksLike: () => false,
  },
  () => load(securedLayer),
);
