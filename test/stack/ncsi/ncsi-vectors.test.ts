/** NC-SI control packets: their fields, the same bytes again, and what becomes of broken ones. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CodecError, fromHex, type Json, toHex } from '../../../stack/codec/index.js';
import { MctpError } from '../../../stack/errors.js';
import { decodeNcsi, encodeNcsi, NCSI_COMMANDS } from '../../../stack/ncsi/index.js';

interface NcsiVector {
  readonly name: string;
  readonly direction: 'request' | 'response' | 'event';
  readonly note?: string;
  readonly hex: string;
  readonly fields: Readonly<Record<string, Json>>;
}

const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/ncsi.json', import.meta.url), 'utf8'),
) as readonly NcsiVector[];

describe('NC-SI vectors', () => {
  it.each(vectors.map((vector) => [`${vector.name} ${vector.direction}`, vector] as const))('%s', (_name, vector) => {
    const decoded = decodeNcsi(fromHex(vector.hex)!);
    expect(decoded.kind).toBe(vector.direction === 'event' ? 'datagram' : vector.direction);
    expect(decoded.fields).toMatchObject(vector.fields);
    expect(decoded.isChecksumRight).toBe(vector.note?.includes('wrong checksum') !== true);
    expect(toHex(encodeNcsi(decoded.name, decoded.kind, decoded.instanceId, decoded.fields))).toBe(vector.hex);
  });

  it('cut off or with a byte changed decode, or say what is wrong', () => {
    let refused = 0;
    for (const { hex } of vectors) {
      const message = fromHex(hex)!;
      const changed = [...message].flatMap((_byte, at) => [0, 1, 0x7f, 0xff].map((value) => message.with(at, value)));
      for (const broken of [...changed, ...[...message].map((_byte, length) => message.subarray(0, length))]) {
        try {
          const { fields } = decodeNcsi(broken);
          expect(JSON.stringify(fields).length).toBeLessThan(2048 + 128 * broken.length);
        } catch (error) {
          if (!(error instanceof CodecError)) throw error;
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});

describe('NC-SI packets', () => {
  it('are made of a name alone, for every command without fields', () => {
    for (const { name, request } of NCSI_COMMANDS) {
      if (request.docs().length > 0) continue;
      expect(decodeNcsi(encodeNcsi(name, 'request', 1, {}))).toMatchObject({ name, isChecksumRight: true });
    }
  });

  it('are made of fields', () => {
    const fields = { macAddress: '02005e100001', macAddressNumber: 1, addressType: 0, enable: 1 };
    expect(toHex(encodeNcsi('setmacaddress', 'request', 5, fields))).toBe(vectors[4]!.hex);
    expect(
      decodeNcsi(encodeNcsi('AenHostDriverStatusChange', 'datagram', 0, { hostDriverStatus: 1 })).fields,
    ).toMatchObject({ aenType: 2, hostDriverStatus: 1, controlPacketType: 255 });
  });

  it('without a computed checksum are right', () => {
    expect(decodeNcsi(encodeNcsi('GetVersionID', 'request', 3, { checksum: 0 })).isChecksumRight).toBe(true);
  });

  it('do not lose fields without a word', () => {
    expect(() => encodeNcsi('GetVersionID', 'request', 3, { macAdress: 1 })).toThrow(/no field "macAdress"/);
    expect(() => encodeNcsi('SetMacAddress', 'request', 3, { macAddress: '02' })).toThrow(MctpError);
    expect(() => encodeNcsi('NoSuch', 'request', 3, {})).toThrow(/no NC-SI command "NoSuch"/);
  });
});
