/** One responder asked for all it says without a session, in the order of the standard (DSP0274 §10). */

import { X509Certificate } from 'node:crypto';
import { fromHex, type Json } from '../../stack/codec/index.js';
import { MctpError } from '../../stack/errors.js';
import {
  ASYMMETRIC,
  capabilityWords,
  HASHES,
  measurementTypeName,
  selected,
  spdmVersionText,
} from '../../stack/spdm/index.js';
import type { SpdmDocument } from '../schema/spdm-documents.js';
import { SpdmRefusal, type SpdmRequester } from './spdm-requester.js';

const OUR_VERSIONS = [0x10, 0x11, 0x12, 0x13];
const OUR_TRANSFER_SIZE = 4608;
const CAPABILITY = { certificates: 0x02, measurements: 0x18 } as const;
const MAX_CHAIN = 0xffff;
/** Portions of a chain: none may be so small that there are more. */
const MOST_PORTIONS = 4096;
const ALL_MEASUREMENTS = 0xff;

export interface Survey extends Omit<SpdmDocument, 'target'> {
  /** PEM of each slot, by its number. */
  readonly pems: ReadonlyMap<number, string>;
}

export async function survey(requester: SpdmRequester, progress: (text: string) => void): Promise<Survey> {
  progress('version ...');
  const versions = numbersOf((await requester.ask('GET_VERSION')).versionNumberEntry, 'raw').map((raw) => raw >> 8);
  const version = OUR_VERSIONS.filter((one) => versions.includes(one)).at(-1);
  if (version === undefined) {
    throw new MctpError(
      'ENOTSUP',
      `the responder speaks ${versions.map(spdmVersionText).join(', ')}, and we 1.0 to 1.3`,
    );
  }
  requester.version = version;
  const flags = await capabilities(requester);
  const { asymmetric, hash } = await algorithms(requester);
  const slots: SpdmDocument['slots'][number][] = [];
  const pems = new Map<number, string>();
  if ((flags & CAPABILITY.certificates) !== 0) {
    const said = await requester.ask('GET_DIGESTS');
    const digests = said.digests as string[];
    const numbers = Array.from({ length: 8 }, (_, slot) => slot).filter((slot) => (Number(said.param2) >> slot) & 1);
    for (const [index, slot] of numbers.entries()) {
      progress(`certificates of slot ${slot} ...`);
      const chain = await readChain(requester, slot);
      const certificates = certificatesOf(chain, hash?.size ?? 0);
      pems.set(slot, certificates.map((one) => one.toString()).join(''));
      slots.push({
        slot,
        digest: digests[index] ?? '',
        chainBytes: chain.length,
        certificates: certificates.map(({ subject, issuer, serialNumber, validFrom, validTo }) => ({
          subject: oneLine(subject),
          issuer: oneLine(issuer),
          serialNumber,
          validFrom,
          validTo,
        })),
      });
    }
  }
  progress('measurements ...');
  const measurements = (flags & CAPABILITY.measurements) === 0 ? [] : await measure(requester);
  return {
    versions: versions.map(spdmVersionText),
    version: spdmVersionText(version),
    capabilities: capabilityWords(flags),
    asymmetric: asymmetric?.name ?? null,
    hash: hash?.name ?? null,
    slots,
    measurements,
    verified: false,
    pems,
  };
}

async function capabilities(requester: SpdmRequester): Promise<number> {
  const { version } = requester;
  const sizes = version >= 0x12 ? { dataTransferSize: OUR_TRANSFER_SIZE, maxSpdmMsgSize: OUR_TRANSFER_SIZE } : {};
  const ours = version >= 0x11 ? { ctExponent: 0, flags: 0, ...sizes } : {};
  return Number((await requester.ask('GET_CAPABILITIES', ours)).flags);
}

async function algorithms(requester: SpdmRequester) {
  const { version } = requester;
  const is12 = version >= 0x12;
  const said = await requester.ask('NEGOTIATE_ALGORITHMS', {
    measurementSpecification: 1,
    ...(is12 && { otherParamsSupport: 2 }),
    baseAsymAlgo: is12 ? 0xfff : 0x1ff,
    baseHashAlgo: is12 ? 0x7f : 0x3f,
    reserved2: '00'.repeat(12),
    extAsym: [],
    extHash: [],
    ...(version >= 0x13 && { melSpecification: 0 }),
    ...(version >= 0x11 && { algStruct: [] }),
  });
  return {
    asymmetric: selected(ASYMMETRIC, Number(said.baseAsymSel)),
    hash: selected(HASHES, Number(said.baseHashSel)),
  };
}

async function readChain(requester: SpdmRequester, slotId: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let count = 0; count < MOST_PORTIONS && length < MAX_CHAIN; count++) {
    const wanted = Math.min(OUR_TRANSFER_SIZE - 8, MAX_CHAIN - length);
    const said = await requester.ask('GET_CERTIFICATE', { slotId, offset: length, length: wanted });
    const part = fromHex(String(said.certChainPortion)) ?? new Uint8Array();
    parts.push(part);
    length += part.length;
    if (said.remainderLength === 0) return concat(parts, length);
    if (part.length === 0) break;
  }
  throw new MctpError('EBADMSG', `slot ${slotId}: the chain has no end`);
}

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Behind length and hash of the root come certificates in DER, root first. @throws MctpError EBADMSG */
function certificatesOf(chain: Uint8Array, hashSize: number): X509Certificate[] {
  const found: X509Certificate[] = [];
  for (let at = 4 + hashSize; at < chain.length; ) {
    const size = derSize(chain, at);
    if (size === undefined || at + size > chain.length) {
      throw new MctpError('EBADMSG', `byte ${at} of the certificate chain does not begin a certificate`);
    }
    try {
      found.push(new X509Certificate(chain.subarray(at, at + size)));
    } catch (cause) {
      throw new MctpError('EBADMSG', `the certificate at byte ${at} of the chain cannot be read`, { cause });
    }
    at += size;
  }
  return found;
}

/** Bytes of the DER sequence at `at`: its tag, its length in one to three bytes, and what is in it. */
function derSize(bytes: Uint8Array, at: number): number | undefined {
  const [tag, first = 0, second = 0, third = 0] = bytes.subarray(at, at + 4);
  if (tag !== 0x30) return undefined;
  if (first < 0x80) return 2 + first;
  if (first === 0x81) return 3 + second;
  return first === 0x82 ? 4 + second * 0x100 + third : undefined;
}

async function measure(requester: SpdmRequester): Promise<SpdmDocument['measurements'][number][]> {
  const context = requester.version >= 0x13 ? { requesterContext: '00'.repeat(8) } : {};
  const all = { attributes: 0, operation: ALL_MEASUREMENTS, ...context };
  const said = await requester.ask('GET_MEASUREMENTS', all).catch((error: unknown) => {
    if (error instanceof SpdmRefusal) return { measurementRecord: [] };
    throw error;
  });
  return (said.measurementRecord as { readonly [name: string]: Json }[]).map((block) => ({
    index: Number(block.index),
    type: block.dmtfValueType === undefined ? 'not DMTF' : measurementTypeName(Number(block.dmtfValueType)),
    digest: block.dmtfRawBitStream === 0,
    value: String(block.dmtfValue ?? block.measurement),
  }));
}

function numbersOf(list: Json | undefined, name: string): number[] {
  return Array.isArray(list) ? list.map((item) => Number((item as { readonly [name: string]: Json })[name])) : [];
}

/** Node writes the parts of a name on lines of their own. */
function oneLine(name: string): string {
  return name.replaceAll('\n', ', ');
}
