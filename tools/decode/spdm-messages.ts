/** SPDM messages, plain and secured, type byte included. */

import type { Json } from '../../stack/codec/index.js';
import {
  capabilityWords,
  decodeSpdm,
  encodeSpdm,
  SECURED_MESSAGE,
  SPDM_ERRORS,
  SPDM_MESSAGES,
  type SpdmAsked,
  type SpdmContext,
  type SpdmSurroundings,
} from '../../stack/spdm/index.js';
import { hexNumber } from '../../stack/util/text.js';
import { commandCode, commandNamed } from './encode-request.js';
import type { LoadedLayer } from './lazy-layer.js';
import { booleanField, type Fields, isFields, numberField, unfit } from './named-fields.js';

const NAMED = [...SPDM_MESSAGES, { name: SECURED_MESSAGE }];
const MAX_SIZE = 0xffff;
const MAX_FLAGS = 0xffffffff;

export const spdmMessages: LoadedLayer = {
  decode: (message, about = {}) => {
    const { name, kind = 'datagram', isPartial, fields, text } = decodeSpdm(message, surroundings(about));
    const note = isPartial ? ['(its sizes follow from what was negotiated before, or its code is unknown)'] : [];
    return { command: name, kind, instanceId: 0, fields, text: [...text.map(words), ...note] };
  },
  encode: ({ command, fields = {}, context, request }) => {
    if (!isFields(fields)) throw unfit('fields', fields, 'an object');
    const name = typeof command === 'string' ? commandNamed(command, NAMED, 'SPDM').name : commandCode(command);
    return encodeSpdm(name, fields, surroundings({ ...given({ context, request }) }));
  },
};

function given(parts: Readonly<Record<string, Json | undefined>>): Fields {
  const known = Object.entries(parts).filter((part): part is [string, Json] => part[1] !== undefined);
  return Object.fromEntries(known);
}

/** `context` and `request` of a line, as the golden vectors write them. @throws MctpError EINVAL */
function surroundings({ context, request }: Fields): SpdmSurroundings {
  return { context: context === undefined ? undefined : contextOf(context), asked: askedOf(request ?? {}) };
}

function contextOf(given: Json): SpdmContext {
  if (!isFields(given)) throw unfit('context', given, 'an object');
  const size = (name: string): number => numberField(given, name, 0, MAX_SIZE, 0);
  const bits = (name: string): number => numberField(given, name, 0, MAX_FLAGS, 0);
  return {
    hashSize: size('hashSize'),
    signatureSize: size('signatureSize'),
    requesterSignatureSize: size('requesterSignatureSize'),
    dheSize: size('dheSize'),
    requesterFlags: bits('requesterFlags'),
    responderFlags: bits('responderFlags'),
    measurementHashAlgo: bits('measurementHashAlgo'),
    multiKeyConn: booleanField(given, 'multiKeyConn', false),
  };
}

const ASKED = [
  'requestMeasurementSummaryHashType',
  'requestAttributes',
  'requestOperation',
  'requestOffset',
] as const satisfies readonly (keyof SpdmAsked)[];

function askedOf(given: Json): SpdmAsked {
  if (!isFields(given)) throw unfit('request', given, 'an object');
  const known = ASKED.filter((name) => given[name] !== undefined);
  return Object.fromEntries(known.map((name) => [name, numberField(given, name, 0, MAX_FLAGS)]));
}

/** Numbers people know by a name get it. */
function words(line: string): string {
  const [, name, digits] = /^(errorCode|flags): (\d+)$/.exec(line) ?? [];
  if (name === undefined) return line;
  const number = Number(digits);
  if (name === 'errorCode') return `errorCode: ${SPDM_ERRORS[number] ?? 'reserved'} (${number})`;
  return `flags: ${hexNumber(number, 8)} (${capabilityWords(number).join(', ') || 'none'})`;
}
