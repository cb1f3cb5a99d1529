/** Vendor-defined messages, type byte 7e or 7f included, as far as somebody has declared them. */

import type { AnyCommand } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import type { MessageHeader } from '../../stack/protocol/index.js';
import {
  isOfVendor,
  readVendorId,
  type VendorProtocol,
  type VendorType,
  vendorIdSize,
  vendorText,
} from '../../stack/vendor/index.js';
import { knownVendors } from '../config/vendor-registry.js';
import { didYouMean } from '../suggest.js';
import { commandCode } from './encode-request.js';
import type { DecodedMessage, MessageLayer } from './layer.js';
import { type FoundCommand, protocolLayer } from './protocol-layer.js';

const layers = new WeakMap<VendorProtocol, MessageLayer>();

/** The layer of one vendor's declared messages. */
export function layerOfVendor(vendor: VendorProtocol): MessageLayer {
  let layer = layers.get(vendor);
  if (layer === undefined) {
    const { messages, commands, declaration } = vendor;
    layer = protocolLayer<AnyCommand, MessageHeader>({
      title: `a message of ${declaration.title}`,
      typeByteInHex: true,
      looksLike: (message) => message[0] === declaration.type && isOfVendor(declaration, message.subarray(1)),
      messages,
      commands,
      find: ({ command }) => commandOf(vendor, command),
      extra: () => ({ vendor: declaration.name }),
    });
    layers.set(vendor, layer);
  }
  return layer;
}

/** The vendor of that name; undefined when nobody declared one. */
export function vendorNamed(name: string): VendorProtocol | undefined {
  return knownVendors().find(({ declaration }) => declaration.name === name);
}

/** All vendors' messages of a type. */
export function vendorLayer(type: VendorType, title: string): MessageLayer {
  return {
    carries: 'messages',
    title,
    type,
    typeByteInHex: true,
    looksLike: (message) => message[0] === type && ofVendor(type, message.subarray(1)).length > 0,
    knows: (message) => ofVendor(type, message.subarray(1)).length > 0,
    isAnswer: (request, answer) =>
      request.instanceId === answer.instanceId &&
      request.command === answer.command &&
      request.extra?.vendor === answer.extra?.vendor,
    decode: (message) => decode(type, message),
    encode: (request) => {
      const vendors = ofType(type);
      const names = vendors.map(({ declaration }) => declaration.name);
      if (typeof request.vendor === 'string') {
        const found = vendors.find(({ declaration }) => declaration.name === request.vendor);
        if (found !== undefined) return layerOfVendor(found).encode(request);
        throw new MctpError(
          'EINVAL',
          `vendor: no "${request.vendor}"${didYouMean(request.vendor, names)}: ${declared(names)}`,
        );
      }
      const { command } = request;
      const having = vendors.filter(
        ({ commands }) => typeof command === 'string' && commands.named(command) !== undefined,
      );
      if (having.length === 1) return layerOfVendor(having[0]!).encode(request);
      if (typeof command !== 'string')
        throw new MctpError('EINVAL', `vendor: which vendor's command? ${declared(names)}`);
      if (having.length > 1)
        throw new MctpError('EINVAL', `vendor: ${command} is a command of several: ${declared(names)}`);
      const all = vendors.flatMap(({ commands }) => commands.all.map(({ name }) => name));
      throw new MctpError('EINVAL', `no vendor command "${command}"${didYouMean(command, all)}`);
    },
  };
}

function decode(type: VendorType, message: Uint8Array): DecodedMessage {
  const payload = message.subarray(1);
  const vendors = ofVendor(type, payload);
  // Several declarations of one vendor differ in their headers.
  const fitting = vendors.find(({ protocol }) => protocol.readHeader(payload) !== undefined) ?? vendors[0];
  if (fitting !== undefined) return layerOfVendor(fitting).decode(message);
  const id = readVendorId(type, payload);
  if (id === undefined) {
    const size = vendorIdSize(type);
    throw new MctpError(
      'EBADMSG',
      `vendor message: the vendor's number has ${size} bytes, and there are ${payload.length}`,
    );
  }
  throw new MctpError(
    'EBADMSG',
    `the messages of vendor ${vendorText(type, id)} are not declared: --vendor names a file which does`,
  );
}

function ofType(type: VendorType): readonly VendorProtocol[] {
  return knownVendors().filter(({ declaration }) => declaration.type === type);
}

function ofVendor(type: VendorType, payload: Uint8Array): readonly VendorProtocol[] {
  return ofType(type).filter(({ declaration }) => isOfVendor(declaration, payload));
}

function declared(names: readonly string[]): string {
  return names.length === 0
    ? 'none is declared (--vendor names a file which does)'
    : `declared are ${names.join(', ')}`;
}

/** By name, or by code: also by one which is not declared. */
function commandOf(
  { commands, declaration }: VendorProtocol,
  given: Parameters<typeof commandCode>[0],
): FoundCommand<AnyCommand, MessageHeader> {
  if (typeof given === 'string') {
    const found = commands.named(given);
    if (found !== undefined) return { declared: found };
    const names = commands.all.map(({ name }) => name);
    throw new MctpError('EINVAL', `no ${declaration.name} command "${given}"${didYouMean(given, names)}`);
  }
  const code = commandCode(given);
  const found = commands.byKey(code);
  return found === undefined ? { header: { kind: 'request', instanceId: 0, command: code } } : { declared: found };
}
