/** The layers the tools know, by the name users give them. */

import { MctpError } from '../../stack/errors.js';
import { MESSAGE_TYPE } from '../../stack/ids.js';
import { didYouMean } from '../suggest.js';
import { control } from './control-layer.js';
import type { Layer, MessageLayer } from './layer.js';
import { mctp } from './mctp-layer.js';
import { ncsiLayer } from './ncsi-layer.js';
import { nvmeMiLayer } from './nvme-mi-layer.js';
import { pldmLayer } from './pldm-layer.js';
import { serial } from './serial-layer.js';
import { smbus } from './smbus-layer.js';
import { securedLayer, spdmLayer } from './spdm-layer.js';
import { usb } from './usb-layer.js';
import { vendorLayer } from './vendor-layer.js';

/** In the order in which they are recognised. */
const LAYERS = {
  serial,
  smbus,
  usb,
  mctp,
  control,
  pldm: pldmLayer.layer,
  nvmeMi: nvmeMiLayer.layer,
  ncsi: ncsiLayer.layer,
  spdm: spdmLayer.layer,
  secured: securedLayer.layer,
  vendorPci: vendorLayer(MESSAGE_TYPE.vendorPci, "a vendor's message (PCI number)"),
  vendorIana: vendorLayer(MESSAGE_TYPE.vendorIana, "a vendor's message (IANA number)"),
} as const satisfies Record<string, Layer>;

export const LAYER_NAMES: readonly string[] = Object.keys(LAYERS);

/** @throws MctpError EINVAL */
export function layerNamed(name: string): Layer {
  if (Object.hasOwn(LAYERS, name)) return LAYERS[name as keyof typeof LAYERS];
  throw new MctpError(
    'EINVAL',
    `no layer "${name}"${didYouMean(name, LAYER_NAMES)}: known are ${LAYER_NAMES.join(', ')}`,
  );
}

/** The layer of messages of an MCTP type, when there is one. */
export function messageLayer(type: number): MessageLayer | undefined {
  for (const layer of Object.values(LAYERS)) if (layer.carries === 'messages' && layer.type === type) return layer;
  return undefined;
}

/** Bytes as users give them to a layer of messages. */
export interface LayerMessage {
  readonly layer: string;
  readonly bytes: Uint8Array;
}

/** A message, type byte first; undefined when it is short or there is no layer of its type. */
export function layerMessage(message: Uint8Array): LayerMessage | undefined {
  const found = Object.entries(LAYERS).find(([, layer]) => layer.carries === 'messages' && layer.type === message[0]);
  if (found === undefined || message.length < 3) return undefined;
  const [name, layer] = found;
  return { layer: name, bytes: 'typeByteInHex' in layer && layer.typeByteInHex ? message : message.subarray(1) };
}

/** The name of the first layer the bytes look like. */
export function detectLayer(bytes: Uint8Array): string | undefined {
  return Object.entries(LAYERS).find(([, layer]) => layer.looksLike(bytes))?.[0];
}
